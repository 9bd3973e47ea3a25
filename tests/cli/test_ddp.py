"""A DDP fileset looked at and taken apart: the tracks are the disc again, with what the disc says of them."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from mutagen.wave import WAVE
from typer.testing import CliRunner

from albums import Album
from albums.faults import Refusal
from formats import Mark, ddp
from formats.ddp.extract import extract
from pipeline.cli import app
from pipeline.cli.options import BAD_INPUT, FAILED, PASSED
from pipeline.cli.shown import door
from tests.support.programmes import UPC, album, joined, layout, needs, programme

SECOND = 75 * 588
STARTS = [(5 * SECOND, 0), (12 * SECOND, 10 * SECOND), (18 * SECOND, None)]
HIDDEN = layout(STARTS, 25 * SECOND)
DISC = replace(HIDDEN, marks=(*HIDDEN.marks[:1], Mark(2, 12 * SECOND, 10 * SECOND, (14 * SECOND,)), HIDDEN.marks[2]))


def three_tracks() -> Album:
    return album(
        "Café", "Second", "夜の歌", tracks=[{"composer": "A. Writer"}, {}, {}], upc=UPC, catalogue_number="GM-1"
    )


@pytest.fixture
def fileset(tmp_path: Path) -> Path:
    folder = tmp_path / "fileset"
    folder.mkdir()
    ddp.write(folder, three_tracks(), [programme(DISC)])
    return folder


def test_files_laid_end_to_end_are_the_disc(fileset: Path, tmp_path: Path) -> None:
    extract(fileset, tmp_path / "out")
    names = ["00 Hidden track.wav", "01 Cafe.wav", "02 Second.wav"]
    paths = sorted((tmp_path / "out").glob("*.wav"))
    assert [path.name for path in paths[:3]] == names
    pieces = [soundfile.read(path, dtype="int16") for path in paths]
    assert {rate for _, rate in pieces} == {44100}
    assert [len(sound) for sound, _ in pieces] == [5 * SECOND, 7 * SECOND, 6 * SECOND, 7 * SECOND]
    assert np.array_equal(np.concatenate([sound for sound, _ in pieces]), joined(programme(DISC)))


def tags_of(path: Path) -> dict[str, str]:
    tags: Any = WAVE(path).tags
    return {key: str(value) for key, value in tags.items()}


def test_tags_say_what_the_disc_says(fileset: Path, tmp_path: Path) -> None:
    extract(fileset, tmp_path / "out")
    paths = sorted((tmp_path / "out").glob("*.wav"))
    tags = [tags_of(path) for path in paths]
    assert tags[0]["TIT2"] == "Hidden track"
    assert tags[1]["TIT2"] == "Café"
    assert tags[1]["TCOM"] == "A. Writer"
    assert tags[1]["TRCK"] == "1/3"
    assert tags[1]["TSRC"] == "GBXXX2600001"
    assert tags[3]["TIT2"] == "夜の歌", "in its own words, which the disc has in its second block"
    assert {tag["TXXX:BARCODE"] for tag in tags} == {f"0{UPC}"}
    assert {tag["TXXX:CATALOGNUMBER"] for tag in tags} == {"GM-1"}
    assert {tag["TALB"] for tag in tags} == {"Quiet Rooms"}


def test_the_sheet_puts_them_together_again(fileset: Path, tmp_path: Path) -> None:
    extract(fileset, tmp_path / "out")
    lines = (tmp_path / "out" / "disc.cue").read_text("iso-8859-1").splitlines()
    files = [line for line in lines if line.startswith("FILE")]
    assert len(files) == 4
    assert [line.split("INDEX ")[1] for line in lines if "INDEX" in line] == [
        "00 00:00:00",  # in the hidden track's file
        "01 00:00:00",
        "00 00:05:00",  # five seconds into track 1's file its pause begins
        "01 00:00:00",
        "02 00:02:00",
        "01 00:00:00",
    ]
    assert "CATALOG 0036000291452" in lines
    assert '    TITLE "Café"' in lines
    assert "    ISRC GBXXX2600003" in lines


@needs("cueprint")
def test_cueprint_reads_the_sheet(fileset: Path, tmp_path: Path) -> None:
    extract(fileset, tmp_path / "out")
    form = ["-d", r"%N\n", "-t", r"%n|%t|%i|%f\n"]
    told = subprocess.run(["cueprint", *form, tmp_path / "out" / "disc.cue"], capture_output=True, check=True)
    lines = told.stdout.decode("iso-8859-1").splitlines()
    assert lines[0] == "3"
    assert [line.split("|")[:3] for line in lines[1:3]] == [
        ["1", "Café", "GBXXX2600001"],
        ["2", "Second", "GBXXX2600002"],
    ]


@needs("mediainfo")
def test_mediainfo_reads_the_tags(fileset: Path, tmp_path: Path) -> None:
    extract(fileset, tmp_path / "out")
    told = subprocess.run(
        ["mediainfo", "--Output=JSON", tmp_path / "out" / "01 Cafe.wav"], capture_output=True, check=True
    )
    general = json.loads(told.stdout)["media"]["track"][0]
    assert (general["Track"], general["Performer"], general["Album"]) == ("Café", "The Band", "Quiet Rooms")


def test_several_discs_go_into_folders_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "filesets"
    folder.mkdir()
    one, two = (layout([(0, None)], 5 * SECOND), layout([(0, None), (4 * SECOND, None)], 9 * SECOND))
    discs = [replace(one, disc=1), replace(two, disc=2, marks=(Mark(2, 0), Mark(3, 4 * SECOND)))]
    ddp.write(folder, three_tracks(), [programme(disc, seed) for seed, disc in enumerate(discs)])
    extract(folder, tmp_path / "out")
    assert min(path.name for path in (tmp_path / "out" / "disc-2").glob("*.wav")) == "01 Second.wav"
    assert len(list((tmp_path / "out").rglob("*.wav"))) == 3


def test_equal_filesets_give_equal_files(fileset: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        extract(fileset, tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_broken_fileset_is_refused_whole(fileset: Path, tmp_path: Path) -> None:
    image = fileset / "IMAGE.DAT"
    data = bytearray(image.read_bytes())
    data[10**6] ^= 1
    image.write_bytes(data)
    with pytest.raises(Refusal, match=r"IMAGE\.DAT"):
        extract(fileset, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fileset"]


def test_nothing_that_is_there_is_overwritten(fileset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(Refusal, match="is there already"):
        extract(fileset, out)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_show_prints_the_contents_and_every_fault(fileset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = CliRunner()
    monkeypatch.setattr(door.output.console, "width", 160)
    told = runner.invoke(app.app, ["ddp", "show", str(fileset)])
    assert told.exit_code == 0
    for words in ("Café", "GBXXX2600001", "00:07:00", "00:14:00", "0036000291452", "GM-1", "Nothing stands against it"):
        assert words in told.output
    (fileset / "PQDESCR").write_bytes(b"VVVS")
    broken = runner.invoke(app.app, ["ddp", "show", str(fileset)])
    assert broken.exit_code == 1
    assert "PQDESCR" in broken.output


def test_show_as_json(fileset: Path) -> None:
    told = CliRunner().invoke(app.app, ["ddp", "show", str(fileset), "--json"])
    (disc,) = json.loads(told.stdout)["discs"]
    assert disc["upc"] == f"0{UPC}"
    assert [track["start_sector"] for track in disc["tracks"]] == [150 + 75 * second for second in (5, 12, 18)]
    assert disc["tracks"][1]["index_sectors"] == [150 + 75 * 14]


def test_a_folder_without_a_fileset_is_refused_and_those_below_are_named(
    fileset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    album = tmp_path / "album"
    (album / "masters" / "superseded").mkdir(parents=True)
    assert app.run(["ddp", "show", str(album)]) == BAD_INPUT
    said = capsys.readouterr()
    assert "holds no DDP fileset" in said.err
    assert "plant" not in said.out + said.err
    fileset.rename(album / "masters" / "cd ddp")
    assert app.run(["ddp", "show", str(album)]) == BAD_INPUT
    assert f"next: `glassmaster ddp show '{album}/masters/cd ddp'`" in capsys.readouterr().err
    assert app.run(["ddp", "show", str(album / "masters" / "cd ddp")]) == PASSED


def test_what_is_left_of_a_fileset_is_looked_into(fileset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fileset / "DDPID").unlink()
    assert app.run(["ddp", "show", str(fileset)]) == FAILED
    said = capsys.readouterr()
    assert "A plant would send it back." in said.out
    assert "DDPID" in said.err
