"""Is the file whole? What a header promises, the file holds; where it promises nothing, all of the sound is used."""

import os
import struct
import subprocess
from pathlib import Path
from shutil import which

import numpy as np
import pytest
from numpy.typing import NDArray

from albums.faults import Refusal
from pipeline.intake.mixes import Mix, open_mix
from pipeline.intake.sound_files import unwritten_size
from tests.support.sound_bytes import (
    FRAMES,
    NEVER_WRITTEN,
    RATE_HZ,
    W64_GUID,
    WITH_SIZE,
    noise,
    sound_bytes,
    with_frames,
)

WHERE = "album.toml: tracks[1].mix"
STREAMED = [(kind, size) for kind, sizes in NEVER_WRITTEN.items() for size in sizes]
LIST = b"LIST" + struct.pack("<I", 26) + b"INFOISFT" + struct.pack("<I", 14) + b"Lavf59.27.100\0"
ID3 = b"id3 " + struct.pack("<I", 11) + b"x" * 12
BEHIND = {
    "WAV": LIST + ID3,
    "WAVEX": ID3 + LIST,
    "RF64": LIST,
    "W64": b"junk" + W64_GUID + struct.pack("<Q", 1024) + b"\x7f" * 1000,
    "CAF": b"info" + struct.pack(">q", 20) + b"\x7f" * 20,
    "AIFF": b"ANNO" + struct.pack(">I", 5) + b"hello\0",
}


def opened(folder: Path, data: bytes) -> Mix:
    path = folder / "x"
    path.write_bytes(data)
    return open_mix(path, WHERE)


def heard(mix: Mix) -> NDArray[np.float64]:
    return np.concatenate([np.empty((0, 2)), *mix.proven_blocks(0, mix.frames)])


def refused(folder: Path, data: bytes) -> str:
    with pytest.raises(Refusal) as refusal:
        heard(opened(folder, data))
    return str(refusal.value)


@pytest.mark.parametrize(("kind", "size"), STREAMED)
def test_a_sound_whose_size_was_never_written_lasts_to_the_end_of_the_file(
    tmp_path: Path, kind: str, size: int
) -> None:
    mix = opened(tmp_path, WITH_SIZE[kind](sound_bytes(kind), size))
    np.testing.assert_array_equal(heard(mix), noise())
    np.testing.assert_array_equal(np.concatenate([*mix.blocks(100, 200)]), noise()[100:200])
    (told,) = mix.remarks
    assert (told.where, told.severity) == (WHERE, "note")
    assert "does not say how long it is" in told.words
    assert f"{FRAMES} samples (0.062 s); see that this is all of it" in told.words


@pytest.mark.parametrize(("kind", "size"), STREAMED)
def test_what_lies_behind_such_a_sound_is_not_heard(tmp_path: Path, kind: str, size: int) -> None:
    data = WITH_SIZE[kind](sound_bytes(kind), size) + BEHIND[kind]
    np.testing.assert_array_equal(heard(opened(tmp_path, data)), noise())


@pytest.mark.parametrize(("kind", "size"), STREAMED)
def test_a_stream_that_ends_in_the_middle_of_a_frame_is_told(tmp_path: Path, kind: str, size: int) -> None:
    mix = opened(tmp_path, WITH_SIZE[kind](sound_bytes(kind), size)[:-2])
    np.testing.assert_array_equal(heard(mix), noise()[:-1])
    assert [told.severity for told in mix.remarks] == ["note", "warning"]
    assert "ends in the middle of a frame, 4 of its 6 bytes: it may have been cut short" in mix.remarks[1].words


@pytest.mark.parametrize("behind", [b"", LIST])
def test_zero_is_true_where_nothing_but_chunks_follows(tmp_path: Path, behind: bytes) -> None:
    data = sound_bytes("WAV", np.zeros((0, 2)))
    assert "holds no samples" in refused(tmp_path, data + behind)
    header = WITH_SIZE["WAV"](data, 0xFFFFFFFF)
    assert "holds no samples" in refused(tmp_path, header + behind)


@pytest.mark.parametrize("size", [0x7FFFFFFE, 0xFFFFFFF0])
def test_a_size_that_the_file_holds_is_believed(tmp_path: Path, size: int) -> None:
    size -= size % 6
    path = tmp_path / "x.wav"
    path.write_bytes(WITH_SIZE["WAV"](sound_bytes("WAV"), size))
    os.truncate(path, sound_bytes("WAV").find(b"data") + 8 + size)  # the rest is a hole, and takes no room
    mix = open_mix(path, WHERE)
    assert (mix.frames, mix.remarks) == (size // 6, ())
    np.testing.assert_array_equal(np.concatenate([*mix.blocks(0, FRAMES)]), noise())
    assert not np.concatenate([*mix.blocks(mix.frames - 10)]).any()


@pytest.mark.parametrize("size", [0xFFFFFFFF, 120])
def test_a_sound_longer_than_its_header_can_say_lasts_to_the_end_of_the_file(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A hole of 4 GiB holds no second header, and takes seconds to be searched for one.
    monkeypatch.setattr(unwritten_size, "_header_again", lambda *_: 0)
    path = tmp_path / "x.wav"
    path.write_bytes(WITH_SIZE["WAV"](sound_bytes("WAV"), size))
    begin, frames = sound_bytes("WAV").find(b"data") + 8, 2**32 // 6 + 1000
    os.truncate(path, begin + frames * 6)
    mix = open_mix(path, WHERE)
    assert mix.frames == frames
    np.testing.assert_array_equal(np.concatenate([*mix.blocks(0, FRAMES)]), noise())
    assert not np.concatenate([*mix.blocks(frames - 10)]).any()


@pytest.mark.parametrize("kind", WITH_SIZE)
def test_a_file_that_holds_less_than_it_promises_says_both(tmp_path: Path, kind: str) -> None:
    message = refused(tmp_path, sound_bytes(kind)[: -6 * 600])
    assert "is cut short: its header promises 3000 samples (0.062 s), and the file holds 2400 samples" in message
    assert "3600 bytes are missing; copy it again" in message


@pytest.mark.parametrize("frames", [FRAMES + 1, FRAMES - 1, 10 * FRAMES])
def test_an_aiff_that_promises_other_lengths_in_two_places(tmp_path: Path, frames: int) -> None:
    message = refused(tmp_path, with_frames(sound_bytes("AIFF"), frames))
    assert f"its header promises {frames} samples" in message
    assert f"its sound chunk holds {FRAMES} samples" in message


@pytest.mark.parametrize("kind", WITH_SIZE)
def test_two_files_in_one_are_refused(tmp_path: Path, kind: str) -> None:
    data = sound_bytes(kind)
    for size in (None, NEVER_WRITTEN[kind][0]):
        first = data if size is None else WITH_SIZE[kind](data, size)
        for tag in (b"", b"ID3\4\0\0\0\0\0\x0a" + bytes(10)):
            assert "holds another header behind its own" in refused(tmp_path, tag * (kind == "WAV") + first + first)


def test_sound_that_the_header_forgets_is_refused_and_garbage_told(tmp_path: Path) -> None:
    data = WITH_SIZE["WAV"](sound_bytes("WAV", noise(48000)), 600)
    assert "its header promises 100 samples (0.002 s), and 287400 bytes more lie behind" in refused(tmp_path, data)
    mix = opened(tmp_path, sound_bytes("WAV") + b"\1garbage" * 20)
    np.testing.assert_array_equal(heard(mix), noise())
    assert [(told.severity, told.words[:24]) for told in mix.remarks] == [("warning", "160 bytes behind its sou")]


@pytest.mark.parametrize("behind", [bytes(500), b"TAG" + bytes(125)])
def test_padding_and_tags_behind_the_sound_are_nothing_to_tell(tmp_path: Path, behind: bytes) -> None:
    mix = opened(tmp_path, sound_bytes("WAV") + behind)
    np.testing.assert_array_equal(heard(mix), noise())
    assert mix.remarks == ()


@pytest.mark.parametrize("kind", ["WAV", "FLAC"])
def test_tags_in_front_are_passed_over(tmp_path: Path, kind: str) -> None:
    tag = b"ID3\4\0\0\0\0\0\x0a" + bytes(10)
    np.testing.assert_array_equal(heard(opened(tmp_path, tag + sound_bytes(kind))), noise())


def test_bw64_is_read_as_rf64(tmp_path: Path) -> None:
    mix = opened(tmp_path, b"BW64" + sound_bytes("RF64")[4:])
    np.testing.assert_array_equal(heard(mix), noise())
    assert mix.remarks == ()


def _wave(channels: int, bits: int, align: int, valid: int | None = None) -> bytes:
    extension = (
        b"" if valid is None else struct.pack("<HHI", 22, valid, 3) + b"\1\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    )
    fields = (1 if valid is None else 0xFFFE, channels, RATE_HZ, RATE_HZ * align, align, bits)
    form = struct.pack("<HHIIHH", *fields) + extension
    sound = (noise() * 2**31).astype("<i4").tobytes()
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def test_fewer_valid_bits_than_a_sample_has_room_for(tmp_path: Path) -> None:
    np.testing.assert_array_equal(heard(opened(tmp_path, _wave(2, 32, 8, valid=24))), noise())


@pytest.mark.parametrize("valid", [None, 24])
def test_samples_of_another_width_than_the_header_gives_them_are_not_guessed(tmp_path: Path, valid: int | None) -> None:
    message = refused(tmp_path, _wave(2, 24, 8, valid))
    assert "contradicts itself: its header has 8 bytes a frame, and 2 channels of 3 bytes" in message


PIPES = {
    "ffmpeg": ["wav", "w64", "caf", "aiff", "flac"],
    "sox": ["aiff", "wav"],
}


@pytest.mark.parametrize(("program", "kind"), [(program, kind) for program, kinds in PIPES.items() for kind in kinds])
def test_what_programs_really_write_to_a_pipe(tmp_path: Path, program: str, kind: str) -> None:
    if not which(program):
        pytest.skip(f"{program} is not installed")
    (tmp_path / "in.wav").write_bytes(sound_bytes("WAV", encoding="PCM_16"))
    source = str(tmp_path / "in.wav")
    command = {
        "ffmpeg": ["ffmpeg", "-v", "error", "-i", source, "-f", kind, "-"],
        "sox": ["sox", "-V1", source, "-t", kind, "-"],
    }
    data = subprocess.run(command[program], stdout=subprocess.PIPE, check=True).stdout
    np.testing.assert_array_equal(heard(opened(tmp_path, data)), noise())
