"""The CD image: its sheet byte by byte, read back by us, by cdrdao and by cueprint."""

import random
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albums import Album
from albums.faults import Refusal
from formats import Format, Layout, cue, named
from formats._texts import latin
from tests.deliverables import UPC, album, albums, joined, layout, layouts, needs, on_side, programme

SHEET = (
    b"CATALOG 0036000291452\r\n"
    b'TITLE "Quiet Rooms"\r\n'
    b'PERFORMER "The Band"\r\n'
    b'FILE "The Band - Quiet Rooms.wav" WAVE\r\n'
    b"  TRACK 01 AUDIO\r\n"
    b'    TITLE "Caf\xe9"\r\n'
    b'    PERFORMER "The Band"\r\n'
    b'    SONGWRITER "A. Writer"\r\n'
    b"    ISRC GBXXX2600001\r\n"
    b"    INDEX 01 00:00:00\r\n"
    b"  TRACK 02 AUDIO\r\n"
    b"    TITLE \"'Second' - yes...\"\r\n"
    b'    PERFORMER "The Band"\r\n'
    b"    ISRC GBXXX2600002\r\n"
    b"    INDEX 00 00:05:00\r\n"
    b"    INDEX 01 00:06:74\r\n"
)
SECOND = 75 * 588
DISC = layout([(0, None), (6 * SECOND + 74 * 588, 5 * SECOND)], 12 * SECOND)
TITLES = ("Café", "“Second” – yes…")


def two_tracks() -> Album:
    return album(*TITLES, tracks=[{"songwriter": "A. Writer"}, {}], upc=UPC)


def written(folder: Path, of: Album, disc: Layout) -> Path:
    cue.write(folder, of, [programme(disc)])
    return next(folder.glob("*.cue"))


def refusals(of: Album, *discs: Layout) -> str:
    return "\n".join(str(fault) for fault in cue.check(of, discs) if fault.severity == "refusal")


def test_the_module_is_a_format() -> None:
    deliverable: Format = named("cue")
    assert deliverable is cue


def test_every_byte_of_the_sheet(tmp_path: Path) -> None:
    assert written(tmp_path, two_tracks(), DISC).read_bytes() == SHEET
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "The Band - Quiet Rooms.cue",
        "The Band - Quiet Rooms.wav",
    ]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written(tmp_path, two_tracks(), DISC)
    found = cue.read(tmp_path)
    assert found.texts == cue.texts(two_tracks(), [DISC])
    assert [heard.layout for heard in found.programmes] == [DISC]
    for _ in range(2):
        assert np.array_equal(joined(found.programmes[0]), joined(programme(DISC)))


def test_each_text_in_other_words_is_noted_with_its_place() -> None:
    notes = cue.check(two_tracks(), [DISC])
    assert [(note.where, note.severity) for note in notes] == [("tracks[2].title", "note")]
    assert repr(TITLES[1]) in notes[0].words
    assert repr("'Second' - yes...") in notes[0].words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ærø ½ ÿ", "Ærø ½ ÿ"),
        ("東京", "DongJing"),
        ("Дом", "Dom"),
        ("Ħal Għaxaq", "Hal Ghaxaq"),
        ("ﬁne", "fine"),
        ("e\u0301te\u0301", "été"),
        ("a\\b", "a/b"),
        ("hard\xa0space soft\xadhyphen", "hard space softhyphen"),
        ('"', "'"),
        ("\u200d", ""),
        ("ä" * 100, "ä" * 80),
        ("a" * 79 + " b", "a" * 79),
    ],
)
def test_words_that_every_reader_takes(text: str, words: str) -> None:
    assert latin(text) == words


@given(st.text())
def test_any_words_fit_a_sheet(text: str) -> None:
    data = latin(text).encode("iso-8859-1")
    assert len(data) <= 80
    assert not re.search(rb'[\x00-\x1f"\\\x7f-\x9f]', data)
    assert latin(latin(text)) == latin(text)


def test_what_cannot_be_said_is_left_out_and_noted(tmp_path: Path) -> None:
    of = album("\u200d", "Two")
    assert "is left out" in str(cue.check(of, [DISC])[0])
    written(tmp_path, of, DISC)
    assert "tracks[1].title" not in cue.read(tmp_path).texts


def test_a_disc_may_begin_with_its_pause(tmp_path: Path) -> None:
    disc = layout([(3 * SECOND, 0), (8 * SECOND, None)], 12 * SECOND)
    assert b"INDEX 00 00:00:00\r\n    INDEX 01 00:03:00" in written(tmp_path, two_tracks(), disc).read_bytes()
    assert cue.read(tmp_path).programmes[0].layout == disc


def test_what_no_disc_holds_is_refused() -> None:
    of = two_tracks()
    assert not refusals(of, DISC)
    assert "a CD is 44100 Hz and 16 bit" in refusals(of, replace(DISC, rate_hz=48000))
    assert "a CD is 44100 Hz and 16 bit" in refusals(of, replace(DISC, bits=24))
    assert "no whole number of CD frames" in refusals(of, replace(DISC, frames=DISC.frames + 1))
    assert "tracks[2]: starts at 44101" in refusals(of, layout([(0, None), (44101, None)], 12 * SECOND))
    assert "tracks[2]: has its pause at 1," in refusals(of, layout([(0, None), (588, 1)], 12 * SECOND))
    assert "tracks[1]: starts at 588" in refusals(of, layout([(588, None), (1176, None)], 12 * SECOND))
    assert "tracks[1]: starts at 588" in refusals(of, layout([(588, 588), (1176, None)], 12 * SECOND))
    assert "99:59:74" in refusals(of, replace(DISC, frames=588 * 449850))
    assert not refusals(of, replace(DISC, frames=588 * 449849))


def test_marks_that_are_no_sequence_are_refused() -> None:
    of = two_tracks()
    assert "tracks [1]" in refusals(of, layout([(0, None)], SECOND))
    assert "tracks[2]: starts at 0" in refusals(of, layout([(0, None), (0, None)], SECOND))
    assert "tracks[2]: starts at 44100" in refusals(of, layout([(0, None), (SECOND, None)], SECOND))
    assert "pause from 1176" in refusals(of, layout([(0, None), (588, 1176)], SECOND))
    assert "pause from 588" in refusals(of, layout([(0, None), (588, 588)], SECOND))
    assert "pause from 0" in refusals(of, layout([(0, None), (588, 0)], SECOND))
    assert "2 programmes" in refusals(of, DISC, DISC)
    assert "1 programmes, sides or discs" in refusals(of, on_side(DISC, "A"))
    many = album(*map(str, range(100)))
    assert "100 tracks; a CD has at most 99" in refusals(many, layout([(n * 588, None) for n in range(100)], 58800))


def test_writing_refuses_what_check_refuses(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="a CD is"):
        cue.write(tmp_path, two_tracks(), [programme(replace(DISC, bits=24))])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (b"CATALOG", b"catalog", 1),
        (b"0036000291452", b"036000291452", 1),
        (b'TITLE "Quiet Rooms"', b"TITLE Quiet Rooms", 2),
        (b'TITLE "Quiet Rooms"', b'TITLE ""', 2),
        (b" WAVE", b" BINARY", 4),
        (b"TRACK 02", b"TRACK 03", 11),
        (b"  TRACK 02 AUDIO\r\n", b"", 11),
        (b"    ISRC GBXXX2600002\r\n", b"    ISRC GB-XXX-26-00002\r\n", 14),
        (b"    INDEX 01 00:06:74\r\n", b"", 16),
        (b"00:06:74", b"00:06:75", 16),
        (b"00:06:74\r\n", b"00:06:74", 17),
        (b"INDEX 00 00:05:00\r\n", b"INDEX 02 00:05:00\r\n", 15),
        (b"\r\n", b"\n", 1),
        (b"  TRACK 01", b"\xef\xbb\xbfTRACK 01", 5),
        (b'    PERFORMER "The Band"\r\n    ISRC', b'    ISRC GBXXX2600003\r\n    PERFORMER "The Band"\r\n    ISRC', 15),
    ],
)
def test_a_sheet_in_another_form_is_refused_with_its_line(tmp_path: Path, old: bytes, new: bytes, line: int) -> None:
    path = written(tmp_path, two_tracks(), DISC)
    assert old in SHEET
    path.write_bytes(SHEET.replace(old, new))
    with pytest.raises(Refusal, match=rf"\.cue: line {line}: "):
        cue.read(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"The Band - Quiet Rooms.wav", b"../x.wav", "no plain file name"),
        (b"The Band - Quiet Rooms.wav", b"x.wav", "not there"),
        (b"00:06:74", b"00:12:00", "starts at"),
        (SHEET[SHEET.index(b"  TRACK 01") :], b"", "has no track"),
        (SHEET, b"", "line 1"),
    ],
)
def test_a_sheet_that_its_image_does_not_bear_out_is_refused(
    tmp_path: Path, old: bytes, new: bytes, words: str
) -> None:
    path = written(tmp_path, two_tracks(), DISC)
    path.write_bytes(SHEET.replace(old, new))
    with pytest.raises(Refusal, match=words):
        cue.read(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"found none"):
        cue.read(tmp_path)


def test_broken_bytes_are_refused_or_read_but_never_crash(tmp_path: Path) -> None:
    path = written(tmp_path, two_tracks(), DISC)
    draw = random.Random(7)  # noqa: S311 - a test that can be replayed
    refused = 0
    for _ in range(500):
        data = bytearray(SHEET)
        for _ in range(draw.randint(1, 3)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        path.write_bytes(data[: draw.choice([len(data), draw.randrange(len(data))])])
        try:
            cue.read(tmp_path)
        except Refusal:
            refused += 1
    assert refused > 250


@settings(max_examples=60, deadline=None)
@given(albums(), st.data())
def test_any_album_comes_back(of: Album, data: st.DataObject) -> None:
    disc = data.draw(layouts(len(of.tracks)))
    with TemporaryDirectory() as folder:
        cue.write(Path(folder), of, [programme(disc)])
        found = cue.read(Path(folder))
        assert found.texts == cue.texts(of, [disc])
        assert found.programmes[0].layout == disc
        assert np.array_equal(joined(found.programmes[0]), joined(programme(disc)))


def toc(path: Path) -> str:
    return subprocess.run(
        ["cdrdao", "show-toc", path.name], cwd=path.parent, capture_output=True, text=True, check=True
    ).stdout


@needs("cdrdao")
def test_cdrdao_finds_the_same_disc(tmp_path: Path) -> None:
    told = toc(written(tmp_path, two_tracks(), DISC))
    assert "CATALOG NUMBER: 0036000291452" in told
    assert re.findall(r"ISRC (.*)", told) == ["GB XXX 26 00001", "GB XXX 26 00002"]
    assert re.findall(r"START +\S+\( *(\d+)\)", told) == ["0", "524"]
    assert re.findall(r"END +\S+\( *(\d+)\)", told) == ["375", "900"]
    assert re.findall(r"PREGAP +\S+\( *(\d+)\)", told) == ["149"]


@needs("cueprint")
def test_cueprint_finds_the_same_texts(tmp_path: Path) -> None:
    path = written(tmp_path, two_tracks(), DISC)
    form = ["-d", r"%T|%P|%N\n", "-t", r"%n|%t|%p|%i\n"]
    told = subprocess.run(["cueprint", *form, path], capture_output=True, check=True).stdout.decode("iso-8859-1")
    assert told.splitlines() == [
        "Quiet Rooms|The Band|2",
        "1|Café|The Band|GBXXX2600001",
        "2|'Second' - yes...|The Band|GBXXX2600002",
    ]


@needs("cdrdao")
@settings(max_examples=12, deadline=None)
@given(albums(), st.data())
def test_cdrdao_takes_any_album(of: Album, data: st.DataObject) -> None:
    disc = data.draw(layouts(len(of.tracks)))
    with TemporaryDirectory() as folder:
        told = toc(written(Path(folder), of, disc))
    assert re.findall(r"START +\S+\( *(\d+)\)", told) == [str(mark.start // 588) for mark in disc.marks]
    said = cue.texts(of, [disc])
    isrcs = [said[f"tracks[{n}].isrc"] for n in range(1, 100) if f"tracks[{n}].isrc" in said]
    assert [isrc.replace(" ", "") for isrc in re.findall(r"ISRC (.*)", told)] == isrcs
