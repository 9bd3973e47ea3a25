"""Dates in the notations in which they are sent; those that may be two days are decided by proof or refused."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.spreadsheet.dates import DAY_ZERO, DAY_ZERO_ON_A_MAC, DateOrder, order_in, read_date
from pipeline.intake.spreadsheet.table import Cell, Row, Table

DAY = date(2026, 11, 27)
SENT = (
    *("2026-11-27", "27.11.2026", "27. 11. 2026", "11/27/2026", "27/11/2026", "27-11-2026", "2026/11/27", "20261127"),
    *("27 November 2026", "Nov 27, 2026", "27-Nov-2026", "27. November 2026", "27 novembre 2026", "November 27th 2026"),
    *("27 de noviembre de 2026", "2026-11-27T00:00:00Z", "27.11.2026 00:00:00", "2026-11-27 00:00"),
)


def table(*texts: str, day_zero: datetime | None = None) -> Table:
    return Table("x.csv", tuple(Row(n, (Cell(text),)) for n, text in enumerate(texts, 2)), day_zero=day_zero)


def read(text: str, *others: str, header: str = "Release date") -> tuple[date, str]:
    file = table(text, *others)
    return read_date(Cell(text), order_in(file), header, file)


@pytest.mark.parametrize("text", SENT)
def test_one_day_in_every_notation(text: str) -> None:
    assert read(text) == (DAY, "")


def test_what_may_be_two_days_is_refused_with_both() -> None:
    with pytest.raises(ValueError) as error:
        read("03/04/2026")
    assert str(error.value) == (
        "'03/04/2026' is 2026-04-03 or 2026-03-04, and no other date of this file proves which; "
        "write it as 2026-04-03 or as 2026-03-04"
    )


def test_other_dates_of_the_file_prove_the_order() -> None:
    assert read("03/04/2026", "27/11/1998")[0] == date(2026, 4, 3)
    found, remark = read("03/04/2026", "x", "11/27/1998")
    assert found == date(2026, 3, 4)
    assert remark == "'03/04/2026' is read as 2026-03-04, the month first as in '11/27/1998'"


def test_dates_that_prove_both_orders_prove_none() -> None:
    with pytest.raises(ValueError, match=r"'27/11/1998' and '11/27/1998' in this file prove one each"):
        read("03/04/2026", "27/11/1998", "11/27/1998")
    assert read("27/11/2026", "11/27/1998") == (DAY, "")


def test_dots_put_the_day_first_and_the_header_decides_before_other_dates() -> None:
    assert read("03.04.2026", "11/27/1998") == (date(2026, 4, 3), "")
    assert read("03/04/2026", "27/11/1998", header="Date (MM/DD/YYYY)") == (date(2026, 3, 4), "")
    assert read("03/04/2026", header="Datum TT/MM/JJJJ") == (date(2026, 4, 3), "")
    assert read("04/04/2026") == (date(2026, 4, 4), "")


@pytest.mark.parametrize("text", ["27.11.26", "11/27/26", "31.02.2026", "2026-13-01", "soon", "2026", "11/2026"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="wanted a date, as in 2026-11-27"):
        read(text)


def test_numbers_of_days_are_dates_in_a_workbook_alone() -> None:
    with pytest.raises(ValueError, match="2026-11-27 or on an old Mac 2030-11-28"):
        read("46353")
    for zero in (DAY_ZERO, DAY_ZERO_ON_A_MAC):
        file = table("46353", day_zero=zero)
        found, remark = read_date(Cell("46353", 46353), DateOrder(), "", file)
        assert found == (zero + timedelta(days=46353)).date()
        assert "is read as" in remark


@given(st.dates(date(1860, 1, 1), date(2099, 12, 31)))
def test_any_day_is_read_as_itself_or_refused(day: date) -> None:
    for text in (day.isoformat(), f"{day:%d.%m.%Y}", f"{day:%Y%m%d}" if day.year >= 1900 else day.isoformat()):
        assert read(text)[0] == day
    for text, proof in ((f"{day:%d/%m/%Y}", "31/12/1999"), (f"{day:%m/%d/%Y}", "12/31/1999")):
        assert read(text, proof)[0] == day
