"""The pages of Opus files: cut where the music ends, each with its checksum."""

from pathlib import Path

import numpy as np
import pytest

from albums.faults import Refusal
from formats.codecs import decoded, encode
from formats.codecs.opus_pages import HEAD, LAST, limit
from profiles.codecs import codec_named
from tests.support.lossy import samples_of

FRAMES = 120_000  # three pages of sound


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("opus")
    codec = codec_named("opus-128")
    return encode(samples_of(folder / "s", FRAMES), 48000, [codec], folder)[codec].read_bytes()


def put(folder: Path, data: bytes) -> Path:
    (folder / "x.opus").write_bytes(data)
    return folder / "x.opus"


def heads(data: bytes) -> list[tuple[int, ...]]:
    """The numbers at the head of each page: place, flags, granule, checksum."""
    places = [place for place in range(len(data)) if data.startswith(b"OggS\0", place)]
    fields = [HEAD.unpack_from(data, place) for place in places]
    return [(place, each[2], each[3], each[6]) for place, each in zip(places, fields, strict=True)]


def test_what_is_all_heard_keeps_its_bytes(tmp_path: Path, encoded: bytes) -> None:
    path = put(tmp_path, encoded)
    limit(path, 0, FRAMES, 0)
    assert path.read_bytes() == encoded


@pytest.mark.parametrize("tail", [1, 960, 961, 1920, 30_000, 70_000, FRAMES - 3841])
def test_samples_before_and_after_are_not_heard(tmp_path: Path, encoded: bytes, tail: int) -> None:
    path = put(tmp_path, encoded)
    whole = np.concatenate([*decoded(path, "opus")])
    length = FRAMES - 3840 - tail
    limit(path, 3840, length, tail)
    heard = np.concatenate([*decoded(path, "opus")])
    assert np.array_equal(heard, whole[3840 : 3840 + length])
    pages = heads(path.read_bytes())
    assert pages[-1][2] == 312 + 3840 + length
    assert [flags & LAST for _, flags, _, _ in pages] == [0] * (len(pages) - 1) + [LAST]
    assert pages[-1][2] - (pages[-2][2] if len(pages) > 3 else 0) > 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:-1], "ends within a page"),
        (lambda data: data + b"x", "has no page at"),
        (lambda data: data[:0], "has no page at 0"),
        (lambda data: data.replace(b"OpusHead", b"OpusBody"), "does not begin with the head"),
        (lambda data: data.replace(b"OpusTags", b"OpusBody"), "does not begin with the head"),
        (lambda data: data[: heads(data)[-1][0]], "samples of 120000 that were encoded"),
    ],
)
def test_what_is_not_as_it_was_encoded_is_refused(tmp_path: Path, encoded: bytes, change, words: str) -> None:
    path = put(tmp_path, change(encoded))
    before = path.read_bytes()
    with pytest.raises(Refusal, match=words):
        limit(path, 0, FRAMES - 10, 10)
    assert path.read_bytes() == before
