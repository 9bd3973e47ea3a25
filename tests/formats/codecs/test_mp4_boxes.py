"""The boxes of MP4 files: which samples are heard, however a box's size is written, and nothing of broken ones."""

import random
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums.faults import Refusal
from formats.codecs import decoded, encode
from formats.codecs.mp4_boxes import MOST_BOXES, Edit, read_edit, write_edit
from profiles.codecs import codec_named
from tests.support.lossy import samples_of

FRAMES = 30000
LENGTH_PLACES = {"mvhd": (16, 24), "tkhd": (20, 28)}


def box(kind: str, *content: bytes, size: int | None = None, long: bool = False) -> bytes:
    data = b"".join(content)
    if long:
        return struct.pack(">I4sQ", 1, kind.encode(), len(data) + 16 if size is None else size) + data
    return struct.pack(">I4s", len(data) + 8 if size is None else size, kind.encode()) + data


def header(kind: str, duration: int, version: int = 0, rate_hz: int = 48000) -> bytes:
    place, width = LENGTH_PLACES.get(kind, (16, 24))[version], 8 if version else 4
    data = bytearray(100 + 20 * version)
    data[0] = version
    if kind != "tkhd":
        data[place - 4 : place] = rate_hz.to_bytes(4, "big")
    data[place : place + width] = duration.to_bytes(width, "big")
    return box(kind, bytes(data))


def edits(frames: int, media_time: int, version: int = 0, number: int = 1, rate: int = 0x10000) -> bytes:
    return box(
        "elst",
        bytes([version, 0, 0, 0]),
        struct.pack(">I" + ("Qq" if version else "Ii") + "I", number, frames, media_time, rate),
    )


def movie(
    *, version: int = 0, edit: bytes | None = None, length: int = 5000, long: bool = False, extra: bytes = b""
) -> bytes:
    edit = edits(length, 1024, version) if edit is None else edit
    media = box("mdia", header("mdhd", 7000, version), long=long)
    track = box("trak", header("tkhd", length, version), box("edts", edit), media, extra)
    return box("moov", header("mvhd", length, version), track, long=long)


def put(data: bytes, folder: Path) -> Path:
    (folder / "x.m4a").write_bytes(data)
    return folder / "x.m4a"


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("long", [False, True])
def test_sizes_and_versions_of_every_kind(tmp_path: Path, version: int, long: bool) -> None:
    whole = box("ftyp", b"M4A ") + movie(version=version, long=long)
    for data in (whole, whole + box("mdat", b"sound", size=0), whole + box("mdat", b"sound", long=True)):
        path = put(data, tmp_path)
        assert read_edit(path) == Edit(48000, 1024, 5000, 7000)
        write_edit(path, 2000, 4321)
        assert read_edit(path) == Edit(48000, 2000, 4321, 7000)
        assert len(path.read_bytes()) == len(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no box moov"),
        (movie() + movie(), "has 2 box moov"),
        (movie(edit=b""), "no box moov/trak/edts/elst"),
        (movie(edit=edits(5000, 1024, number=2)), "not of one edit"),
        (movie(edit=edits(5000, 1024) + bytes([0, 0, 0, 7]) + b"free"), "does not fit"),
        (movie(edit=box("elst", b"\x07" + bytes(40))), "not of one edit"),
        (movie(edit=box("elst", bytes(4))), "has a box of 4 bytes"),
        (movie(edit=edits(5000, 1024, rate=0x20000)), "own speed"),
        (movie(edit=edits(4999, 1024)), "wanted one length"),
        (movie(edit=edits(5000, -1)), "from -1 on"),
        (movie(edit=edits(5000, 2001)), "only 7000 samples"),
        (movie(edit=edits(0, 1024), length=0), "edit of 0 samples"),
        (box("moov", header("mvhd", 5000, rate_hz=1000), movie()[8 + 108 :]), "1000 and 48000 parts"),
        (box("moov", box("mvhd", b"\x09" + bytes(99))), "unknown version"),
        (box("moov", box("mvhd", bytes(10))), "has a box of 10 bytes"),
        (box("moov", box("mvhd", size=4)), "does not fit"),
        (box("moov", size=2**31), "does not fit"),
        (box("moov", size=2**63, long=True), "does not fit"),
        (box("moov", size=8, long=True), "does not fit"),
        (struct.pack(">I4s", 1, b"moov"), "does not fit"),
        (movie() + b"\0\0\0", "head of a box"),
        (box("free") * (MOST_BOXES + 1) + movie(), f"more than {MOST_BOXES}"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_is_written_here_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        read_edit(put(data, tmp_path))


def test_boxes_within_boxes_without_end_are_not_followed(tmp_path: Path) -> None:
    data = b""
    for _ in range(5000):
        data = box("moov", data)
    with pytest.raises(Refusal, match="moov/mvhd"):
        read_edit(put(data, tmp_path))


def test_more_than_there_is_cannot_be_heard(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="do not lie in 7000"):
        write_edit(put(movie(), tmp_path), 2001, 5000)


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("aac")
    codec = codec_named("aac-128")
    return encode(samples_of(folder / "s", FRAMES), 48000, [codec], folder)[codec].read_bytes()


def test_what_ffmpeg_writes_is_read_and_it_heeds_what_is_written(tmp_path: Path, encoded: bytes) -> None:
    path = put(encoded, tmp_path)
    assert read_edit(path) == Edit(48000, 1024, FRAMES, FRAMES + 1024)
    write_edit(path, 1024 + 2048, 20001)
    assert sum(map(len, decoded(path, "aac"))) == 20001


def test_broken_bytes_are_refused_or_read(tmp_path: Path, encoded: bytes) -> None:
    draw, refused, boxes = random.Random(5), 0, encoded.index(b"moov") - 4  # noqa: S311 - a test that can be replayed
    for _ in range(400):
        data = bytearray(encoded)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(boxes, boxes + 320)] = draw.choice([0, 1, 255, draw.randrange(256)])
        try:
            read_edit(put(bytes(data[: draw.choice([len(data), draw.randrange(len(data))])]), tmp_path))
        except Refusal:
            refused += 1
    assert refused > 200


@given(st.binary(max_size=400), st.sampled_from([b"", b"\0\0\0\0moov", b"\0\0\0\1moov\0\0\0\0\0\0\0"]))
def test_any_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, head: bytes) -> None:
    with pytest.raises(Refusal):
        read_edit(put(head + data, tmp_path_factory.getbasetemp()))
