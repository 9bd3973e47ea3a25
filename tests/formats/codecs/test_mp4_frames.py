"""Frames taken off AAC files: what is left is decoded as it was among them, and is a file like any other."""

import shutil
import struct
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mutagen.mp4 import MP4
from numpy.typing import NDArray

from albums.faults import Refusal
from formats.codecs import decoded, encode
from formats.codecs.mp4_boxes import Edit, read_edit
from formats.codecs.mp4_frames import CHUNK, FRAME, limit
from profiles.codecs import codec_named
from tests.support.lossy import samples_of

CODEC = codec_named("aac-256")
LEAD, LENGTH, TAIL = 40000, 30000, 2048
WHOLE = LEAD + LENGTH + TAIL


def heard(path: Path) -> NDArray[np.float32]:
    return np.concatenate([*decoded(path, "aac")])


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("aac")
    return encode(samples_of(folder / "s", WHOLE), 48000, [CODEC], folder)[CODEC]


@pytest.fixture
def copy(encoded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(encoded, tmp_path / "x.m4a"))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, LEAD), st.integers(0, 2 * FRAME))
@example(0, 0)
@example(FRAME, FRAME)
@example(LEAD, 1)
def test_what_is_left_is_decoded_as_it_was(encoded: Path, lead: int, tail: int) -> None:
    length = WHOLE - lead - tail
    with TemporaryDirectory() as folder:
        path = Path(shutil.copy(encoded, folder))
        limit(path, lead, length, tail)
        assert np.array_equal(heard(path), heard(encoded)[lead : lead + length])
        delay = FRAME + lead % FRAME
        assert read_edit(path) == Edit(48000, delay, length, delay + length)
        assert [each.name for each in Path(folder).iterdir()] == [path.name]


def test_it_is_as_small_as_a_file_of_the_music_alone(copy: Path) -> None:
    before = copy.stat().st_size
    limit(copy, LEAD, LENGTH, TAIL)
    assert copy.stat().st_size == pytest.approx(before * LENGTH / WHOLE, rel=0.1)
    info: Any = MP4(copy).info
    assert (info.channels, info.sample_rate, info.codec) == (2, 48000, "mp4a.40.2")
    assert info.length == pytest.approx(LENGTH / 48000, abs=0.1)


def test_the_tables_name_every_frame_by_its_chunk(copy: Path) -> None:
    limit(copy, LEAD, LENGTH, TAIL)
    data, count = copy.read_bytes(), -(-(FRAME + LEAD % FRAME + LENGTH) // FRAME)

    def table(kind: bytes) -> tuple[int, ...]:
        place = data.index(kind) + 8
        size = int.from_bytes(data[place - 12 : place - 8], "big") - 12
        return struct.unpack_from(f">{size // 4}I", data, place)

    same, frames, *sizes = table(b"stsz")
    assert (same, frames, len(sizes)) == (0, count, count)
    _, *rows = table(b"stts")
    assert sum(number * each for number, each in zip(rows[::2], rows[1::2], strict=True)) == (
        FRAME + LEAD % FRAME + LENGTH
    )
    assert table(b"stsc") == (2, 1, CHUNK, 1, count // CHUNK + 1, count % CHUNK, 1)
    chunks, *places = table(b"stco")
    assert (chunks, places[0]) == (-(-count // CHUNK), data.index(b"mdat") + 4)
    assert places[1] - places[0] == sum(sizes[:CHUNK])
    assert data[data.index(b"mdat") - 4 :][:4] == struct.pack(">I", 8 + sum(sizes))


def test_silence_whose_frames_are_all_alike(tmp_path: Path) -> None:
    np.zeros((WHOLE, 2), "<i4").tofile(tmp_path / "s")
    path = encode(tmp_path / "s", 48000, [CODEC], tmp_path)[CODEC]
    limit(path, LEAD, LENGTH, TAIL)
    assert np.array_equal(heard(path), np.zeros((LENGTH, 2)))


def test_another_number_of_samples_is_refused(copy: Path) -> None:
    with pytest.raises(Refusal, match=f"holds {WHOLE} samples of {WHOLE - 1} that were encoded"):
        limit(copy, LEAD, LENGTH - 1, TAIL)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"free", b"uuid", "other boxes, or in another order"),
        (b"stts", b"ctts", "has the tables ctts, sbgp"),
        (b"roll\0\0\0\1", b"rap \0\0\0\1", "in one group"),
    ],
)
def test_what_ffmpeg_does_not_write_is_refused(copy: Path, old: bytes, new: bytes, words: str) -> None:
    data = copy.read_bytes()
    assert old in data
    copy.write_bytes(data.replace(old, new))
    with pytest.raises(Refusal, match=words):
        limit(copy, LEAD, LENGTH, TAIL)


@pytest.mark.parametrize("by", [-1, 1, 2**31])
def test_sizes_that_are_not_those_of_the_sound_are_refused(copy: Path, by: int) -> None:
    data = bytearray(copy.read_bytes())
    place = data.index(b"stsz") + 16
    (size,) = struct.unpack_from(">I", data, place)
    struct.pack_into(">I", data, place, size + by)
    copy.write_bytes(data)
    with pytest.raises(Refusal, match="not those of its sound"):
        limit(copy, LEAD, LENGTH, TAIL)


def test_a_table_that_is_cut_off_is_refused(copy: Path) -> None:
    data = bytearray(copy.read_bytes())
    struct.pack_into(">I", data, data.index(b"stsz") + 12, 2**31)
    copy.write_bytes(data)
    with pytest.raises(Refusal, match=f"sizes of {2**31} frames"):
        limit(copy, LEAD, LENGTH, TAIL)
