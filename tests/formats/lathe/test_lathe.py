"""The vinyl premaster: sides and the sheet that the cutting room reads, byte by byte and back."""

import random
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albums import Album, SheetTexts
from albums.faults import Refusal
from formats import Format, Layout, lathe, named
from tests.support.programmes import album, albums, joined, layout, layouts, on_side, programme

SHEET = """\
CUTTING SHEET

Album:      Quiet Rooms
Artist:     The Band
Catalogue:  GM-001
Label:      Glass & Söhne

Times are minutes, seconds and 75ths of a second (mm:ss.ff) from the first sample of the side's file.
A length runs from a track's start to the pause after it, or to the next track, rounded down to a 75th.
Band: a second or more of pause comes before the track. No band: it follows without.

SIDE A
File:       GM-001_SideA_24-96.wav
Rate:       96000 Hz
Bits:       24
Length:     00:06.00, 576001 samples

No  Start     Pause     Length    Band     ISRC          Title              Artist
 1  00:00.00  -         00:01.37  lead-in  GBXXX2600001  Door  |  Corridor  The Band
 2  00:02.37  00:01.37  00:01.37  band     -             夜                  Guest
 3  00:04.00  00:03.74  00:02.00  no band  GBXXX2600003  -                  The Band

SIDE B
File:       GM-001_SideB_24-96.wav
Rate:       96000 Hz
Bits:       24
Length:     00:03.00, 288000 samples

No  Start     Pause     Length    Band     ISRC          Title  Artist
 4  00:01.00  00:00.00  00:02.00  lead-in  GBXXX2600004  End    The Band
"""
FRAME = 1280  # samples of 1/75 s at 96 kHz
A = on_side(layout([(0, None), (187 * FRAME, 112 * FRAME), (300 * FRAME, 299 * FRAME)], 576001, 96000, 24), "A")
B = on_side(layout([(75 * FRAME, 0)], 288000, 96000, 24), "B", first=4)


def record() -> Album:
    tracks = [{}, {"isrc": "", "artist": "Guest"}, {}, {}]
    names = ("Door  |  Corridor", "夜", "-", "End")
    return album(*names, tracks=tracks, catalogue_number="GM-001", label="Glass & Söhne")


def written(folder: Path) -> Path:
    lathe.write(folder, record(), [programme(A, 1), programme(B, 2)])
    return folder / "cutting-sheet.txt"


def refusals(*sides: Layout) -> str:
    return "\n".join(map(str, lathe.check(record(), sides)))


def test_the_module_is_a_format() -> None:
    deliverable: Format = named("lathe")
    assert deliverable is lathe


def test_every_letter_of_the_sheet(tmp_path: Path) -> None:
    assert written(tmp_path).read_text("utf-8") == SHEET
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == ["GM-001_SideA_24-96.wav", "GM-001_SideB_24-96.wav"]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written(tmp_path)
    found = lathe.read(tmp_path)
    assert found.texts == lathe.texts(record(), [A, B])
    assert [heard.layout for heard in found.programmes] == [A, B]
    for seed, heard in enumerate(found.programmes, 1):
        assert np.array_equal(joined(heard), joined(programme(heard.layout, seed)))


def test_what_is_said_of_the_job_stands_below_the_album_and_is_read_line_by_line(tmp_path: Path) -> None:
    lines = {"client": ("Album: Two",), "contact": ("+49 30 1234", "ann@raum.example"), "notes": ("a", "b", "c")}
    said = record().model_copy(update={"sheets": SheetTexts.model_validate(lines)})
    lathe.write(tmp_path, said, [programme(A, 1), programme(B, 2)])
    job = (
        "Client:     Album: Two\nContact:    +49 30 1234\nContact:    ann@raum.example\n"
        "Notes:      a\nNotes:      b\nNotes:      c\n"
    )
    assert (tmp_path / "cutting-sheet.txt").read_text("utf-8") == SHEET.replace("Söhne\n", f"Söhne\n{job}")
    found = lathe.read(tmp_path).texts
    assert found == lathe.texts(said, [A, B])
    assert {place: text for place, text in found.items() if place.startswith("sheets")} == {
        "sheets.client[1]": "Album: Two",
        "sheets.contact[1]": "+49 30 1234",
        "sheets.contact[2]": "ann@raum.example",
        **{f"sheets.notes[{number}]": line for number, line in enumerate("abc", 1)},
    }


@pytest.mark.parametrize("job", ["Notes:      a\nClient:     b\n", "Notes: a\n", "Client:     \n", "Phone:      1\n"])
def test_a_line_on_the_job_that_is_not_as_written_is_refused(tmp_path: Path, job: str) -> None:
    path = written(tmp_path)
    path.write_text(SHEET.replace("Söhne\n", f"Söhne\n{job}"), "utf-8")
    with pytest.raises(Refusal, match=r"line [78]"):
        lathe.read(tmp_path)


def test_a_file_is_called_by_the_title_when_there_is_no_number(tmp_path: Path) -> None:
    one = on_side(layout([(0, None)], 44100, 44100, 24), "A")
    lathe.write(tmp_path, album("One", title="Rooms/../" + "x" * 300), [programme(one)])
    assert [path.name for path in tmp_path.glob("*.wav")] == ["Rooms-..-" + "x" * 51 + "_SideA_24-44.1.wav"]


def test_what_cannot_be_cut_is_refused() -> None:
    assert not refusals(A, B)
    assert "sides 'B', 'A'" in refusals(replace(A, side="B"), replace(B, side="A"))
    assert "sides 'A', 'A'" in refusals(A, replace(B, side="A"))
    assert "sides ''" in refusals(replace(A, side=""))
    assert "sides none" in refusals()
    assert "one kind of file" in refusals(A, replace(B, rate_hz=48000))
    assert "the marks are of tracks [1, 2, 3]" in refusals(A)
    assert "no whole number of samples" in refusals(A, replace(B, rate_hz=96001))
    assert "no multiple of 1280" in refusals(A, replace(B, marks=(replace(B.marks[0], start=75 * FRAME + 1),)))
    assert "bytes as WAV" in refusals(A, replace(B, frames=2**30))
    assert "without a track" in refusals(A, replace(B, marks=()))
    assert not refusals(A, replace(B, side="D"))


def test_writing_refuses_what_check_refuses(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="sides 'A', 'A'"):
        lathe.write(tmp_path, record(), [programme(A), programme(replace(B, side="A"))])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("End    The Band\n", "End    The Band", "line 31: the end stands where '' is expected"),
        ("CUTTING", "Cutting", "line 1: 'Cutting SHEET' stands where 'CUTTING SHEET'"),
        ("Label:      ", "Label: ", "line 6"),
        ("Label:", "Lable:", "line 6"),
        ("00:02.37", "00:02.38", "line 20"),
        ("00:04.00", "0:04.00", "no track of a side"),
        ("no band", "band   ", "line 21"),
        (" 4  00:01", " 5  00:01", "the marks are of tracks"),
        ("SIDE B", "SIDE A", "sides 'A', 'A'"),
        ("SIDE B", "SIDE b", "describes no side"),
        ("576001 samples", "576002 samples", "has 576001 samples"),
        ("96000 Hz", "48000 Hz", "cutting-sheet.txt"),
        ("96000 Hz", "00000 Hz", "describes no side"),
        ("Bits:       24", "Bits:       16", "has 576001 samples at 96000 Hz and 24 bit"),
        ("GM-001_SideA_24-96.wav", "../x.wav", "no plain file name"),
        ("GM-001_SideA_24-96.wav", "x.wav", "not there"),
        ("GM-001_SideB", "GM-001_SideA", "has 576001 samples"),
        ("\n\n", "\n", "no cutting sheet"),
        ("\n", "\r\n", "no cutting sheet"),
        ("夜", "\ufffe夜", "line 20|line 19|line 18"),
        ("Band", "Bnd", "line"),
        ("No ", "", "no track of a side"),
        ("  Artist\n", "\n", "line"),
        (SHEET[SHEET.index("SIDE A") - 2 :], "\n", "sides none"),
    ],
)
def test_a_sheet_that_was_changed_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = written(tmp_path)
    assert old in SHEET
    path.write_bytes(SHEET.replace(old, new).encode())
    with pytest.raises(Refusal, match=words):
        lathe.read(tmp_path)


def test_a_folder_without_a_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="No such file"):
        lathe.read(tmp_path)


def test_broken_bytes_are_refused_or_read_but_never_crash(tmp_path: Path) -> None:
    path = written(tmp_path)
    good, draw, refused = path.read_bytes(), random.Random(13), 0  # noqa: S311 - a test that can be replayed
    for _ in range(600):
        data = bytearray(good)
        for _ in range(draw.randint(1, 3)):
            data[draw.randrange(len(data))] = draw.choice([draw.randrange(256), 10, 32, 45, 48])
        path.write_bytes(data[: draw.choice([len(data), draw.randrange(len(data))])])
        try:
            lathe.read(tmp_path)
        except Refusal:
            refused += 1
    assert refused > 300


@pytest.mark.parametrize("title", ["𝒩" * 60, "夜" * 60, "x" * 500, "con"])
def test_sides_of_a_long_title_are_files_of_their_own(tmp_path: Path, title: str) -> None:
    sides = [on_side(layout([(0, None)], 588, bits=24), "A"), on_side(layout([(0, None)], 1176, bits=24), "B", 2)]
    lathe.write(tmp_path, album("One", "Two", title=title), [programme(side) for side in sides])
    assert len(list(tmp_path.glob("*_Side[AB]_24-44.1.wav"))) == 2
    assert [heard.layout for heard in lathe.read(tmp_path).programmes] == sides


@settings(max_examples=40, deadline=None)
@given(albums(most=30), st.data())
def test_any_album_comes_back(of: Album, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(of.tracks)))
    sides = [on_side(data.draw(layouts(first, 44100, 24, tail=600)), "A")]
    if first < len(of.tracks):
        sides.append(on_side(data.draw(layouts(len(of.tracks) - first, 44100, 24)), "B", first + 1))
    with TemporaryDirectory() as folder:
        lathe.write(Path(folder), of, [programme(side) for side in sides])
        found = lathe.read(Path(folder))
        assert found.texts == lathe.texts(of, sides)
        assert [heard.layout for heard in found.programmes] == sides
