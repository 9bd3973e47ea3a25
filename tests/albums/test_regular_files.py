"""What lies in a stranger's folder is opened only where it is a file, and never waited for."""

import os
import socket
from pathlib import Path

import pytest

from albums.regular_files import open_descriptor, open_regular, read_regular


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"sound" * 1000)
    assert read_regular(path, 5000) == b"sound" * 1000
    with open_regular(path) as file:
        assert file.read(5) == b"sound"


def test_a_larger_file_is_refused_with_both_sizes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(11))
    with pytest.raises(OSError, match="takes 11 bytes; at most 10 are taken"):
        read_regular(path, 10)


@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "device", "link to a pipe"])
def test_what_is_no_file_is_named_and_not_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "it"
    words = kind
    if kind == "pipe":
        os.mkfifo(path)
        words = "named pipe"
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as door:
            here = Path.cwd()
            os.chdir(tmp_path)  # the name of a socket is short
            try:
                door.bind("it")
            finally:
                os.chdir(here)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path = Path("/dev/zero")
    else:
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to("pipe")
        words = "named pipe"
    with pytest.raises(OSError, match="no file") as refused:
        open_descriptor(path)
    assert words in str(refused.value.strerror)


def test_what_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "nothing", 10)


def test_a_file_that_says_it_is_empty_is_bounded_all_the_same() -> None:
    endless = Path("/proc/self/maps")  # of size zero, with content
    if not endless.exists():
        pytest.skip("no /proc here")
    with pytest.raises(OSError, match="larger than 16 bytes"):
        read_regular(endless, 16)
