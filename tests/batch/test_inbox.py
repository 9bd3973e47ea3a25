"""What lies in an inbox, in which order, and what is wrong there."""

import os
from pathlib import Path

import pytest

from albums.faults import Refusal
from pipeline.batch import inbox as module
from pipeline.batch.inbox import HOLD, RUSH, albums_in
from tests.support.music import AlbumFolder, music

SOUND = music(1.0)


def album(folder: Path, age_s: float = 0.0, **keys: object) -> Path:
    made = AlbumFolder(folder)
    made.manifest.update(keys)
    made.add(SOUND)
    written_s = (folder / "album.toml").stat().st_mtime - age_s
    os.utime(folder / "album.toml", (written_s, written_s))
    return folder


def names(inbox: Path) -> list[str]:
    return [each.name for each in albums_in(inbox)]


def words(inbox: Path) -> dict[str, str]:
    return {each.name: " ".join(map(str, each.faults)) for each in albums_in(inbox)}


def test_the_order_is_rush_then_priority_then_age_then_name(tmp_path):
    album(tmp_path / "new")
    album(tmp_path / "b-old", age_s=100)
    album(tmp_path / "a-old", age_s=50)
    album(tmp_path / "urgent", priority=5)
    album(tmp_path / "last", age_s=1000, priority=-1)
    (album(tmp_path / "rush", priority=-50) / RUSH).touch()
    (album(tmp_path / "rush-first", priority=50) / RUSH).touch()
    assert names(tmp_path) == ["rush-first", "rush", "urgent", "b-old", "a-old", "new", "last"]


@pytest.mark.parametrize("priority", [51, -51, 1.5, "high"])
def test_a_priority_that_is_none_is_a_fault_of_the_manifest(tmp_path, priority):
    album(tmp_path / "one", priority=priority)
    assert "priority" in words(tmp_path)["one"]


def test_albums_are_found_at_any_depth_by_their_path_and_not_within_albums(tmp_path):
    album(tmp_path / "label" / "artist" / "one")
    album(tmp_path / "label" / "two")
    album(tmp_path / "three")
    album(tmp_path / "three" / "bonus")
    album(tmp_path / "three" / "masters" / "streaming")
    assert sorted(names(tmp_path)) == ["label/artist/one", "label/two", "three"]


def test_what_ought_to_be_an_album_and_is_none_says_why(tmp_path):
    album(tmp_path / "good")
    (tmp_path / "empty").mkdir()
    (tmp_path / "mixes-alone").mkdir()
    (tmp_path / "mixes-alone" / "01.WAV").touch()
    (tmp_path / "group" / "mixes").mkdir(parents=True)
    (tmp_path / "group" / "mixes" / "01.flac").touch()
    (tmp_path / "group" / "mixes" / "02.flac").touch()
    (tmp_path / "link").symlink_to(tmp_path / "good")
    (tmp_path / "notes.txt").touch()
    found = words(tmp_path)
    assert set(found) == {"good", "empty", "mixes-alone", "group/mixes", "link"}
    assert found["good"] == ""
    assert "holds no album.toml and no sound files" in found["empty"]
    assert "holds 1 sound file and no album.toml; `glassmaster new FOLDER`" in found["mixes-alone"]
    assert "holds 2 sound files" in found["group/mixes"]
    assert "is a link, which is not followed" in found["link"]


@pytest.mark.parametrize("name", [".hidden", "~lock", "album.part", "upload.FILEPART", "x.crdownload"])
def test_what_is_hidden_or_still_being_copied_is_passed_over(tmp_path, name):
    album(tmp_path / name)
    assert names(tmp_path) == []


def test_folders_apart_are_passed_over(tmp_path):
    album(tmp_path / "one")
    album(tmp_path / "out" / "one")
    assert [each.name for each in albums_in(tmp_path, {tmp_path / "." / "out"})] == ["one"]


def test_an_album_is_held_and_has_a_size_and_a_title(tmp_path):
    (album(tmp_path / "one") / HOLD).touch()
    (found,) = albums_in(tmp_path)
    assert (found.is_held, found.is_rush, found.title) == (True, False, "Test Pressing")
    assert found.size_bytes == (tmp_path / "one" / "mixes" / "01.wav").stat().st_size


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.symlink_to("/dev/zero"), os.mkfifo])
def test_a_manifest_that_is_none_is_told_and_never_waited_for(tmp_path, make):
    (tmp_path / "one").mkdir()
    make(tmp_path / "one" / "album.toml")
    assert words(tmp_path)["one"]


@pytest.mark.parametrize(("make", "said"), [
    (str, "is not there"),
    (Path.touch, "is no folder; the inbox is the folder that holds album folders"),
    (album, "is an album itself"),
])  # fmt: skip
def test_an_inbox_that_is_none_is_refused(tmp_path, make, said):
    make(tmp_path / "inbox")
    with pytest.raises(Refusal, match=said):
        albums_in(tmp_path / "inbox")


def test_a_tree_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_FOLDERS", 5)
    for number in range(6):
        (tmp_path / f"{number}").mkdir()
    with pytest.raises(Refusal, match="holds more than 5 folders"):
        albums_in(tmp_path)
