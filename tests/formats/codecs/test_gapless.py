"""Lossy tracks decode to their own samples, not one more or less, whatever their length and what stands around them."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from formats.codecs import TrackSpan, decoded, encode, encode_exact, surroundings_of, tracks_of
from profiles.codecs import codec_named
from tests.support.lossy import RATE_HZ, lengths, playing, samples_of, steady, with_marks
from tests.support.programmes import layout, needs

MP3, AAC, VORBIS, OPUS = ("mp3-320", "mp3-v0"), ("aac-256",), ("vorbis-q5",), ("opus-128",)
ONE_PAGE_S = 2  # FFmpeg misjudges Vorbis of a single page, see `formats._lossy.lossy_file`


def spans(
    codec: str, *joined: bool, starts: tuple[int, ...] = (0, 30000, 31000), frames: int = 100_000
) -> list[tuple[int, int]]:
    """What three tracks are encoded with, before and after."""
    of = layout([(start, None) for start in starts], frames, 48000, 24)
    return [(span.lead, span.tail) for span in tracks_of(replace(with_marks(of, *joined), codec=codec))]


def test_only_what_music_runs_through_is_encoded_with_its_surroundings() -> None:
    assert spans("mp3-320", False, False, False) == [(0, 0)] * 3
    assert spans("mp3-320", False, True, False) == [(0, 4608), (30000, 0), (0, 0)]
    assert spans("mp3-v0", False, False, True) == [(0, 0), (0, 4608), (1000, 0)]
    assert spans("aac-128", False, True, True) == [(0, 2048), (30000, 2048), (31000, 0)]
    assert spans("aac-128", False, False, True, starts=(0, 80000, 90000)) == [(0, 0), (0, 2048), (10000, 0)]
    assert spans("opus-128", False, True, True) == [(0, 3840), (30000, 3840), (31000, 0)]
    assert spans("vorbis-q5", True, True, True) == [(0, 0)] * 3


@given(st.integers(0, 400_000), st.integers(1, 700_000), st.sampled_from([*MP3, *AAC, *OPUS]))
def test_its_frames_lie_as_those_of_the_track_before(start: int, lasts: int, codec: str) -> None:
    (_, _), (_, _), (lead, _) = spans(
        codec, False, False, True, starts=(0, 10 + start, 10 + start + lasts), frames=1_200_000
    )
    around = surroundings_of(codec_named(codec))
    assert min(lasts, around.before - around.frame + 1) <= lead <= around.before
    assert (lasts - lead) % around.frame == 0


def test_nothing_is_taken_from_beyond_the_programme() -> None:
    assert spans("aac-256", True, True, True, frames=31500) == [(0, 1500), (30000, 500), (31000, 0)]
    of = replace(with_marks(layout([(0, None), (1000, None)], 5000, 48000, 24), True, True), codec="mp3-320")
    assert [*tracks_of(of)] == [TrackSpan(1, 0, 1000, 0, 4000), TrackSpan(2, 1000, 5000, 1000, 0)]


def test_a_layout_without_a_codec_has_no_lossy_tracks() -> None:
    with pytest.raises(ValueError, match="is no codec"):
        [*tracks_of(layout([(0, None)], 5000, 48000, 24))]


@pytest.mark.parametrize(("codec", "lead", "tail", "frames"), [
    ("mp3-320", 115201, 0, 9000), ("mp3-320", 0, 4609, 9000), ("opus-128", 480001, 0, 9000), ("vorbis-q5", 1, 0, 9000),
    ("aac-256", 20, 20, 40),
])  # fmt: skip
def test_what_cannot_be_encoded_is_an_error(tmp_path: Path, codec: str, lead: int, tail: int, frames: int) -> None:
    with pytest.raises(ValueError, match=f"{codec}: {lead} . "):
        encode_exact(samples_of(tmp_path / "s", frames), 48000, [codec_named(codec)], tmp_path, lead, tail)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 12000), st.sampled_from([44100, 48000]), st.integers(0, 115200), st.integers(0, 4608))
@example(1, 44100, 0, 0)
@example(1152 * 3, 48000, 115200, 4608)
@example(1, 48000, 1, 0)
def test_mp3_of_any_length(frames: int, rate_hz: int, lead: int, tail: int) -> None:
    with TemporaryDirectory() as folder:
        assert lengths(Path(folder), rate_hz, MP3, frames, lead, tail) == {frames}


def test_mp3_of_a_length_that_ffmpeg_gets_wrong(tmp_path: Path) -> None:
    assert lengths(tmp_path, 44100, ("mp3-320",), 1_103_646) == {1_103_646}


@settings(max_examples=8, deadline=None)
@given(st.integers(1024, 12000), st.sampled_from([44100, 48000]), st.integers(0, 65536), st.integers(0, 2048))
@example(1, 48000, 0, 0)
@example(1024 * 3, 44100, 65536, 2048)
@example(5, 44100, 65000, 2048)
def test_aac_of_any_length(frames: int, rate_hz: int, lead: int, tail: int) -> None:
    with TemporaryDirectory() as folder:
        assert lengths(Path(folder), rate_hz, AAC, frames, lead, tail) == {frames}


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 70000), st.integers(0, 480_000), st.integers(0, 3840))
@example(1, 0, 0)
@example(1, 3840, 1920)
@example(96000 - 312, 0, 1920)
@example(48000 - 312 - 3840, 3840, 961)
@example(9000, 480_000, 3840)
def test_opus_of_any_length(frames: int, lead: int, tail: int) -> None:
    with TemporaryDirectory() as folder:
        assert lengths(Path(folder), 48000, OPUS, frames, lead, tail) == {frames}
        assert soundfile.info(Path(folder) / "opus-128.opus").frames == frames


@settings(max_examples=4, deadline=None)
@given(st.integers(1, 12000))
def test_vorbis_of_any_length_beyond_its_first_page(frames: int) -> None:
    with TemporaryDirectory() as folder:
        assert lengths(Path(folder), 44100, VORBIS, ONE_PAGE_S * 44100 + frames) == {ONE_PAGE_S * 44100 + frames}


READERS = {  # what decodes a file to a WAV
    "mpg123": (MP3, ["mpg123", "-q", "-w", "{wav}", "{file}"]),
    "opusdec": (OPUS, ["opusdec", "--quiet", "{file}", "{wav}"]),
    "oggdec": (VORBIS, ["oggdec", "-Q", "-o", "{wav}", "{file}"]),
    "ffmpeg": ((*MP3, *OPUS), ["ffmpeg", "-v", "error", "-y", "-i", "{file}", "-c:a", "pcm_s16le", "{wav}"]),
}


@pytest.mark.parametrize("reader", [pytest.param(name, marks=needs(name)) for name in READERS])
def test_foreign_readers_find_the_same_samples(tmp_path: Path, reader: str) -> None:
    codecs, command = READERS[reader]
    for number, frames in enumerate((9001, ONE_PAGE_S * 48000 + 5)):
        for codec in map(codec_named, codecs):
            lead, tail = surroundings_of(codec).before, surroundings_of(codec).after
            folder, wav = tmp_path / f"{codec.name}{number}", tmp_path / "x.wav"
            folder.mkdir()
            path = encode_exact(samples_of(folder / "s", lead + frames + tail), 48000, [codec], folder, lead, tail)[
                codec
            ]
            subprocess.run([word.format(file=path, wav=wav) for word in command], check=True, capture_output=True)
            heard, ours = soundfile.read(wav)[0], np.concatenate([*decoded(path, codec.kind)])
            assert len(heard) == frames
            assert len(ours) == frames or (codec.kind, number) == ("vorbis", 0)
            if codec.kind == "vorbis":  # and of a single page both ends
                ours = soundfile.read(path)[0]
            assert np.abs(heard - ours).max() < 2e-3  # theirs are of 16 bits, some dithered; Opus differs more


@needs("ffmpeg")
def test_an_older_ffmpeg_begins_where_the_music_does_and_keeps_the_tail(tmp_path: Path) -> None:
    codec, frames = codec_named("aac-256"), 24000
    path = encode_exact(samples_of(tmp_path / "s", 9000 + frames + 2048), 48000, [codec], tmp_path, 9000, 2048)[codec]
    wav = tmp_path / "x.wav"
    subprocess.run([shutil.which("ffmpeg") or "", "-v", "error", "-i", path, "-c:a", "pcm_s16le", wav], check=True)
    heard, ours = soundfile.read(wav)[0], np.concatenate([*decoded(path, codec.kind)])
    assert frames <= len(heard) < frames + 1024
    assert np.abs(heard[:frames] - ours).max() < 1e-3


def test_the_same_samples_give_the_same_bytes(tmp_path: Path) -> None:
    codecs = [*map(codec_named, ("mp3-v0", "aac-256", "opus-128", "vorbis-q5"))]
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        written = encode_exact(samples_of(tmp_path / name / "s", 20000), 48000, codecs, tmp_path / name)
        found.append([path.read_bytes() for path in written.values()])
    assert found[0] == found[1]


def test_the_sound_itself_is_where_it_was(tmp_path: Path) -> None:
    codec = codec_named("mp3-320")
    sound = steady(40000)
    _, track, _ = tracks_of(playing(sound, codec.name, (15000, 30000)).layout)
    (sound[track.start - track.lead : track.stop + track.tail] << 8).astype("<i4").tofile(tmp_path / "s")
    path = encode_exact(tmp_path / "s", 48000, [codec], tmp_path, track.lead, track.tail)[codec]
    error = np.concatenate([*decoded(path, "mp3")]) - sound[15000:30000] / 2**23
    assert np.abs(error).max() < 0.01


@pytest.mark.parametrize("name", ["mp3-v0", "mp3-v9", "opus-128"])
def test_both_files_hold_the_same_frames_around_a_joint(tmp_path: Path, name: str) -> None:
    codec, joint = codec_named(name), 12 * RATE_HZ + 345
    sound = steady(15 * RATE_HZ) + 8 * steady(15 * RATE_HZ, 2) * (np.arange(15 * RATE_HZ)[:, None] % 30000 < 9000)
    (sound << 4).astype("<i4").tofile(tmp_path / "s")
    whole = np.concatenate([*decoded(encode(tmp_path / "s", RATE_HZ, [codec], tmp_path)[codec], codec.kind)])
    heard = list[NDArray[np.float32]]()
    for track in tracks_of(playing(sound, name, (joint,)).layout):
        (sound[track.start - track.lead : track.stop + track.tail] << 4).astype("<i4").tofile(tmp_path / "s")
        path = encode_exact(tmp_path / "s", RATE_HZ, [codec], tmp_path, track.lead, track.tail)[codec]
        heard.append(np.concatenate([*decoded(path, codec.kind)]))
    assert [len(each) for each in heard] == [joint, len(sound) - joint]
    near = np.concatenate([heard[0][-2000:], heard[1][:2000]])
    assert np.abs(near - whole[joint - 2000 : joint + 2000]).max() < 1e-4  # the noise itself reaches 0.01
