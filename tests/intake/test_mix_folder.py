"""What is found in a folder of mixes: every sound file once, in order, with its tags."""

import os
from pathlib import Path
from typing import Any

import mutagen.aiff
import mutagen.id3
import mutagen.wave
import pytest
import soundfile

from albums.faults import Refusal
from pipeline.intake.mix_folder import Found, cover_in, look_into
from tests.support.sound_files import SILENCE, mix

ID3: Any = mutagen.id3  # untyped in mutagen
KINDS = ("wav", "wave", "aif", "aiff", "aifc", "flac", "rf64", "w64", "caf", "WAV", "Flac")


def mixes_in(folder: Path) -> list[Found]:
    return list(look_into(folder).mixes)


def mixes(folder: Path) -> list[str]:
    return [found.mix for found in mixes_in(folder)]


def refused(folder: Path) -> str:
    with pytest.raises(Refusal) as refusal:
        look_into(folder)
    return str(refusal.value)


@pytest.mark.parametrize(("suffix", "kind"), [(".wav", mutagen.wave.WAVE), (".aiff", mutagen.aiff.AIFF)])
def test_id3_in_wav_and_aiff(tmp_path: Path, suffix: str, kind: Any) -> None:
    file = kind(mix(tmp_path / f"x{suffix}"))
    file.add_tags()
    file.tags.add(ID3.TIT2(encoding=3, text=["Réveil"]))
    file.tags.add(ID3.TSRC(encoding=3, text=["GBXXX2600001"]))
    file.tags.add(ID3.TCON(encoding=3, text=["8"]))
    file.tags.add(ID3.TXXX(encoding=3, desc="BARCODE", text=["036000291452"]))
    file.save()
    (found,) = mixes_in(tmp_path)
    assert found.tags == {
        "title": ("Réveil",),
        "isrc": ("GBXXX2600001",),
        "genre": ("Jazz",),
        "album.upc": ("036000291452",),
    }


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "RF64", "CAF"])
def test_titles_inside_the_container(tmp_path: Path, kind: str) -> None:
    with soundfile.SoundFile(tmp_path / "x.wav", "w", 48000, 2, "PCM_24", format=kind) as file:
        file.title = "Réveil"
        file.write(SILENCE)
    (found,) = mixes_in(tmp_path)
    assert found.tags["title"] == ("Réveil",)


def test_every_kind_of_file_is_found_and_nothing_else(tmp_path: Path) -> None:
    wanted = [f"{n}.{kind}" for n, kind in enumerate(KINDS)]
    for name in wanted:
        mix(tmp_path / name)
    for name in (".wav", "._0.wav", ".hidden/9.wav", "masters/9.wav", "Masters/9.flac", "a.mp3", "a.txt", "wav"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "folder.wav").mkdir()
    assert mixes(tmp_path) == wanted


def test_links_that_leave_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside, inside = mix(tmp_path / "outside" / "x.wav"), tmp_path / "inside"
    mix(inside / ".store" / "abc.wav")
    mix(inside / "2.wav")
    for name, target in {
        "away.wav": outside,
        "away": outside.parent,
        "1.wav": Path(".store/abc.wav"),
        "again.wav": Path("2.wav"),
        "circle.wav": Path("circle.wav"),
        "nowhere.wav": Path("nothing.wav"),
    }.items():
        (inside / name).symlink_to(target)
    assert mixes(inside) == ["1.wav", "2.wav"]


@pytest.mark.parametrize(
    "names",
    [
        ["1 b.wav", "2 a.wav", "10 c.wav"],
        ["01 - b.wav", "mixes/02 - a.wav", "03 - c.wav"],
        ["CD 1/01 b.wav", "CD 1/02 a.wav", "CD 2/01 c.wav"],
        ["1-01 b.wav", "1-10 a.wav", "2-01 c.wav"],
        ["a 2.wav", "a 10.wav", "b 1.wav"],
    ],
)
def test_order_by_names(tmp_path: Path, names: list[str]) -> None:
    for name in reversed(names):
        mix(tmp_path / name)
    assert mixes(tmp_path) == names


def test_order_by_disc_and_track_of_the_tags(tmp_path: Path) -> None:
    for name, disc, track in (("a", "2", "1"), ("b", "1", "10"), ("c", "1", "2")):
        mix(tmp_path / f"{name}.flac", discnumber=disc, tracknumber=track)
    assert mixes(tmp_path) == ["c.flac", "b.flac", "a.flac"]


@pytest.mark.parametrize("second", ["1", "", "none", "9" * 5000])
def test_tags_that_give_no_order_leave_it_to_the_names(tmp_path: Path, second: str) -> None:
    mix(tmp_path / "2 a.flac", tracknumber="1")
    mix(tmp_path / "1 b.flac", tracknumber=second)
    assert mixes(tmp_path) == ["1 b.flac", "2 a.flac"]


@pytest.mark.parametrize("name", ["cover.png", "Cover.JPG", "folder.jpg"])
def test_a_cover_is_found(tmp_path: Path, name: str) -> None:
    assert cover_in(tmp_path) == ""
    (tmp_path / name).write_bytes(b"")
    assert cover_in(tmp_path) == name


def test_what_cannot_be_read_as_sound_still_has_a_name(tmp_path: Path) -> None:
    (tmp_path / "Rain.wav").write_text("no sound")
    (tmp_path / "Sun.flac").write_bytes(b"fLaC" + bytes(40))
    assert [(found.name.title, found.tags) for found in mixes_in(tmp_path)] == [("Rain", {}), ("Sun", {})]


def test_a_name_that_no_manifest_can_hold_is_refused(tmp_path: Path) -> None:
    mix(tmp_path / "fine.wav")
    for name in (b"line\nbreak.wav", b"latin\xe9.wav"):
        (tmp_path / os.fsdecode(name)).write_bytes(b"")
    message = refused(tmp_path)
    assert "line\\nbreak.wav" in message
    assert "latin\\udce9.wav" in message
    assert message.count("rename it") == 2


def test_a_folder_without_mixes(tmp_path: Path) -> None:
    assert "holds no sound file that can be mastered" in refused(tmp_path)
    assert "No such file" in refused(tmp_path / "nowhere")
    (tmp_path / "file").write_bytes(b"")
    assert "Not a directory" in refused(tmp_path / "file")
    for number in range(1000):
        (tmp_path / f"{number}.wav").write_bytes(b"")
    assert "holds 1000 sound files" in refused(tmp_path)
