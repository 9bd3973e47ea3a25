"""A FLAC is what its encoder wrote, or is refused: its length by its frames, its sound by its MD5."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from albums.faults import Refusal
from pipeline.intake.mix_hashes import hashed
from pipeline.intake.mixes import Mix, Source, open_mix
from pipeline.intake.sound_files.flac_stream import SoundDigest, flac_stream_in, frames_found
from pipeline.mastering.measuring import measure_mix
from pipeline.system.progress import JobProgress
from tests.support.sound_bytes import noise, sound_bytes, with_frames

WHERE = "album.toml: tracks[1].mix"
FRAMES = 70_000  # more than one read, and many frames
MD5 = slice(26, 42)


@pytest.fixture(scope="module")
def whole() -> bytes:
    return sound_bytes("FLAC", noise(FRAMES))


def opened(folder: Path, data: bytes) -> Mix:
    path = folder / "x.flac"
    path.write_bytes(data)
    return open_mix(path, WHERE)


def heard(mix: Mix, start: int = 0, stop: int | None = None) -> NDArray[np.float64]:
    return np.concatenate([np.empty((0, 2)), *mix.proven_blocks(start, mix.frames if stop is None else stop)])


def refused(folder: Path, data: bytes, start: int = 0, stop: int | None = None) -> str:
    with pytest.raises(Refusal) as refusal:
        heard(opened(folder, data), start, stop)
    (fault,) = refusal.value.faults
    assert fault.where == WHERE
    return fault.words


def with_md5(data: bytes, md5: bytes) -> bytes:
    return data[: MD5.start] + md5 + data[MD5.stop :]


@pytest.mark.parametrize("encoding", ["PCM_S8", "PCM_16", "PCM_24"])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_the_digest_is_the_encoders_own(encoding: str, channels: int, tmp_path: Path) -> None:
    sound = np.round(noise(5000, channels) * 2**7) / 2**7
    (tmp_path / "x").write_bytes(sound_bytes("FLAC", sound, encoding))
    with (tmp_path / "x").open("rb") as file:
        stream = flac_stream_in(file)
    assert stream is not None
    digest = SoundDigest(stream.bits)
    for block in np.array_split(np.clip(sound, -1, 1 - 2.0 ** (1 - stream.bits)), 3):
        digest.add(block)
    assert digest.digest() == stream.md5


@pytest.mark.parametrize(("start", "stop"), [(0, FRAMES), (100, 200), (FRAMES - 1, FRAMES), (66_000, 69_000)])
def test_sound_that_is_not_what_its_encoder_wrote_is_refused_whatever_is_used_of_it(
    whole: bytes, tmp_path: Path, start: int, stop: int
) -> None:
    np.testing.assert_array_equal(heard(opened(tmp_path, whole), start, stop), noise(FRAMES)[start:stop])
    wrong = hashlib.md5(b"", usedforsecurity=False).digest()
    message = refused(tmp_path, with_md5(whole, wrong), start, stop)
    right = whole[MD5].hex()
    assert f"its header has the MD5 {wrong.hex()}, and its samples have {right}; copy it again" in message
    assert "`flac -t`" in message


def test_an_md5_that_was_never_set_passes_without_a_word(whole: bytes, tmp_path: Path) -> None:
    mix = opened(tmp_path, with_md5(whole, bytes(16)))
    np.testing.assert_array_equal(heard(mix), noise(FRAMES))
    assert mix.remarks == ()


def test_a_mix_is_proven_when_it_is_measured(whole: bytes, tmp_path: Path) -> None:
    mix = opened(tmp_path, with_md5(whole, b"x" * 16))
    with pytest.raises(Refusal, match="holds other sound than its encoder wrote"):
        measure_mix(Source(mix, 100, 60_000, hashed(mix)), JobProgress())


@pytest.mark.parametrize("promised", [1, 4096, FRAMES - 1])
def test_frames_beyond_the_promised_length_are_refused(whole: bytes, tmp_path: Path, promised: int) -> None:
    message = refused(tmp_path, with_md5(with_frames(whole, promised), bytes(16)))
    assert f"its header promises {promised} samples" in message
    assert f"its frames hold {FRAMES} samples (1.458 s)" in message


@pytest.mark.parametrize("promised", [FRAMES + 1, 2**36 - 1])
def test_fewer_frames_than_promised_are_refused(whole: bytes, tmp_path: Path, promised: int) -> None:
    message = refused(tmp_path, with_frames(whole, promised))
    assert f"is cut short: its header promises {promised} samples" in message
    assert f"its frames hold {FRAMES} samples (1.458 s); copy it again" in message


@pytest.mark.parametrize("behind", [b"", b"TAG" + bytes(125), b"\xff\xf8garbage" * 30])
def test_a_length_that_was_never_written_is_counted(whole: bytes, tmp_path: Path, behind: bytes) -> None:
    mix = opened(tmp_path, with_frames(whole, 0) + behind)
    np.testing.assert_array_equal(heard(mix), noise(FRAMES))
    np.testing.assert_array_equal(heard(mix, 1000, 66_000), noise(FRAMES)[1000:66_000])
    (told,) = mix.remarks
    assert told.severity == "note"
    assert f"its frames were counted, {FRAMES} samples (1.458 s); see that this is all of it" in told.words


def test_a_stream_that_was_cut_holds_what_can_be_decoded_or_is_refused(whole: bytes, tmp_path: Path) -> None:
    assert "is damaged somewhere after " in refused(tmp_path, with_frames(whole, 0)[:-3000])


@pytest.mark.parametrize("known", [FRAMES, 0])
def test_a_stream_that_ends_before_its_sound_is_refused(whole: bytes, tmp_path: Path, known: int) -> None:
    stream = flac_stream_in(io.BytesIO(whole))
    assert stream
    for size in (stream.audio - 1, stream.audio):
        words = f"is cut short: its sound begins after {stream.audio} bytes, and it holds {size}; copy it again"
        assert words in refused(tmp_path, with_frames(whole, known)[:size])


def test_damage_within_is_refused(whole: bytes, tmp_path: Path) -> None:
    broken = bytearray(whole)
    broken[-2000] ^= 0x10
    assert "is damaged somewhere after 0:00.00 of 0:01.46; copy it again" in refused(tmp_path, bytes(broken))


def test_another_stream_behind_the_first_is_refused(whole: bytes, tmp_path: Path) -> None:
    for first in (whole, with_frames(whole, 0)):
        assert "holds another header behind its own" in refused(tmp_path, first + whole)


def test_frames_are_counted_across_the_pieces_that_are_read(
    whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").write_bytes(whole)
    for size in (997, 4096, 2**22):
        monkeypatch.setattr("pipeline.intake.sound_files.flac_stream.PIECE_BYTES", size)
        with (tmp_path / "x").open("rb") as file:
            stream = flac_stream_in(file)
            assert stream is not None
            assert frames_found(file, stream).frames == FRAMES
