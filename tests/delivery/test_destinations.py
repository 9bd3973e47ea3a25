"""How drivers are used: in pieces, connected anew after a failure, never making a bucket, never keeping half a file."""

import io
from typing import Any, ClassVar

import pytest
from fsspec.spec import AbstractBufferedFile

from pipeline.delivery import destinations
from pipeline.delivery.addresses import Address
from pipeline.delivery.destinations import DestinationFailed, RemoteFolder
from pipeline.delivery.redaction import Redactor
from pipeline.system.progress import Stopped
from tests.support.vault import SECRET, vault


@pytest.fixture
def place():
    with vault() as found:
        yield found


@pytest.fixture
def there():
    options = {"secret": SECRET}
    return RemoteFolder(Address(url="vault://bucket/in"), "Album", options, Redactor(options))


class Windowed(io.BytesIO):
    """A file as paramiko gives it, which notes how much is asked for at once."""

    asked: ClassVar[list[int]] = []

    def stat(self):
        self.st_size = len(self.getvalue())
        return self

    def readv(self, chunks):
        self.asked.append(sum(size for _, size in chunks))
        for at, size in chunks:
            self.seek(at)
            yield self.read(size)


@pytest.mark.parametrize("size", [0, 1, 2**15, 2**22, 9 * 2**20 + 5])
def test_over_ssh_a_file_is_read_in_windows(place, there, monkeypatch, size):
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    place.files["bucket/in/Album/x.wav"] = data
    Windowed.asked.clear()
    monkeypatch.setattr(place, "_open", lambda self, path, **_: Windowed(self.files[path]))
    assert b"".join(there.read("x.wav")) == data
    assert sum(Windowed.asked) == size
    assert max(Windowed.asked, default=0) <= destinations.WINDOW_BYTES


def test_after_a_failure_it_is_connected_to_anew(place, there):
    there.write("a", [b"1"], 1)
    first = there._at("a")
    assert there._at("a")[0] is first[0]
    place.fails = "for ever"
    with pytest.raises(DestinationFailed):
        there.size("a")
    place.fails = ""
    assert b"".join(there.read("a")) == b"1"
    assert there._at("a")[0] is not first[0]


@pytest.mark.parametrize(("protocol", "made"), [("s3", 0), ("gs", 0), ("vault", 1)])
def test_buckets_are_not_made(place, monkeypatch, protocol, made):
    calls = []
    monkeypatch.setattr(place, "makedirs", lambda _, path, exist_ok: calls.append((path, exist_ok)))
    there = RemoteFolder(Address(url=f"{protocol}://bucket/in"), "Album", {}, Redactor({}))
    there._connection = place(secret=SECRET), "bucket/in"
    there.write("cd/x.wav", [b"1"], 1)
    assert calls == [("bucket/in/Album/cd", True)] * made


class Buffered(AbstractBufferedFile):  # type: ignore[misc]
    """A driver's file that is kept as far as it was written when it is closed, as of an object store."""

    kept: ClassVar[list[bytes]] = []

    buffer: Any

    def _upload_chunk(self, final=False):
        if final:
            self.kept.append(self.buffer.getvalue())
        return True

    def _initiate_upload(self):
        pass

    def discard(self):
        self.buffer = None


def test_half_a_file_is_not_kept(place, there, monkeypatch):
    def pieces():
        yield b"half"
        raise Stopped

    Buffered.kept.clear()
    opened = list[Buffered]()

    def opens(self, path, **_):
        opened.append(Buffered(self, path, "wb"))
        return opened[-1]

    monkeypatch.setattr(place, "_open", opens)
    with pytest.raises(Stopped):
        there.write("x.wav", pieces(), 8)
    opened[-1].close()  # as when it goes away
    assert Buffered.kept == []
    there.write("x.wav", [b"whole"], 5)
    assert Buffered.kept == [b"whole"]
