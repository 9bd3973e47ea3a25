import os
from datetime import datetime

import pytest

from albums.faults import Refusal
from pipeline.cli.shown.log import Log


def test_lines_have_times_and_are_appended(tmp_path):
    path = tmp_path / "log.txt"
    for words in ("one", "two"):
        log = Log(path)
        log.write(words)
        log.close()
        assert not log.failure
    lines = [line.split(" ", 1) for line in path.read_text().splitlines()]
    assert [words for _, words in lines] == ["one", "two"]
    assert all(datetime.fromisoformat(time).tzinfo for time, _ in lines)


def test_no_link_is_followed_and_nothing_but_a_file_is_written(tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    (tmp_path / "link").symlink_to(mine)
    (tmp_path / "broken").symlink_to(tmp_path / "new.txt")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    for name in ("link", "broken", "fifo", "folder", "nowhere/log.txt"):
        with pytest.raises(Refusal, match="cannot be written as the log"):
            Log(tmp_path / name)
    assert mine.read_text() == "mine"
    assert not (tmp_path / "new.txt").exists()


def test_a_full_disk_ends_no_work(tmp_path):
    log = Log(tmp_path / "log.txt")
    log._file.close()
    log.write("lost")
    assert log.failure
