"""Archives and reissues: mono, low rates and silent channels are mastered like any other mix."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.signal import welch

from pipeline.deliverables.certificate import Certificate
from pipeline.mastering.job import Job
from pipeline.mastering.steps import master
from pipeline.mastering.workers import ThreadWorkers
from pipeline.plan.plan import Plan
from tests.support.music import RATE_HZ, music

SECONDS = 8
PROFILES = ("cd-wav", "streaming")


def song(seed: int) -> NDArray[np.float64]:
    made: NDArray[np.float64] = music(seconds=SECONDS, seed=seed)
    return made


def album(folder: Path, **mixes: tuple[NDArray[np.float64], int]) -> Path:
    folder.mkdir()
    text = '[album]\ntitle = "T"\nartist = "A"\n'
    for name, (sound, rate_hz) in mixes.items():
        soundfile.write(folder / f"{name}.wav", sound, rate_hz, "PCM_24")
        text += f'[[tracks]]\nmix = "{name}.wav"\ntitle = "{name}"\n'
    (folder / "album.toml").write_text(text)
    return folder


def mastered(folder: Path) -> Certificate:
    return master(Job(folder, PROFILES, folder / "masters"), ThreadWorkers())


def delivered(folder: Path, kind: str) -> list[tuple[NDArray[np.int32], int]]:
    return [soundfile.read(path, dtype="int32") for path in sorted((folder / "masters").rglob(f"*.{kind}"))]


def test_mono_beside_stereo_is_delivered_with_both_sides_alike(tmp_path: Path) -> None:
    sound = song(1).mean(axis=1)
    six = np.zeros((len(sound), 6))
    six[:, :2] = song(3)
    folder = album(tmp_path / "a", one=(sound, RATE_HZ), two=(song(2), RATE_HZ), six=(six, RATE_HZ))
    certificate = mastered(folder)
    assert certificate.passed
    assert [remark.words[:8] for remark in certificate.tracks[0].remarks] == ["is mono:"]
    assert [remark.words[:13] for remark in certificate.tracks[2].remarks] == ["of 6 channels"]
    flacs = delivered(folder, "flac")
    assert len(flacs) == 3
    assert (flacs[0][0][:, 0] == flacs[0][0][:, 1]).all()
    assert (flacs[1][0][:, 0] != flacs[1][0][:, 1]).mean() > 0.5
    ((disc, rate_hz),) = delivered(folder, "wav")
    alike = disc[:, 0] == disc[:, 1]
    assert alike[: SECONDS * rate_hz].all()
    assert not alike[(SECONDS + 4) * rate_hz : (SECONDS + 6) * rate_hz].all()


@pytest.mark.parametrize("low_hz", [8000, 11025, 22050, 32000])
def test_low_rates_are_mastered_without_anything_above_their_band(tmp_path: Path, low_hz: int) -> None:
    dull = music(seconds=SECONDS, seed=1, tilt=2.0)
    low = soxr.resample(dull, RATE_HZ, low_hz, "VHQ")
    folder = album(tmp_path / "a", low=(low, low_hz), two=(song(2), RATE_HZ), three=(song(3), RATE_HZ))
    certificate = mastered(folder)
    assert certificate.passed
    assert any(f"runs at {low_hz} Hz: it is raised" in remark.words for remark in certificate.tracks[0].remarks)
    plan = Plan.model_validate_json((folder / "masters" / "streaming" / "plan.json").read_text())
    assert not [band for band in plan.treatments[0].bands if band.frequency_hz > low_hz / 2 and band.gain_db > 0]
    sound, rate_hz = delivered(folder, "flac")[0]
    assert rate_hz == RATE_HZ
    hertz, power = welch(sound[:, 0] / 2.0**31, rate_hz, nperseg=8192)
    within, above = power[(hertz > 200) & (hertz < 0.4 * low_hz)], power[hertz > 0.6 * low_hz]
    assert 10 * np.log10(within.mean() / above.max()) > 60
