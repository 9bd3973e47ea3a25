"""Low rates are raised as they are read: the same sound, any part of it the same as in the whole."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from pipeline.analysis.analysis import analyse
from pipeline.analysis.meters.spectrum import Spectrum
from pipeline.intake.mixes import Length, Mix, Stretch, open_mix
from pipeline.intake.sound_files import raised_rate
from pipeline.intake.sound_files.raised_rate import raised_rate_hz
from pipeline.mastering.measuring import measure_mix
from pipeline.system.progress import JobProgress

WHERE = "album.toml: tracks[1].mix"
LOW_RATES_HZ = (8000, 11025, 12000, 16000, 18900, 22050, 24000)
TONE_HZ = 997.0


def tone(rate_hz: int, frames: int) -> NDArray[np.float64]:
    time = np.arange(frames) / rate_hz
    return 0.25 * np.stack([np.sin(2 * np.pi * TONE_HZ * time), np.cos(2 * np.pi * 0.1 * rate_hz * time)], axis=1)


def opened(folder: Path, rate_hz: int, frames: int, kind: str = "FLAC") -> Mix:
    soundfile.write(folder / "x", tone(rate_hz, frames), rate_hz, "PCM_24", format=kind)
    return open_mix(folder / "x", WHERE)


def heard(mix: Mix, start: int = 0, stop: int | None = None) -> NDArray[np.float64]:
    return np.concatenate([np.empty((0, 2)), *mix.blocks(start, stop)])


@pytest.mark.parametrize("rate_hz", LOW_RATES_HZ)
def test_a_low_rate_is_raised_to_one_that_is_delivered(tmp_path: Path, rate_hz: int) -> None:
    frames = 23 * rate_hz + 17  # more than two pieces
    mix = opened(tmp_path, rate_hz, frames)
    assert mix.rate_hz == raised_rate_hz(rate_hz)
    assert mix.rate_hz in (44100, 48000)
    assert mix.own == Length(frames, rate_hz)
    found, time = heard(mix), np.arange(mix.frames) / mix.rate_hz
    assert len(found) == mix.frames == round(frames * mix.rate_hz / rate_hz)
    wanted = 0.25 * np.stack([np.sin(2 * np.pi * TONE_HZ * time), np.cos(2 * np.pi * 0.1 * rate_hz * time)], axis=1)
    within = slice(mix.rate_hz // 10, -mix.rate_hz // 10)
    assert np.abs(found - wanted)[within].max() < 1e-6
    (told,) = mix.remarks
    assert told.severity == "note"
    assert told.words.startswith(f"runs at {rate_hz} Hz: it is raised to a rate that is delivered")


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (12_345, 500_000), (440_999, 441_002), (900_000, 970_200)])
def test_any_part_is_as_it_is_in_the_whole(tmp_path: Path, start: int, stop: int) -> None:
    mix = opened(tmp_path, 11025, 22 * 11025)
    np.testing.assert_array_equal(heard(mix, start, stop), heard(mix)[start:stop])
    proven = np.concatenate([*mix.proven_blocks(start, stop)])
    np.testing.assert_array_equal(proven, heard(mix)[start:stop])


def test_pieces_meet_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mix = opened(tmp_path, 8000, 22 * 8000)
    in_pieces = heard(mix)
    monkeypatch.setattr(raised_rate, "PIECE_S", 60)
    assert np.abs(in_pieces - heard(mix)).max() < 2.0**-24


@pytest.mark.parametrize("rate_hz", [32000, 37800, 44100, 48000])
def test_other_rates_are_read_as_they_are(tmp_path: Path, rate_hz: int) -> None:
    mix = opened(tmp_path, rate_hz, 5000)
    assert (mix.rate_hz, mix.frames, mix.raised_from) == (rate_hz, 5000, None)
    assert [told.severity for told in mix.remarks] == (["note"] if rate_hz < 44100 else [])


def test_a_short_file_is_raised_whole(tmp_path: Path) -> None:
    mix = opened(tmp_path, 8000, 3)
    assert heard(mix).shape == (18, 2)


def test_where_the_band_ends_is_known_and_told_once(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    soundfile.write(tmp_path / "x.wav", 0.1 * rng.standard_normal((5 * 24000, 2)), 24000, "PCM_24")
    mix = open_mix(tmp_path / "x.wav", WHERE)
    analysis = measure_mix(Stretch(mix, 0, mix.frames), JobProgress())
    (band,) = [fault for fault in analysis.defects.faults if fault.kind == "bandwidth"]
    assert (band.severity, band.figure) == ("note", 0.45 * 24000)
    blind = analyse(mix.blocks(), mix.rate_hz)
    assert [fault.severity for fault in blind.defects.faults if fault.kind == "bandwidth"] != ["note"]
    assert isinstance(analysis.spectrum, Spectrum)
