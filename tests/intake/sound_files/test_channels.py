"""Mono is mono, silent channels are dropped, and what holds more than two is not guessed at."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from albums.faults import Refusal
from pipeline.analysis.mix_notes import notes_on
from pipeline.intake.mixes import Mix, Stretch, open_mix
from pipeline.intake.sound_files.channels import channel_names
from pipeline.mastering.measuring import measure_mix
from pipeline.system.progress import JobProgress
from tests.support.sound_bytes import RATE_HZ, noise

WHERE = "album.toml: tracks[1].mix"
CONTAINERS = ("WAV", "WAVEX", "AIFF", "FLAC", "RF64", "W64", "CAF")


def with_sound_in(folder: Path, channels: tuple[int, ...], count: int, kind: str = "WAV", frames: int = 3000) -> Path:
    sound = np.zeros((frames, count))
    sound[:, channels] = noise(frames, max(1, len(channels)))[:, : len(channels)]
    soundfile.write(folder / "x", sound, RATE_HZ, "PCM_24", format=kind)
    return folder / "x"


def heard(mix: Mix) -> NDArray[np.float64]:
    return np.concatenate([*mix.proven_blocks(0, mix.frames)])


@pytest.mark.parametrize("kind", CONTAINERS)
def test_mono_is_heard_on_both_sides(tmp_path: Path, kind: str) -> None:
    mix = open_mix(with_sound_in(tmp_path, (0,), 1, kind), WHERE)
    assert mix.is_mono
    np.testing.assert_array_equal(heard(mix), noise(3000, 1).repeat(2, axis=1))
    assert all(block.flags.c_contiguous for block in mix.blocks())
    assert [told.words for told in mix.remarks] == ["is mono: it is mastered as mono, both sides alike"]


@pytest.mark.parametrize("kind", CONTAINERS)
@pytest.mark.parametrize("channels", [(0, 1), (2, 4), (4, 5)])
def test_silent_channels_are_dropped(tmp_path: Path, kind: str, channels: tuple[int, int]) -> None:
    mix = open_mix(with_sound_in(tmp_path, channels, 6, kind), WHERE)
    assert (mix.channels, mix.is_mono) == (channels, False)
    np.testing.assert_array_equal(heard(mix), noise(3000))
    assert all(block.flags.c_contiguous for block in mix.blocks())
    (told,) = mix.remarks
    first, second = (number + 1 for number in channels)
    assert told.severity == "note"
    assert told.words.startswith(f"of 6 channels, {first} (")
    assert f" and {second} (" in told.words


def test_which_channels_remain_is_told_by_name(tmp_path: Path) -> None:
    mix = open_mix(with_sound_in(tmp_path, (0, 1), 6), WHERE)
    words = "of 6 channels, 1 (left) and 2 (right) are used as left and right; the others are silent and left out"
    assert [told.words for told in mix.remarks] == [words]
    assert channel_names((2, 3), "WAV", 6) == "3 (centre) and 4 (LFE)"
    assert channel_names((0, 1), "WAVEX", 2, 0x30) == "1 (rear left) and 2 (rear right)"
    assert channel_names((0, 8), "CAF", 9) == "1 and 9"


def test_one_channel_of_six_is_mono(tmp_path: Path) -> None:
    mix = open_mix(with_sound_in(tmp_path, (2,), 6), WHERE)
    assert (mix.is_mono, mix.channels) == (True, (2,))
    np.testing.assert_array_equal(heard(mix), noise(3000, 1).repeat(2, axis=1))


def test_three_channels_with_sound_are_refused_with_their_names(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        open_mix(with_sound_in(tmp_path, (0, 2, 5), 6, "WAVEX"), WHERE)
    words = "has sound in 3 of its 6 channels, 1 (left), 3 (centre) and 6 (rear right); wanted one or two"
    assert f"{words}: bounce it as stereo" in str(refusal.value)


@pytest.mark.parametrize("value", [2.0**-23, np.nan])
def test_one_sample_is_sound(tmp_path: Path, value: float) -> None:
    sound = np.zeros((200_000, 4))
    sound[:, :2] = 0.25
    sound[-1, 3] = value
    soundfile.write(tmp_path / "x", sound, RATE_HZ, "FLOAT", format="WAV")
    with pytest.raises(Refusal, match="has sound in 3 of its 4 channels"):
        open_mix(tmp_path / "x", WHERE)


def test_a_silent_channel_of_two_is_a_defect_as_ever(tmp_path: Path) -> None:
    mix = open_mix(with_sound_in(tmp_path, (1,), 2), WHERE)
    assert (mix.is_mono, mix.remarks) == (False, ())
    assert not heard(mix)[:, 0].any()


def test_that_the_sides_of_mono_are_alike_is_no_defect(tmp_path: Path) -> None:
    time = np.arange(3 * RATE_HZ) / RATE_HZ
    tone = 0.2 * np.sin(2 * np.pi * 220 * time) * np.minimum(1, 3 - time) + 0.002
    soundfile.write(tmp_path / "mono.wav", tone, RATE_HZ, "PCM_24")
    soundfile.write(tmp_path / "twice.wav", np.stack([tone, tone], axis=1), RATE_HZ, "PCM_24")
    told = {}
    for name in ("mono", "twice"):
        mix = open_mix(tmp_path / f"{name}.wav", WHERE)
        analysis = measure_mix(Stretch(mix, 0, mix.frames), JobProgress())
        told[name] = [fault.words for fault in notes_on(mix, analysis)]
    assert told["mono"] == [
        "is mono: it is mastered as mono, both sides alike",
        "DC offset of +0.20 % of full scale.",
    ]
    assert "Both channels are the same: mono in a stereo file." in told["twice"]
