"""Files put in place: through no link, over nothing of others, and never with neither the old nor the new there."""

import contextlib
import errno
import os
from pathlib import Path

import pytest

from pipeline.system import placing
from pipeline.system.placing import exchange, fresh_folder, own_folder, restore, take_place, write_new, write_whole
from pipeline.system.processes.this_process import aside_name


def folder(path: Path, text: str) -> Path:
    path.mkdir(parents=True)
    (path / "file").write_text(text)
    return path


def text_in(path: Path) -> str:
    return (path / "file").read_text()


@pytest.fixture(params=["the system can exchange names", "it cannot"])
def places(request, tmp_path, monkeypatch):
    """A new and an old folder, and where the old one goes."""
    if request.param == "it cannot":
        monkeypatch.setattr(placing, "exchange", lambda *_: False)
    return folder(tmp_path / "aside" / "new", "new"), folder(tmp_path / "final", "old"), tmp_path / "aside" / "old"


def test_this_system_exchanges_names_or_says_so(tmp_path):
    one, other = folder(tmp_path / "one", "1"), folder(tmp_path / "other", "2")
    assert exchange(one, other) is (text_in(one) == "2")
    assert not exchange(one, tmp_path / "nowhere")


def test_the_new_takes_the_old_one_s_place(places):
    new, final, old = places
    take_place(new, final, old)
    assert (text_in(final), text_in(old), new.exists()) == ("new", "old", False)


def test_the_first_has_no_old_one(tmp_path):
    new = folder(tmp_path / "aside" / "new", "new")
    take_place(new, tmp_path / "final", tmp_path / "aside" / "old")
    assert text_in(tmp_path / "final") == "new"
    assert not (tmp_path / "aside" / "old").exists()


def test_cut_off_after_any_rename_the_old_or_the_new_stands(places, monkeypatch):
    new, final, old = places
    rename = Path.rename
    for last in range(5):
        renames = iter(range(last))

        def killed(path, to, renames=renames):
            if next(renames, None) is None:
                raise KeyboardInterrupt
            return rename(path, to)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", killed)
            with contextlib.suppress(KeyboardInterrupt):
                take_place(new, final, old)
        restore(old, final)
        assert text_in(final) in ("old", "new")
        if text_in(final) == "new":
            return
        for path in (new, old):
            placing.remove(path)
        folder(new, "new")
    raise AssertionError("it never came to its place")


def test_a_refused_rename_leaves_the_old_one(places, monkeypatch):
    new, final, old = places
    monkeypatch.setattr(placing, "exchange", lambda *_: False)
    rename = Path.rename

    def refused(path, to):
        if (path, to) == (new, final):
            raise OSError(errno.EACCES, "no")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(OSError, match="no"):
        take_place(new, final, old)
    assert text_in(final) == "old"


@pytest.fixture
def treasure(tmp_path):
    """A file of the user, outside of the folder."""
    path = tmp_path / "treasure"
    path.write_text("mine")
    return path


@pytest.mark.parametrize("write", [write_whole, write_new])
def test_nothing_is_written_through_a_link(write, treasure, tmp_path):
    place = folder(tmp_path / "folder", "") / "report.html"
    (place.parent / aside_name("report.html")).symlink_to(treasure)
    write(place, "page")
    assert (place.read_text(), treasure.read_text()) == ("page", "mine")
    assert not place.is_symlink()


def test_a_link_itself_is_replaced_and_not_followed(treasure, tmp_path):
    place = tmp_path / "report.html"
    place.symlink_to(treasure)
    write_whole(place, "page")
    assert (place.read_text(), place.is_symlink(), treasure.read_text()) == ("page", False, "mine")


def test_what_is_new_takes_nobody_s_place(treasure, tmp_path):
    for link in (tmp_path / "there", tmp_path / "dangling"):
        link.symlink_to(treasure if link.name == "there" else tmp_path / "nowhere")
        with pytest.raises(FileExistsError):
            write_new(link, "text")
    with pytest.raises(FileExistsError):
        write_new(treasure, "text")
    assert treasure.read_text() == "mine"


def test_what_is_new_on_a_disk_without_hard_links(tmp_path, monkeypatch, treasure):
    def without(*_):
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(Path, "hardlink_to", without)
    write_new(tmp_path / "new", "text")
    assert (tmp_path / "new").read_text() == "text"
    with pytest.raises(FileExistsError):
        write_new(treasure, "text")
    assert {path.name for path in tmp_path.iterdir()} == {"new", "treasure"}


def test_a_disk_that_is_full_leaves_what_was_there(tmp_path, monkeypatch):
    place = tmp_path / "certificate.json"
    place.write_text("old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(place, "new")
    assert place.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["certificate.json"]


def test_a_fresh_folder_is_empty_and_its_own(tmp_path):
    treasure = folder(tmp_path / "treasure", "mine")
    (tmp_path / "link").symlink_to(treasure)
    folder(tmp_path / "full", "old")
    (tmp_path / "file").write_text("old")
    for name in ("link", "full", "file", "new"):
        assert list(fresh_folder(tmp_path / name).iterdir()) == []
        assert not (tmp_path / name).is_symlink()
    assert text_in(treasure) == "mine"


@pytest.mark.parametrize("link", ["plans", "plans/cd-ddp"])
def test_a_folder_of_the_album_is_no_link(link, tmp_path):
    treasure, album = folder(tmp_path / "treasure", "mine"), folder(tmp_path / "album", "")
    (album / link).parent.mkdir(exist_ok=True)
    (album / link).symlink_to(treasure)
    with pytest.raises(OSError, match="is a link, which is not followed"):
        own_folder(album, "plans", "cd-ddp")
    assert [path.name for path in treasure.iterdir()] == ["file"]
    assert own_folder(album, "masters", "a").is_dir()
