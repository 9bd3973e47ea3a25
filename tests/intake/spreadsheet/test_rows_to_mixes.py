"""Rows and the mixes that they speak of: told by file, code, number and title, or refused with both names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.mix_folder import Found
from pipeline.intake.mix_names import read_names
from pipeline.intake.spreadsheet.release import read_release
from pipeline.intake.spreadsheet.rows_to_mixes import Matched, Unlisted, match
from pipeline.intake.spreadsheet.titles import forms_of

Tags = dict[str, str]


def mixes(*names: str, **tags: Tags) -> list[Found]:
    """Mixes by their names; `tags` by what a name begins with."""
    read = read_names([Path(name).stem for name in names])
    found = []
    for name, said in zip(names, read, strict=True):
        own = next((texts for start, texts in tags.items() if name.startswith(start)), {})
        found.append(Found(name, {key: (text,) for key, text in own.items()}, said))
    return found


def matched(folder: Path, text: str, found: list[Found], unlisted: Unlisted = "refuse") -> Matched:
    (folder / "r.csv").write_text(text, "utf-8")
    return match(read_release(folder / "r.csv"), found, unlisted)


def pairs(result: Matched) -> dict[str, int]:
    assert [str(fault) for fault in result.faults if fault.severity == "refusal"] == []
    return {mix.mix: row.number for mix, row in result.pairs if row}


def faults(result: Matched) -> list[str]:
    return [str(fault) for fault in result.faults]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Größe", "groesse.wav"),
        ("Größe", "GROSSE.wav"),
        ("Größe", "01 Große.wav"),
        ("Don’t Stop!", "dont_stop.wav"),
        ("Salt & Pepper", "Salt and Pepper.wav"),
        ("Москва", "Moskva.wav"),
        ("Rain (feat. Bo)", "Rain.wav"),
        ("Rain", "Ann - Rain.wav"),
        ("???", "???.wav"),
        ("夜", "夜.wav"),
    ],
)
def test_titles_fit_however_a_disk_spells_them(tmp_path: Path, title: str, name: str) -> None:
    assert pairs(matched(tmp_path, f"Title;Artist\n{title};Ann\nOther;Ann\n", mixes(name, "Other.wav")))[name] == 2


def test_a_version_tells_two_of_one_title_apart(tmp_path: Path) -> None:
    found = pairs(matched(tmp_path, "Title;Version\nRain;Live\nRain;\n", mixes("Rain (Live).wav", "Rain.wav")))
    assert found == {"Rain (Live).wav": 2, "Rain.wav": 3}


@pytest.mark.parametrize("cell", ["mixes/02.wav", "MIXES\\02.WAV", "02.wav", "02", "02.mp3", "C:\\Users\\Bo\\02.wav"])
def test_a_file_s_name_comes_first(tmp_path: Path, cell: str) -> None:
    sheet = f"File;Title\n{cell};Rain\n01.wav;Sun\n"
    found = mixes("mixes/01.wav", "mixes/02.wav", **{"mixes/01": {"title": "Rain"}, "mixes/02": {"title": "Sun"}})
    assert pairs(matched(tmp_path, sheet, found)) == {"mixes/02.wav": 2, "mixes/01.wav": 3}


def test_a_file_that_is_not_there_is_refused_whatever_the_title_says(tmp_path: Path) -> None:
    result = matched(tmp_path, "File;Title\n03.wav;Rain\n02.wav;Sun\n", mixes("01 Rain.wav", "02.wav"))
    assert faults(result)[0] == (
        "r.csv: row 2, column A (File): no mix is called '03.wav'; the nearest is '01 Rain.wav'"
    )


def test_codes_of_tags_and_names_come_before_titles(tmp_path: Path) -> None:
    sheet = "Title;ISRC\nRain;GB-XXX-26-00002\nSun;GBXXX2600001\nSnow;GBXXX2600003\n"
    found = mixes("a.wav", "b_GBXXX2600001.wav", "Snow.wav", a={"isrc": "gbxxx2600002", "title": "Sun"})
    assert pairs(matched(tmp_path, sheet, found)) == {"a.wav": 2, "b_GBXXX2600001.wav": 3, "Snow.wav": 4}


def test_two_of_one_title_are_told_by_their_numbers(tmp_path: Path) -> None:
    sheet = "No;Title\n1;Interlude\n2;Rain\n3;Interlude\n"
    found = mixes("01 Interlude.wav", "02 Rain.wav", "03 Interlude.wav")
    assert pairs(matched(tmp_path, sheet, found)) == {name.mix: row for name, row in zip(found, (2, 3, 4), strict=True)}


def test_mixes_without_titles_are_told_by_their_numbers(tmp_path: Path) -> None:
    sheet = "No;Title\n2;Sun\n1;Rain\n"
    result = matched(tmp_path, sheet, mixes("01.wav", "02.wav"))
    assert pairs(result) == {"01.wav": 3, "02.wav": 2}
    assert [mix.mix for mix, _ in result.pairs] == ["01.wav", "02.wav"]
    tagged = mixes("1.wav", "2.wav", **{"1": {"title": "Fog"}, "2": {"title": "Mist"}})
    assert "'Sun' fits no mix" in faults(matched(tmp_path, sheet, tagged))[0], "numbers are not enough against titles"


def test_what_fits_several_is_refused_with_all_names(tmp_path: Path) -> None:
    result = matched(tmp_path, "Title;ISRC\nRain;\n", mixes("a/Rain.wav", "b/Rain.wav"))
    assert faults(result)[0] == (
        "r.csv: row 2, column A (Title): 'Rain' fits 2 mixes: 'a/Rain.wav', 'b/Rain.wav'; "
        "a column with file names tells which is meant"
    )
    result = matched(tmp_path, "Title\nRain\nRain\n", mixes("Rain.wav"))
    assert faults(result)[:2] == [
        "r.csv: row 2, column A (Title): 'Rain' fits 'Rain.wav', and so does row 3",
        "r.csv: row 3, column A (Title): 'Rain' fits 'Rain.wav', and so does row 2",
    ]  # fmt: skip


def test_a_row_and_a_mix_that_fit_nothing_name_each_other(tmp_path: Path) -> None:
    result = matched(tmp_path, "No;Title\n1;Rainn\n2;Sun\n", mixes("01 Rain.wav", "02 Sun.wav"))
    assert faults(result) == [
        "r.csv: row 2, column B (Title): 'Rainn' fits no mix; the nearest is '01 Rain.wav'",
        "'01 Rain.wav': fits no row of r.csv; the nearest is row 2, 'Rainn' "
        "(--unlisted keep, or leave-out, takes it so)",
    ]
    assert all(fault.severity == "refusal" for fault in result.faults)


def test_a_mix_without_a_row_is_kept_or_left_out_where_that_is_said(tmp_path: Path) -> None:
    found, sheet = mixes("01 Rain.wav", "00 Hidden.wav"), "Title\nRain\n"
    kept = matched(tmp_path, sheet, found, "keep")
    assert [(mix.mix, row and row.number) for mix, row in kept.pairs] == [("01 Rain.wav", 2), ("00 Hidden.wav", None)]
    left = matched(tmp_path, sheet, found, "leave-out")
    assert [mix.mix for mix, _ in left.pairs] == ["01 Rain.wav"]
    assert faults(left) == ["'00 Hidden.wav': has no row in r.csv, and is left out"]


def test_a_song_called_total_is_a_track_and_a_sum_is_none(tmp_path: Path) -> None:
    result = matched(tmp_path, "Title;Price\nRain;1\nTotal;1\n", mixes("Rain.wav", "Total.wav"))
    assert pairs(result) == {"Rain.wav": 2, "Total.wav": 3}
    result = matched(tmp_path, "Title;Price\nRain;1\nTotal;1\n", mixes("Rain.wav"))
    assert [fault.severity for fault in result.faults] == ["note"]


def test_numbers_order_tracks_and_are_judged(tmp_path: Path) -> None:
    found = mixes("Rain.wav", "Sun.wav", "Snow.wav")
    result = matched(tmp_path, "No;Title\n4;Rain\n1;Sun\n2;Snow\n", found)
    assert [mix.mix for mix, _ in result.pairs] == ["Sun.wav", "Snow.wav", "Rain.wav"]
    assert any("no row has track number 3" in text for text in faults(result))
    twice = faults(matched(tmp_path, "No;Title\n1;Rain\n2;Sun\n1;Snow\n", found))
    assert twice[0].startswith("r.csv: row 4, column A (No): row 2 is track 1 as well; where there are several discs")
    some = matched(tmp_path, "No;Title\n2;Rain\n1;Sun\n;Snow\n", found)
    assert [mix.mix for mix, _ in some.pairs] == ["Rain.wav", "Sun.wav", "Snow.wav"]
    assert "tracks stand in the order of the rows" in faults(some)[0]


def test_discs_are_counted_from_1_and_said_in_every_row(tmp_path: Path) -> None:
    found = mixes("Rain.wav", "Sun.wav")
    good = matched(tmp_path, "Disc;No;Title\n2;1;Rain\n1;1;Sun\n", found)
    assert [(mix.mix, row.disc) for mix, row in good.pairs if row] == [("Sun.wav", 1), ("Rain.wav", 2)]
    assert "no row is of disc 1" in faults(matched(tmp_path, "Disc;No;Title\n2;1;Rain\n2;2;Sun\n", found))[0]
    assert "has no disc, and others do" in faults(matched(tmp_path, "Disc;No;Title\n1;1;Rain\n;2;Sun\n", found))[0]
    assert "comes after disc 2" in faults(matched(tmp_path, "Disc;Title\n2;Rain\n1;Sun\n", found))[0]


@given(st.text(max_size=40))
def test_forms_are_the_same_in_any_case_and_spacing(text: str) -> None:
    assert forms_of(text) == forms_of(f"  {text}\t")
    assert all(form for form in forms_of(text))
    if text.strip():
        assert forms_of(text)
