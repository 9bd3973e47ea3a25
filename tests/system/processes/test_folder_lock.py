"""One process at a time holds a folder, whoever comes when."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Event

import filelock
import pytest

from pipeline.system.processes.folder_lock import LOCK, FolderHeldError, locked, lost


def take_turns(folder: Path) -> int:
    """Come for the folder again and again; how often it was held while somebody else was in it."""
    wrong, held = 0, 0
    inside = folder / "inside"
    while held < 30:
        try:
            with locked(folder):
                held += 1
                try:
                    inside.touch(exist_ok=False)
                except FileExistsError:
                    wrong += 1
                inside.unlink(missing_ok=True)
        except BlockingIOError:
            continue
    return wrong


def test_three_processes_are_never_inside_at_once(tmp_path):
    with get_context("spawn").Pool(3) as pool:
        assert pool.map(take_turns, [tmp_path] * 3) == [0, 0, 0]
    assert list(tmp_path.iterdir()) == []


def test_threads_of_one_process_are_told_apart(tmp_path):
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(take_turns, [tmp_path] * 3)) == [0, 0, 0]


def test_a_lock_that_was_taken_away_between_opening_and_locking_is_none(tmp_path, monkeypatch):
    lock, opened = filelock.lock_descriptor, list[int]()

    def late(descriptor, *, blocking):
        if not opened:
            (tmp_path / LOCK).unlink()
        opened.append(descriptor)
        return lock(descriptor, blocking=blocking)

    monkeypatch.setattr(filelock, "lock_descriptor", late)
    with locked(tmp_path), pytest.raises(BlockingIOError), locked(tmp_path):
        raise AssertionError("held twice")
    assert len(opened) == 3


def test_no_link_is_followed(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / LOCK).symlink_to(tmp_path / "treasure")
    with pytest.raises(OSError, match="is a link, which is not followed"), locked(tmp_path / "folder"):
        raise AssertionError("held")
    assert not (tmp_path / "treasure").exists()


def test_who_holds_it_is_said(tmp_path):
    with (
        locked(tmp_path),
        pytest.raises(FolderHeldError, match=rf"is held by process {os.getpid()} on \S+$"),
        locked(tmp_path),
    ):
        raise AssertionError("held twice")


@pytest.mark.parametrize("claim", ["", "\x1b[31m nobody 0123456789abcdef", "process 1 on there"])
def test_what_is_no_claim_is_not_repeated(tmp_path, claim):
    (tmp_path / LOCK).write_text(claim)
    with (tmp_path / LOCK).open("r+") as file:
        assert filelock.lock_descriptor(file.fileno(), blocking=False)
        with pytest.raises(FolderHeldError, match=r"is held$"), locked(tmp_path):
            raise AssertionError("held twice")


def test_a_folder_is_waited_for(tmp_path):
    def hold() -> None:
        with locked(tmp_path):
            inside.set()
            time.sleep(0.5)

    inside = Event()
    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        inside.wait()
        with locked(tmp_path, patience_s=60.0):
            assert holding.result() is None


def test_a_lock_that_another_took_meanwhile_is_lost_and_stays_the_other_s(tmp_path):
    with locked(tmp_path):
        assert lost(tmp_path) == ""
        (tmp_path / LOCK).unlink()
        assert lost(tmp_path) == "another run, which has ended"
        (tmp_path / LOCK).write_text("process 7 on there 0123456789abcdef")
        assert lost(tmp_path) == "process 7 on there"
    assert (tmp_path / LOCK).exists()
    assert lost(tmp_path) == ""


def test_a_folder_by_another_path_is_the_same(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    with locked(tmp_path / "link"):
        (tmp_path / "folder" / LOCK).unlink()
        assert lost(tmp_path / "folder")
