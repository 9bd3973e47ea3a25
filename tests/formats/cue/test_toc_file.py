"""The TOC of a CD image: byte by byte, read back by us, by cdrdao, cuetools and libcdio."""

import random
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albums.faults import Refusal
from formats import Layout, Mark, cue
from formats._shared import wav
from formats.cue import toc_file
from formats.cue.toc_file import Toc
from tests.support.programmes import UPC, album, albums, layouts, needs, programme

SECOND = 44100
FRAME = 588
TOC = (
    b"CD_DA\n"
    b'CATALOG "0036000291452"\n'
    b"CD_TEXT {\n"
    b"  LANGUAGE_MAP { 0 : 9 }\n"  # English
    b"  LANGUAGE 0 {\n"
    b'    TITLE "Quiet Rooms"\n'
    b'    PERFORMER "The Band"\n'
    b'    COMPOSER ""\n'  # track 1 has one, so all have
    b"  }\n"
    b"}\n"
    b"\n"
    b"TRACK AUDIO\n"
    b"NO COPY\n"
    b"NO PRE_EMPHASIS\n"
    b"TWO_CHANNEL_AUDIO\n"
    b'ISRC "GBXXX2600001"\n'
    b"CD_TEXT {\n"
    b"  LANGUAGE 0 {\n"
    b'    TITLE "Caf\xe9"\n'
    b'    PERFORMER "The Band"\n'
    b'    COMPOSER "Ann"\n'
    b"  }\n"
    b"}\n"
    b'FILE "x.wav" 00:00:00 00:08:00\n'  # from its hidden pause to the pause of track 2
    b"START 00:03:10\n"  # the pause, in what precedes
    b"INDEX 00:01:00\n"  # index 02, from index 01
    b"INDEX 00:01:74\n"
    b"\n"
    b"TRACK AUDIO\n"
    b"NO COPY\n"
    b"NO PRE_EMPHASIS\n"
    b"TWO_CHANNEL_AUDIO\n"
    b"CD_TEXT {\n"
    b"  LANGUAGE 0 {\n"
    b'    TITLE "Two"\n'
    b'    PERFORMER ""\n'
    b'    COMPOSER ""\n'
    b"  }\n"
    b"}\n"
    b'FILE "x.wav" 00:08:00 00:12:01\n'
    b"START 00:01:00\n"
)
DISC = Toc(
    "x.wav",
    20 * SECOND + FRAME,
    {
        "album.upc": f"0{UPC}",
        "album.title": "Quiet Rooms",
        "album.artist": "The Band",
        "tracks[1].isrc": "GBXXX2600001",
        "tracks[1].title": "Café",
        "tracks[1].artist": "The Band",
        "tracks[1].composer": "Ann",
        "tracks[2].title": "Two",
    },
    (
        Mark(1, 3 * SECOND + 10 * FRAME, 0, (4 * SECOND + 10 * FRAME, 5 * SECOND + 9 * FRAME)),
        Mark(2, 9 * SECOND, 8 * SECOND),
    ),
)


def test_every_byte() -> None:
    assert toc_file.encode(DISC) == TOC
    assert toc_file.decode(TOC, "x.toc") == DISC


def test_a_disc_without_words_has_no_cd_text() -> None:
    bare = Toc("x.wav", FRAME, {}, (Mark(1, 0),))
    data = toc_file.encode(bare)
    assert b"CD_TEXT" not in data
    assert data.endswith(b'FILE "x.wav" 00:00:00 00:00:01\n')
    assert toc_file.decode(data, "x.toc") == bare


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (b"CD_DA\n", b"CD_ROM\n", 1),
        (b"CD_DA\n", b"", 1),
        (b"0036000291452", b"036000291452", 2),
        (b"{ 0 : 9 }", b"{\n    0 : 9\n  }", 4),
        (b"{ 0 : 9 }", b"{ 0 : EN }", 4),
        (b'    COMPOSER ""\n  }', b"  }", 8),
        (b"NO COPY", b"COPY", 13),
        (b"NO PRE_EMPHASIS\n", b"", 14),
        (b"GBXXX2600001", b"GB-XXX-26-00001", 16),
        (b"Caf\xe9", b'Caf"\xe9', 19),
        (b"00:03:10", b"00:03:75", 25),
        (b"FILE", b"AUDIOFILE", 24),
        (b'FILE "x.wav" 00:00:00', b'FILE "y.wav" 00:00:00', 24),
        (b"00:00:00 00:08:00", b"00:00:00 00:07:00", 24),
        (b"00:00:00 00:08:00", b"0 00:08:00", 24),
        (b"START 00:03:10\nINDEX 00:01:00", b"INDEX 00:01:00\nSTART 00:03:10", 25),
        (b"START 00:01:00\n", b"START 00:01:00\nSTART 00:01:00\n", 42),
        (b"START 00:01:00\n", b"START 00:01:00", 42),
        (b"START 00:01:00\n", b"PREGAP 00:01:00\n", 41),
        (TOC[TOC.index(b"FILE") :], b"", 24),
        (b"\n", b"\r\n", 1),
    ],
)
def test_a_toc_in_another_form_is_refused_with_its_line(old: bytes, new: bytes, line: int) -> None:
    assert old in TOC
    with pytest.raises(Refusal, match=rf"^x\.toc: line {line}: "):
        toc_file.decode(TOC.replace(old, new), "x.toc")


def test_broken_bytes_are_refused_or_read_but_never_crash() -> None:
    draw, refused = random.Random(7), 0  # noqa: S311 - a test that can be replayed
    for _ in range(1000):
        data = bytearray(TOC)
        for _ in range(draw.randint(1, 3)):
            data[draw.randrange(len(data))] = draw.choice([draw.randrange(256), 10, 34, 48])
        data = data[: draw.choice([len(data), draw.randrange(len(data))])]
        try:
            assert toc_file.encode(toc_file.decode(bytes(data), "x.toc")) == data
        except Refusal:
            refused += 1
    assert 500 < refused < 1000


@st.composite
def indexed(draw: st.DrawFn, tracks: int) -> Layout:
    """A layout with indexes above 01 in some tracks, and for some something hidden before the first."""
    of = draw(layouts(tracks))
    ends = [mark.start if mark.pause is None else mark.pause for mark in of.marks[1:]] + [of.frames]
    marks = []
    for mark, end in zip(of.marks, ends, strict=True):
        room = range(mark.start + FRAME, end, FRAME)
        places = draw(st.lists(st.sampled_from(room), unique=True, max_size=4)) if room else []
        marks.append(replace(mark, indexes=tuple(sorted(places))))
    return replace(of, marks=tuple(marks))


def shown(path: Path) -> str:
    """What cdrdao says of a sheet."""
    command = ["cdrdao", "show-toc", path.name]
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=True).stdout


def places(told: str, what: str) -> list[int]:
    return [int(frame) for frame in re.findall(rf"{what} +\S+\( *(\d+)\)", told)]


def written(folder: Path, toc: Toc = DISC) -> Path:
    wav.write(folder / toc.file, programme(Layout(44100, 16, toc.frames, toc.marks)))
    path = folder / "x.toc"
    path.write_bytes(toc_file.encode(toc))
    return path


@needs("cdrdao")
def test_cdrdao_finds_the_same_disc(tmp_path: Path) -> None:
    told = shown(written(tmp_path))
    assert "CATALOG NUMBER: 0036000291452" in told
    assert re.findall(r"ISRC (.*)", told) == ["GB XXX 26 00001"]
    assert told.count("COPY NOT PERMITTED") == told.count("NO PRE-EMPHASIS") == told.count("TWO CHANNEL") == 2
    assert places(told, "PREGAP") == [235, 75]
    assert places(told, "START") == [235, 675]
    assert places(told, r"INDEX +\d") == [310, 384]
    assert places(told, "END") == [600, 1501]


@needs("toc2cddb")
def test_cdrdao_finds_the_same_words_and_starts(tmp_path: Path) -> None:
    """Its offsets are of the disc, which begins two seconds earlier."""
    told = subprocess.run(["toc2cddb", written(tmp_path)], capture_output=True, check=True).stdout.decode("iso-8859-1")
    assert re.findall(r"TITLE\d?=(.*)", told) == ["The Band / Quiet Rooms", "Café", "Two"]
    assert re.findall(r"^#\s+(\d+)$", told, re.MULTILINE) == ["385", "825"]


@needs("cueprint")
def test_cuetools_find_the_same_words(tmp_path: Path) -> None:
    form = ["-d", r"%T|%P|%N\n", "-t", r"%n|%t|%p|%c|%i\n"]
    told = subprocess.run(["cueprint", *form, written(tmp_path)], capture_output=True, check=True).stdout
    assert told.decode("iso-8859-1").splitlines() == [
        "Quiet Rooms|The Band|2",
        "1|Café|The Band|Ann|GBXXX2600001",
        "2|Two|||",
    ]


@needs("cueconvert")
def test_cuetools_find_the_same_marks(tmp_path: Path) -> None:
    """cueconvert counts an index above 01 from the track's part of the file, whichever sheet it reads."""
    path = tmp_path / "x.cue"
    subprocess.run(["cueconvert", written(tmp_path), path], check=True)
    assert re.findall(rb"INDEX (.*)", path.read_bytes()) == [
        b"00 00:00:00", b"01 00:03:10", b"02 00:01:00", b"03 00:01:74", b"00 00:08:00", b"01 00:09:00"
    ]  # fmt: skip


@needs("cd-info")
def test_libcdio_finds_the_same_disc(tmp_path: Path) -> None:
    """Its lead-out forgets the last track's pause, and is not asked for."""
    command = ["cd-info", "--quiet", "--no-header", "--no-device-info", f"--toc-file={written(tmp_path).name}"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout.decode()
    assert re.findall(r"^ *(\d+): \S+ +(\d+) audio", told, re.MULTILINE) == [("1", "000235"), ("2", "000675")]
    assert "(MCN): 0036000291452" in told
    assert re.findall(r"TITLE: (.*)", told) == ["Quiet Rooms", "Café", "Two"]
    assert re.findall(r"COMPOSER: (.*)", told) == ["Ann"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_toc_comes_back(data: st.DataObject) -> None:
    of = data.draw(albums(most=20))
    disc = data.draw(indexed(len(of.tracks)))
    toc = Toc("x.wav", disc.frames, cue.texts(of, [disc]), disc.marks)
    assert toc_file.decode(toc_file.encode(toc), "x.toc") == toc


@needs("cdrdao")
@settings(max_examples=12, deadline=None)
@given(st.data())
def test_cdrdao_takes_any_album(data: st.DataObject) -> None:
    of = data.draw(albums())
    disc = data.draw(indexed(len(of.tracks)))
    said = cue.texts(of, [disc])
    with TemporaryDirectory() as folder:
        told = shown(written(Path(folder), Toc("x.wav", disc.frames, said, disc.marks)))
    assert places(told, "START") == [mark.start // FRAME for mark in disc.marks]
    assert places(told, "PREGAP") == [
        (mark.start - mark.pause) // FRAME for mark in disc.marks if mark.pause is not None
    ]
    assert places(told, r"INDEX +\d+") == [index // FRAME for mark in disc.marks for index in mark.indexes]
    isrcs = [said[f"tracks[{n}].isrc"] for n in range(1, 100) if f"tracks[{n}].isrc" in said]
    assert [isrc.replace(" ", "") for isrc in re.findall(r"ISRC (.*)", told)] == isrcs


def test_ninety_nine_indexes_fit() -> None:
    marks = (Mark(1, 0, None, tuple(n * FRAME for n in range(1, 99))),)
    toc = Toc("x.wav", 100 * FRAME, cue.texts(album("One"), []), marks)
    assert toc_file.decode(toc_file.encode(toc), "x.toc") == toc
