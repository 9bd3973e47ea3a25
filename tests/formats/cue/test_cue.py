"""The CD image: its sheets byte by byte, read back by us, by cdrdao, cuetools, libcdio, libburn and metaflac."""

import ctypes
import ctypes.util
import random
import re
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albums import Album
from albums.faults import Refusal
from formats import Format, Layout, Mark, cue, named
from formats._cd import cue_sheet
from formats._shared import wav
from formats._shared.texts import latin
from formats.cue import toc_file
from tests.support.programmes import UPC, album, albums, joined, layout, layouts, needs, on_side, programme

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
HIDDEN = layout([(3 * SECOND, 0), (8 * SECOND, None)], 12 * SECOND)
TITLES = ("Café", "“Second” – yes…")


def two_tracks() -> Album:
    return album(*TITLES, tracks=[{"songwriter": "A. Writer"}, {}], upc=UPC)


def written(folder: Path, of: Album, disc: Layout) -> Path:
    cue.write(folder, of, [programme(disc)])
    return next(folder.glob("*.cue"))


def rewritten(path: Path, **change: Any) -> None:
    """The sheet `path` with what `change` says."""
    form: Any = {".cue": cue_sheet, ".toc": toc_file}[path.suffix]
    path.write_bytes(form.encode(replace(form.decode(path.read_bytes(), path.name), **change)))


def indexed(first: Iterable[int], second: Iterable[int]) -> Layout:
    """DISC with indexes above 01 in each track; those of a few frames are counted from the second track's start."""
    one, two = DISC.marks
    later = (place if place > two.start else two.start + (place + 1) * 588 for place in second)
    return replace(DISC, marks=(replace(one, indexes=tuple(first)), replace(two, indexes=tuple(later))))


def two_discs() -> tuple[Album, list[Layout]]:
    three = Layout(44100, 16, SECOND, (Mark(3, 588, 0, (1176,)),), disc=2)
    return album("One", "Two", "Three", upc=UPC), [replace(DISC, disc=1), three]


def refusals(of: Album, *discs: Layout) -> str:
    return "\n".join(str(fault) for fault in cue.check(of, discs) if fault.severity == "refusal")


def test_the_module_is_a_format() -> None:
    deliverable: Format = named("cue")
    assert deliverable is cue


def test_every_byte_of_the_sheet(tmp_path: Path) -> None:
    assert written(tmp_path, two_tracks(), DISC).read_bytes() == SHEET
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "The Band - Quiet Rooms.cue",
        "The Band - Quiet Rooms.toc",
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
        ("\ue000", ""),
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
    of = album("\ue000", "Two")
    assert "is left out" in str(cue.check(of, [DISC])[0])
    written(tmp_path, of, DISC)
    assert "tracks[1].title" not in cue.read(tmp_path).texts


def test_a_disc_may_begin_with_its_pause(tmp_path: Path) -> None:
    path = written(tmp_path, two_tracks(), HIDDEN)
    assert b"INDEX 00 00:00:00\r\n    INDEX 01 00:03:00" in path.read_bytes()
    assert b'.wav" 00:00:00 00:08:00\nSTART 00:03:00\n' in path.with_suffix(".toc").read_bytes()
    assert cue.read(tmp_path).programmes[0].layout == HIDDEN


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
    assert "of discs [0, 0]; wanted one disc, or discs from 1 on" in refusals(of, DISC, DISC)
    assert "wanted one disc" in refusals(of, on_side(DISC, "A"))
    assert "of discs [2]" in refusals(of, replace(DISC, disc=2))
    assert "tracks[2]: has 100 indexes; a CD's tracks have at most 99" in refusals(of, indexed((), range(99)))
    assert not refusals(of, indexed((), range(98)))
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
    ("change", "words"),
    [
        ({"file": "../x.wav"}, "no plain file name"),
        ({"file": "x.wav"}, "not there"),
        ({"marks": (DISC.marks[0], replace(DISC.marks[1], start=12 * SECOND))}, "starts at"),
        ({"marks": ()}, "has no track"),
    ],
)
def test_sheets_that_their_image_does_not_bear_out_are_refused(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    path = written(tmp_path, two_tracks(), DISC)
    rewritten(path, **change)
    rewritten(path.with_suffix(".toc"), **change)
    with pytest.raises(Refusal, match=words):
        cue.read(tmp_path)


def test_an_image_of_another_length_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, two_tracks(), DISC)
    wav.write(path.with_suffix(".wav"), programme(replace(DISC, frames=DISC.frames + 588)))
    with pytest.raises(Refusal, match=r"wav: has 529788 samples; The Band - Quiet Rooms\.toc says 529200"):
        cue.read(tmp_path)


def test_sheets_that_differ_are_refused_with_every_difference(tmp_path: Path) -> None:
    path = written(tmp_path, two_tracks(), DISC)
    said = cue.texts(two_tracks(), [DISC])
    del said["tracks[1].songwriter"]
    rewritten(
        path.with_suffix(".toc"),
        file="y.wav",
        marks=(DISC.marks[0], replace(DISC.marks[1], start=DISC.marks[1].start + 588)),
        texts=said | {"album.upc": "4006381333931", "tracks[1].title": "Tea", "tracks[2].songwriter": "Bob"},
    )
    with pytest.raises(Refusal) as refused:
        cue.read(tmp_path)
    cue_name, toc_name = "The Band - Quiet Rooms.cue", "The Band - Quiet Rooms.toc"
    differences = [
        ("file", "'The Band - Quiet Rooms.wav'", "'y.wav'"),
        ("tracks[2].start", "'00:06:74'", "'00:07:00'"),
        ("album.upc", "'0036000291452'", "'4006381333931'"),
        ("tracks[1].title", "'Café'", "'Tea'"),
        ("tracks[1].songwriter", "'A. Writer'", "left out"),
        ("tracks[2].songwriter", "left out", "'Bob'"),
    ]
    assert set(str(refused.value).splitlines()) == {
        f"{cue_name}: {place}: is {found}; in {toc_name} it is {wanted}" for place, found, wanted in differences
    }


@pytest.mark.parametrize("suffix", [".cue", ".toc", ".wav"])
def test_a_missing_file_is_refused(tmp_path: Path, suffix: str) -> None:
    written(tmp_path, two_tracks(), DISC).with_suffix(suffix).unlink()
    with pytest.raises(Refusal, match=rf"found none|{suffix}' is|not there"):
        cue.read(tmp_path)


def test_indexes_and_composers_are_in_the_toc_alone_and_noted_once(tmp_path: Path) -> None:
    of = album("One", "Two", tracks=[{"composer": "Ann"}, {"composer": "Bea"}], arranger="Cid")
    disc = indexed((SECOND, 2 * SECOND), (7 * SECOND,))
    assert [(note.where, note.severity) for note in cue.check(of, [disc])] == [
        ("", "note"),
        ("tracks[1]", "note"),
        ("tracks[2]", "note"),
    ]
    path = written(tmp_path, of, disc)
    found = cue.read(tmp_path)
    assert b"INDEX 02" not in path.read_bytes()
    assert b"Ann" not in path.read_bytes()
    assert found.programmes[0].layout == disc
    assert found.texts == cue.texts(of, [disc])
    assert found.texts["tracks[2].composer"] == "Bea"
    assert found.texts["album.arranger"] == "Cid"


def test_each_of_several_discs_has_a_folder(tmp_path: Path) -> None:
    of, discs = two_discs()
    cue.write(tmp_path, of, [programme(disc, disc.disc) for disc in discs])
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")) == [
        f"disc-{disc}/The Band - Quiet Rooms (disc {disc}){suffix}"
        for disc in (1, 2)
        for suffix in (".cue", ".toc", ".wav")
    ]
    second = next(tmp_path.glob("disc-2/*.cue")).read_bytes()
    assert re.findall(rb"TRACK (\d\d)|ISRC (.*)\r", second) == [(b"01", b""), (b"", b"GBXXX2600003")]
    found = cue.read(tmp_path)
    assert [heard.layout for heard in found.programmes] == discs
    assert found.texts == cue.texts(of, discs)
    for heard in found.programmes:
        assert np.array_equal(joined(heard), joined(programme(heard.layout, heard.layout.disc)))


def test_what_is_wrong_with_a_disc_of_several_says_which() -> None:
    of, discs = two_discs()
    assert not refusals(of, *discs)
    assert "disc 2: 44101 samples are no whole number" in refusals(of, discs[0], replace(discs[1], frames=SECOND + 1))
    assert "of discs [2, 1]" in refusals(of, *(replace(disc, disc=3 - disc.disc) for disc in discs))


def test_discs_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    of, discs = two_discs()
    cue.write(tmp_path, of, [programme(disc) for disc in discs])
    (path,) = tmp_path.glob("disc-2/*.cue")
    rewritten(path, texts={"album.title": "Other Rooms"})
    rewritten(path.with_suffix(".toc"), texts={"album.title": "Other Rooms"})
    with pytest.raises(
        Refusal, match=r"disc-2: album\.title: is 'Other Rooms'; in the disc before it is 'Quiet Rooms'"
    ):
        cue.read(tmp_path)


def test_a_missing_disc_is_refused(tmp_path: Path) -> None:
    of, discs = two_discs()
    cue.write(tmp_path, of, [programme(disc) for disc in discs])
    (tmp_path / "disc-1").rename(tmp_path / "elsewhere")
    with pytest.raises(Refusal, match=r"of discs \[2\]; wanted one disc, or discs from 1 on"):
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
    discs = data.draw(on_discs(len(of.tracks)))
    with TemporaryDirectory() as folder:
        cue.write(Path(folder), of, [programme(disc) for disc in discs])
        found = cue.read(Path(folder))
        assert found.texts == cue.texts(of, discs)
        assert [heard.layout for heard in found.programmes] == discs
        for heard in found.programmes:
            assert np.array_equal(joined(heard), joined(programme(heard.layout)))


@st.composite
def on_discs(draw: st.DrawFn, tracks: int) -> list[Layout]:
    """One disc or several, with indexes above 01 where there is room."""
    cuts = draw(st.lists(st.integers(1, tracks), unique=True, max_size=3))
    discs = []
    for number, (before, after) in enumerate(pairwise(sorted({0, *cuts, tracks})), 1):
        disc = draw(layouts(after - before))
        marks = [replace(mark, track=mark.track + before) for mark in disc.marks]
        if marks[-1].start + 588 < disc.frames:
            marks[-1] = replace(marks[-1], indexes=(marks[-1].start + 588,))
        discs.append(replace(disc, marks=tuple(marks), disc=number))
    return discs if len(discs) > 1 else [replace(discs[0], disc=0)]


def toc(path: Path) -> str:
    return subprocess.run(
        ["cdrdao", "show-toc", path.name], cwd=path.parent, capture_output=True, text=True, check=True
    ).stdout


@needs("cdrdao")
@pytest.mark.parametrize("suffix", [".cue", ".toc"])
def test_cdrdao_finds_the_same_disc_in_both_sheets(tmp_path: Path, suffix: str) -> None:
    told = toc(written(tmp_path, two_tracks(), DISC).with_suffix(suffix))
    assert "CATALOG NUMBER: 0036000291452" in told
    assert re.findall(r"ISRC (.*)", told) == ["GB XXX 26 00001", "GB XXX 26 00002"]
    assert re.findall(r"START +\S+\( *(\d+)\)", told) == ["0", "524"]
    assert re.findall(r"END +\S+\( *(\d+)\)", told) == ["375", "900"]
    assert re.findall(r"PREGAP +\S+\( *(\d+)\)", told) == ["149"]


@needs("cdrdao")
@pytest.mark.parametrize("suffix", [".cue", ".toc"])
def test_cdrdao_finds_what_is_hidden_in_both_sheets(tmp_path: Path, suffix: str) -> None:
    told = toc(written(tmp_path, two_tracks(), HIDDEN).with_suffix(suffix))
    assert re.findall(r"START +\S+\( *(\d+)\)", told) == ["225", "600"]
    assert re.findall(r"PREGAP +\S+\( *(\d+)\)", told) == ["225"]
    assert re.findall(r"END +\S+\( *(\d+)\)", told) == ["600", "900"]


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


@needs("cd-info")
def test_libcdio_finds_the_same_disc(tmp_path: Path) -> None:
    """It takes no WAVE, so it is asked about a copy: the same sheet for the same samples without a header."""
    path = written(tmp_path, two_tracks(), DISC)
    samples = path.with_suffix(".wav").read_bytes()[wav.HEADER.size :]
    (tmp_path / "copy.bin").write_bytes(samples)
    sheet = path.read_bytes().replace(b'FILE "The Band - Quiet Rooms.wav" WAVE', b'FILE "copy.bin" BINARY')
    (tmp_path / "copy.cue").write_bytes(sheet)
    command = ["cd-info", "--quiet", "--no-header", "--no-device-info", "--cue-file=copy.cue"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout.decode()
    lines = re.findall(r"^ *(\d+): \S+ +(\d+) (audio|leadout)", told, re.MULTILINE)
    assert lines == [("1", "000000", "audio"), ("2", "000524", "audio"), ("170", "000900", "leadout")]
    assert "(MCN): 0036000291452" in told
    assert re.findall(r"TITLE: (.*)", told) == ["Quiet Rooms", "Café", "'Second' - yes..."]
    assert re.findall(r"SONGWRITER: (.*)", told) == ["A. Writer"]


@needs("flac")
@needs("metaflac")
@pytest.mark.parametrize("disc", [DISC, HIDDEN])
def test_metaflac_finds_the_same_disc(tmp_path: Path, disc: Layout) -> None:
    path = written(tmp_path, two_tracks(), disc)
    flac = tmp_path / "image.flac"
    subprocess.run(["flac", "--silent", "-0", "-o", flac, path.with_suffix(".wav")], check=True)
    subprocess.run(["metaflac", f"--import-cuesheet-from={path}", flac], check=True)
    command = ["metaflac", "--list", "--block-type=CUESHEET", str(flac)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    offsets = [int(offset) for offset in re.findall(r"offset: (\d+)", told)]
    wanted: list[int] = []
    for mark in disc.marks:
        part = mark.start if mark.pause is None else mark.pause
        wanted += [part, *([0] if mark.pause is not None else []), mark.start - part]
    assert offsets == [*wanted, disc.frames]
    assert re.findall(r"ISRC: (.*)", told) == ["GBXXX2600001", "GBXXX2600002"]
    assert "media catalog number: 0036000291452" in told


@needs("cdrskin")
def test_cdrskin_takes_the_sheet_and_wants_but_a_disc(tmp_path: Path) -> None:
    path = written(tmp_path, two_tracks(), DISC)
    command = [
        "cdrskin",
        "-v",
        "--allow_emulated_drives",
        "dev=stdio:/dev/null",
        f"cuefile={path.name}",
        "-text",
        "-sao",
    ]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stderr
    assert "Reading aborted" not in told
    assert "audio track prohibited by non-CD" in told


@pytest.mark.skipif(ctypes.util.find_library("burn") is None, reason="libburn is not installed")
def test_libburn_makes_the_same_tracks_and_cd_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # it looks there for the image
    sectors, packs = burnt(written(tmp_path, two_tracks(), DISC))
    assert sectors == [375, 525]
    strings = {
        kind: b"".join(pack[4:16] for pack in packs if pack[0] == kind).decode("iso-8859-1").rstrip("\0").split("\0")
        for kind in (0x80, 0x81, 0x82, 0x8E)
    }
    assert strings[0x80] == ["Quiet Rooms", "Café", "'Second' - yes..."]
    assert strings[0x82] == ["", "A. Writer"]
    assert strings[0x8E] == ["0036000291452", "GBXXX2600001", "GBXXX2600002"]


def burnt(path: Path) -> tuple[list[int], list[bytes]]:
    """What libburn would burn of a CUE sheet: the sectors of each track, and the packs of the CD-Text."""
    library = ctypes.CDLL(ctypes.util.find_library("burn"))
    pointer, number = ctypes.c_void_p, ctypes.c_int
    library.burn_session_create.restype = library.burn_session_get_tracks.restype = pointer
    assert library.burn_initialize() == 1
    session, packs, count = pointer(library.burn_session_create()), ctypes.POINTER(ctypes.c_ubyte)(), number()
    arguments = (session, bytes(path), 0, 0, ctypes.byref(packs), ctypes.byref(count), 0)
    assert library.burn_session_by_cue_file(*arguments) == 1
    assert library.burn_cdtext_from_session(session, ctypes.byref(packs), ctypes.byref(count), 0) == 1
    data = bytes(packs[: 18 * count.value])
    tracks = ctypes.cast(library.burn_session_get_tracks(session, ctypes.byref(count)), ctypes.POINTER(pointer))
    sectors = [library.burn_track_get_sectors(pointer(tracks[index])) for index in range(count.value)]
    return sectors, [data[start : start + 18] for start in range(0, len(data), 18)]
