"""Mixes from anywhere: every container gives the same samples, every broken file a message that says why."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import albums
from albums.faults import Refusal
from pipeline.intake import mixes
from pipeline.intake.album_mixes import open_recordings
from pipeline.intake.mix_hashes import as_hashed, fingerprint, hashed
from pipeline.intake.mixes import Mix, Source, open_mix
from pipeline.intake.sound_files.container_header import SoundChunk, sound_chunk_in

WHERE = "album.toml: tracks[2].mix"
CONTAINERS = ("WAV", "WAVEX", "AIFF", "FLAC", "RF64", "W64", "CAF")
CHUNKED = ("WAV", "AIFF", "RF64", "W64", "CAF")
FRAMES = 3000
W64_GUID = bytes.fromhex("f3acd3118cd100c04f8edb8a")  # what all its identifiers end in, after four letters
AFTER = {  # a chunk of 0x7f behind the sound, as editors leave their own
    "WAV": b"junk" + struct.pack("<I", 1000),
    "RF64": b"junk" + struct.pack("<I", 1000),
    "AIFF": b"APPL" + struct.pack(">I", 1000),
    "CAF": b"uuid" + struct.pack(">q", 1000),
    "W64": b"junk" + W64_GUID + struct.pack("<Q", 1024),
}


def noise(frames: int = FRAMES, channels: int = 2) -> NDArray[np.float64]:
    """Noise whose samples are whole numbers at 16 bit, so that every encoding holds it exactly."""
    rng = np.random.default_rng(1)
    return rng.integers(-(2**15), 2**15, (frames, channels)) / 2**15


def written(path: Path, kind: str = "WAV", encoding: str = "PCM_24", rate_hz: int = 48000, channels: int = 2) -> Path:
    soundfile.write(path, noise(channels=channels), rate_hz, encoding, format=kind)
    return path


def cut(path: Path, length: int) -> Path:
    path.write_bytes(path.read_bytes()[:length])
    return path


def heard(mix: Mix, start: int = 0, stop: int | None = None) -> NDArray[np.float64]:
    return np.concatenate([np.empty((0, 2)), *mix.blocks(start, stop)])


def chunk_in(path: Path) -> SoundChunk | None:
    with path.open("rb") as file:
        return sound_chunk_in(file)


def refused(path: Path) -> str:
    with pytest.raises(Refusal) as refusal:
        heard(open_mix(path, WHERE))
    message = str(refusal.value)
    assert message.startswith(f"{WHERE}: {path.name!r} ")
    return message


@pytest.mark.parametrize("kind", CONTAINERS)
@pytest.mark.parametrize("encoding", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAC_16"])
def test_every_format_gives_the_same_samples(tmp_path: Path, kind: str, encoding: str) -> None:
    if not soundfile.check_format(kind, encoding):
        with pytest.raises(ValueError):
            written(tmp_path / "x", kind, encoding)
        return
    mix = open_mix(written(tmp_path / "x", kind, encoding), WHERE)
    assert (mix.where, mix.rate_hz, mix.frames, mix.encoding) == (WHERE, 48000, FRAMES, encoding)
    np.testing.assert_array_equal(heard(mix), noise())


@pytest.mark.parametrize("kind", AFTER)
def test_a_chunk_behind_the_sound_is_not_heard(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path / "x", kind)
    path.write_bytes(path.read_bytes() + AFTER[kind] + b"\x7f" * 1000)
    np.testing.assert_array_equal(heard(open_mix(path, WHERE)), noise())


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CONTAINERS), st.integers(0, FRAMES), st.integers(0, FRAMES), st.integers(1, FRAMES))
def test_any_part_in_any_block_size(
    tmp_path_factory: pytest.TempPathFactory, kind: str, start: int, stop: int, block: int
) -> None:
    mix = open_mix(written(tmp_path_factory.mktemp("mix") / "x", kind), WHERE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mixes, "BLOCK", block)
        np.testing.assert_array_equal(heard(mix, start, stop), noise()[start:stop])
        np.testing.assert_array_equal(heard(mix, start), noise()[start:])


def test_a_mix_is_opened_again_and_again_side_by_side(tmp_path: Path) -> None:
    mix = open_mix(written(tmp_path / "x.flac", "FLAC"), WHERE)
    pairs = list(zip(mix.blocks(), mix.blocks(), strict=True))
    np.testing.assert_array_equal(np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs]))


def test_blocks_are_pairs_of_doubles_of_bounded_length(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros((2 * mixes.BLOCK + 1, 2)), 48000, "FLOAT")
    blocks = list(open_mix(tmp_path / "x.wav", WHERE).blocks())
    assert [block.shape for block in blocks] == [(mixes.BLOCK, 2), (mixes.BLOCK, 2), (1, 2)]
    assert all(block.dtype == np.float64 and block.flags.c_contiguous for block in blocks)


@pytest.mark.parametrize(
    ("rate_hz", "channels", "encoding", "words"),
    [
        (48000, 3, "PCM_24", "has sound in 3 of its 3 channels, 1 (left), 2 (right) and 3 (centre); wanted one or two"),
        (7999, 2, "PCM_24", "runs at 7999 Hz; wanted 8000 to 384000 Hz"),
        (768000, 2, "PCM_24", "runs at 768000 Hz"),
        (48000, 2, "PCM_U8", "holds WAV PCM_U8; wanted a finished mix, stereo or mono, as WAV"),
        (48000, 2, "ULAW", "holds WAV ULAW; wanted"),
        (48000, 2, "MS_ADPCM", "holds WAV MS_ADPCM; wanted"),
    ],
)
def test_what_is_no_finished_stereo_mix(tmp_path: Path, rate_hz: int, channels: int, encoding: str, words: str) -> None:
    assert words in refused(written(tmp_path / "x.wav", "WAV", encoding, rate_hz, channels))


def test_all_reasons_are_told(tmp_path: Path) -> None:
    path = cut(written(tmp_path / "x.wav", "WAV", "PCM_U8", 4000, 65), 65 * FRAMES)
    message = refused(path)
    assert [line.count(WHERE) for line in message.splitlines()] == [1, 1, 1, 1]
    assert "PCM_U8" in message
    assert "promises 65 channels" in message
    assert "4000 Hz" in message
    assert "is cut short: its header promises 44 bytes more than the file has; copy it again" in message


@pytest.mark.parametrize("content", [b"", b"not sound, but text\n" * 40, b"RIFF", b"fLaC", bytes(4096)])
def test_what_is_no_sound(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.wav").write_bytes(content)
    assert "cannot be read as sound (" in refused(tmp_path / "x.wav")


def test_a_name_does_not_make_a_format(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", noise(), 48000, "VORBIS", format="OGG")
    assert "holds OGG VORBIS; wanted" in refused(tmp_path / "x.wav")
    np.testing.assert_array_equal(heard(open_mix(written(tmp_path / "y.wav", "FLAC"), WHERE)), noise())


def test_what_is_not_there(tmp_path: Path) -> None:
    assert "cannot be read as sound (" in refused(tmp_path / "x.wav")
    assert "cannot be read as sound (" in refused(tmp_path)


@pytest.mark.parametrize("kind", CONTAINERS)
def test_no_samples(tmp_path: Path, kind: str) -> None:
    soundfile.write(tmp_path / "x", np.zeros((0, 2)), 48000, "PCM_24", format=kind)
    message = refused(tmp_path / "x")
    assert "holds no samples; bounce it again" in message or "cannot be read as sound" in message


@pytest.mark.parametrize("kind", CHUNKED)
@pytest.mark.parametrize("missing", [1, 6, 1000])
def test_sound_that_is_cut_short(tmp_path: Path, kind: str, missing: int) -> None:
    path = written(tmp_path / "x", kind, "PCM_16")
    whole = chunk_in(path)
    assert whole is not None
    assert whole.missing_bytes == 0
    cut(path, len(path.read_bytes()) - missing)
    short = chunk_in(path)
    assert short is not None
    assert (short.promised_bytes, short.missing_bytes) == (whole.promised_bytes, missing)
    assert "is cut short" in refused(path)


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_file_cut_anywhere_is_never_taken_for_a_shorter_mix(tmp_path: Path, kind: str) -> None:
    whole = written(tmp_path / "whole", kind).read_bytes()
    lengths = [*range(0, 200, 7), *np.linspace(200, len(whole) - 1, 30).astype(int)]
    for length in lengths:
        (tmp_path / "x").write_bytes(whole[:length])
        refused(tmp_path / "x")


def test_a_flac_that_breaks_off_says_when(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    soundfile.write(path, noise(3 * mixes.BLOCK), 48000, "PCM_24", format="FLAC")
    mix = open_mix(cut(path, 2 * path.stat().st_size // 3), WHERE)
    with pytest.raises(Refusal) as refusal:
        heard(mix)
    words = f"{WHERE}: 'x.flac' is cut short: its header promises 196608 samples (4.096 s), and its frames hold "
    assert str(refusal.value).startswith(f"{words}131072 samples (2.731 s); copy it again")


def test_a_file_that_shrinks_after_it_was_opened(tmp_path: Path) -> None:
    path = written(tmp_path / "x.wav")
    mix = open_mix(path, WHERE)
    cut(path, path.stat().st_size // 2)
    with pytest.raises(Refusal, match=r"'x\.wav' was replaced or written to during the run"):
        heard(mix)


REPLACED: dict[str, Callable[[Path], object]] = {
    "another file": lambda path: written(path.with_name("other.wav"), encoding="PCM_16").replace(path),
    "written over": lambda path: path.write_bytes(path.read_bytes()[:-2] + b"ab"),
    "written over, its time set back": lambda path: _overwrite_unnoticed(path),
    "a link to another": lambda path: _link_to_another(path),
}


def _link_to_another(path: Path) -> None:
    path.unlink()
    path.symlink_to(written(path.with_name("other.wav")).name)


def _overwrite_unnoticed(path: Path) -> None:
    before = path.stat()
    data = path.read_bytes()
    path.write_bytes(data[:-2] + b"ab")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("how", REPLACED)
def test_another_sound_is_never_read_under_the_name_of_what_was_judged(tmp_path: Path, how: str) -> None:
    mix = open_mix(written(tmp_path / "x.wav"), WHERE)
    REPLACED[how](mix.path)
    for use in (heard, hashed):
        with pytest.raises(Refusal, match=r"'x\.wav' was replaced or written to during the run") as refusal:
            use(mix)
        assert refusal.value.faults[0].where == WHERE


def test_a_mix_that_is_written_to_while_it_is_read_is_noticed_at_the_next_block(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, noise(3 * mixes.BLOCK), 48000, "PCM_24")
    blocks = open_mix(path, WHERE).blocks()
    next(blocks)
    _overwrite_unnoticed(path)
    with pytest.raises(Refusal, match="written to during the run"):
        next(blocks)


def test_a_mix_is_the_one_that_was_hashed_as_long_as_its_bytes_are(tmp_path: Path) -> None:
    mix = open_mix(written(tmp_path / "x.wav"), WHERE)
    source = Source(mix, 0, mix.frames, hashed(mix))
    assert as_hashed(source) is source
    (tmp_path / "copy.wav").write_bytes(mix.path.read_bytes())
    (tmp_path / "copy.wav").replace(mix.path)
    again = as_hashed(source)
    np.testing.assert_array_equal(np.concatenate([*again.blocks()]), noise())
    _overwrite_unnoticed(mix.path)
    with pytest.raises(Refusal, match=r"'x\.wav' is no longer the file that was measured"):
        as_hashed(source)


def _album(folder: Path, *names: str) -> albums.Album:
    tracks = tuple({"mix": name, "title": "T"} for name in names)
    return albums.Album.model_validate({"album": {"title": "A", "artist": "B"}, "tracks": tracks, "folder": folder})


def test_the_mixes_of_an_album_in_order(tmp_path: Path) -> None:
    written(tmp_path / "b.wav", rate_hz=44100)
    written(tmp_path / "a.flac", "FLAC", rate_hz=96000)
    mixes = open_recordings(_album(tmp_path, "b.wav", "a.flac")).mixes
    assert [mix.rate_hz for mix in mixes] == [44100, 96000]
    assert [mix.where for mix in mixes] == ["album.toml: tracks[1].mix", "album.toml: tracks[2].mix"]


def test_the_faults_of_all_mixes_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"")
    written(tmp_path / "b.wav")
    written(tmp_path / "c.wav", channels=3)
    with pytest.raises(Refusal) as refusal:
        open_recordings(_album(tmp_path, "a.wav", "b.wav", "c.wav"))
    assert [fault.where for fault in refusal.value.faults] == ["album.toml: tracks[1].mix", "album.toml: tracks[3].mix"]


def test_the_fingerprint_is_sha_256(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert fingerprint(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    folder = tmp_path_factory.mktemp("whole")
    files = {kind: written(folder / kind, kind).read_bytes() for kind in CONTAINERS}
    return files.__getitem__


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from(CONTAINERS),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_a_header_with_wrong_bytes_is_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory,
    whole: Callable[[str], bytes],
    kind: str,
    flips: list[tuple[int, int]],
) -> None:
    data = bytearray(whole(kind))
    for place, value in flips:
        data[place] = value
    path = tmp_path_factory.mktemp("flipped") / "x"
    path.write_bytes(data)
    try:
        mix = open_mix(path, WHERE)
        samples = heard(mix)
    except Refusal as refusal:
        found = {fault.where for fault in refusal.faults}
        assert found == {WHERE}
    else:
        assert samples.shape == (mix.frames, 2)
