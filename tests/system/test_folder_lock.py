"""One process at a time holds a folder, whoever comes when."""

from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import filelock
import pytest

from pipeline.system.folder_lock import LOCK, locked


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
