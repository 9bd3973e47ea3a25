"""What is to be on the disk itself is synced as every system lets it; advice on memory is no more than that."""

import os

from pipeline.system.page_cache import drop_from_page_cache, flush_to_disk


def test_files_are_synced_while_open_for_writing_as_windows_wants_it(tmp_path, monkeypatch):
    """There a descriptor that is only read cannot be synced."""
    import fcntl

    path, modes = tmp_path / "file", []
    path.write_bytes(b"as it was")
    monkeypatch.setattr(os, "fsync", lambda number: modes.append(fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE))
    flush_to_disk([path])
    assert modes == [os.O_RDWR]
    assert path.read_bytes() == b"as it was"


def test_where_the_system_takes_no_advice_nothing_fails(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"as it was")
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    drop_from_page_cache(tmp_path / "file")
    flush_to_disk([tmp_path / "file"])
