"""Tables as they are printed: at every width all is there to be read."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from pipeline.cli.shown.tables.sheet import Column, Sheet

NAMES = ("cd-ddp", "vinyl-12in-33", "streaming", "a-profile-of-one-s-own-with-a-long-name", "cd-wav")
TITLES = ("Lamplight", "Snow on the Skylight", "夜の歌", "A title that is longer than what a narrow table has room for")


def printed(sheet, width):
    file = io.StringIO()
    console = Console(file=file, width=width, markup=False, emoji=False, highlight=False)
    for table in sheet.tables(width):
        console.print(table)
    return file.getvalue()


def sheet_of(names):
    rows = [
        (
            str(number),
            title,
            "-23.4 -12.3",
            "+1.5",
            *(f"-{number}{column}.0  -1.{column}" for column in range(len(names))),
        )
        for number, title in enumerate(TITLES, 1)
    ]
    columns = (Column("mix", "LUFS  dBTP"), Column("", "gain dB"), *(Column(name, "LUFS  dBTP") for name in names))
    return Sheet("Quiet Rooms", (Column("#"), Column("title", texts=True)), columns, rows)


@pytest.mark.parametrize("width", [60, 80, 100, 200])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_number_title_and_every_figure_are_whole_at_every_width(width, count):
    text = printed(sheet_of(NAMES[:count]), width)
    lines = text.splitlines()
    assert max(map(cell_len, lines)) <= width
    assert "…" not in text
    for number, title in enumerate(TITLES, 1):
        own = [line for line in lines if line.split()[:1] == [str(number)]]
        assert own, "the row's number"
        for column in range(count):
            assert sum(f"-{number}{column}.0  -1.{column}" in line for line in own) == 1
        for line in own:
            assert title.split()[0] in line, "every table says which track a figure is of"
        if len(title) <= 20:
            assert all(title in line for line in own)
    for name in NAMES[:count]:
        assert name in text or name[:14] in text, "its name, in several lines where it is long"


def test_what_fits_side_by_side_is_one_table():
    assert printed(sheet_of(NAMES[:3]), 200).count(" #  title") == 1
    assert printed(sheet_of(NAMES[:1]), 80).count(" #  title") == 1
    assert printed(sheet_of(NAMES[:4]), 80).count(" #  title") == 2


def test_a_table_without_figures_or_without_rows_is_printed():
    assert "title" in printed(Sheet("", (Column("#"), Column("title", texts=True)), (), [("1", "x")]), 80)
    assert "kHz" in printed(Sheet("", (Column("#"),), (Column("kHz"),), []), 80)
