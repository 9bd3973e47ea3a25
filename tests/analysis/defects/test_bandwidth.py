"""Bandwidth: codecs and resamplers are known by the edge they leave, and music that only rolls off is left alone."""

import shutil
import subprocess

import numpy as np
import pytest
import soundfile
import soxr
from scipy.signal import butter, firwin, oaconvolve, sosfilt

from pipeline.analysis.defects.bandwidth import Bandwidth, bandwidth
from pipeline.analysis.meters.spectrum import SpectrumMeter
from tests.support.clean_music import Signal, in_16_bits, music

DURATION_S = 6.0


def found(signal: Signal, rate_hz: int = 44_100) -> Bandwidth | None:
    meter = SpectrumMeter(rate_hz)
    meter.add(signal)
    spectrum = meter.result()
    return bandwidth(spectrum.fine_powers, spectrum.fine_peak_powers, spectrum.fine_bin_hz, rate_hz)


def full_band(seed: int = 1, rate_hz: int = 44_100, tilt_db: float = 6.0) -> Signal:
    """Beaten noise that falls by `tilt_db` an octave to the end of its band, over chords."""
    rng = np.random.default_rng(seed)
    frames = round(DURATION_S * rate_hz)
    spectrum = np.fft.rfft(rng.standard_normal((frames, 2)), axis=0)
    shape = np.maximum(np.fft.rfftfreq(frames, 1 / rate_hz), 200.0)[:, None] ** (-tilt_db / 6.02)
    noise = np.fft.irfft(spectrum * shape, frames, axis=0)
    beats = 0.2 + np.exp(-6.0 * (np.arange(frames) / rate_hz % 0.5))[:, None]
    return np.asarray(0.4 * (music(seed, DURATION_S, rate_hz) + noise * beats / np.abs(noise).max()))


def low_passed(signal: Signal, corner_hz: float, rate_hz: int = 44_100) -> Signal:
    """With nothing left 500 Hz above the corner, as a codec leaves it."""
    taps = firwin(511, corner_hz + 250.0, fs=rate_hz, window=("kaiser", 9.0))
    return np.asarray(oaconvolve(signal, taps[:, None], mode="same", axes=0))


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("tilt_db", [0.0, 6.0, 12.0])
def test_music_that_fills_its_band_has_no_edge(rate_hz: int, tilt_db: float) -> None:
    signal = full_band(2, rate_hz, tilt_db)
    assert found(signal, rate_hz) is None
    assert found(in_16_bits(0.1 * signal), rate_hz) is None


@pytest.mark.parametrize("order", [1, 2, 4])
@pytest.mark.parametrize("corner_hz", [5_000.0, 12_000.0, 16_000.0])
def test_a_filter_of_a_desk_or_a_synthesiser_leaves_no_edge(order: int, corner_hz: float) -> None:
    filtered = sosfilt(butter(order, corner_hz, fs=44_100, output="sos"), full_band(3), axis=0)
    assert found(in_16_bits(filtered)) is None


@pytest.mark.parametrize("tone_hz", [1_000.0, 15_000.0, 18_000.0])
def test_a_tone_is_no_programme_cut_off(tone_hz: float) -> None:
    tone = 0.5 * np.sin(2 * np.pi * tone_hz * np.arange(8 * 44_100) / 44_100)
    assert found(np.stack([tone, tone], axis=1)) is None
    assert found(in_16_bits(np.stack([tone, tone], axis=1))) is None


@pytest.mark.parametrize("frames", [0, 100, 5_000])
def test_silence_and_next_to_nothing_have_no_edge(frames: int) -> None:
    assert found(np.zeros((frames, 2))) is None
    assert found(music(1)[:frames]) is None


@pytest.mark.parametrize("quality", ["HQ", "VHQ"])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 88_200])
def test_a_production_brought_down_to_its_rate_has_no_edge_to_report(rate_hz: int, quality: str) -> None:
    assert found(soxr.resample(full_band(4, 96_000), 96_000, rate_hz, quality), rate_hz) is None


@pytest.mark.parametrize("corner_hz", [11_500.0, 15_000.0, 16_000.0, 18_600.0, 20_000.0])
@pytest.mark.parametrize("bits", ["float", "16 bits"])
def test_a_brick_wall_is_told_as_lossy_and_where_it_stands(corner_hz: float, bits: str) -> None:
    signal = low_passed(full_band(5), corner_hz)
    edge = found(signal if bits == "float" else in_16_bits(signal))
    assert edge is not None
    assert edge.cause == "lossy"
    assert edge.edge_hz == pytest.approx(corner_hz + 250.0, abs=250.0)
    assert edge.drop_db >= 20.0


@pytest.mark.parametrize("quality", ["LQ", "MQ", "HQ", "VHQ"])
@pytest.mark.parametrize(
    ("old_rate_hz", "rate_hz"), [(44_100, 48_000), (44_100, 96_000), (48_000, 96_000), (44_100, 192_000)]
)
def test_what_was_brought_up_from_a_lower_rate_ends_below_half_of_it(
    old_rate_hz: int, rate_hz: int, quality: str
) -> None:
    edge = found(soxr.resample(full_band(6, old_rate_hz), old_rate_hz, rate_hz, quality), rate_hz)
    assert edge is not None
    assert edge.cause == "upsampled"
    assert 0.9 < 2 * edge.edge_hz / old_rate_hz <= 1.0


def test_what_a_codec_cut_stays_lossy_at_a_higher_rate() -> None:
    edge = found(soxr.resample(low_passed(full_band(7), 16_000.0), 44_100, 96_000), 96_000)
    assert edge is not None
    assert edge.cause == "lossy"


FFMPEG = shutil.which("ffmpeg") or ""
CODECS = {  # arguments of ffmpeg, suffix, and from where to where the edge may lie
    "MP3 at 128 kbit/s": (("libmp3lame", "-b:a", "128k"), "mp3", (15_900, 17_100)),
    "MP3 at 192 kbit/s": (("libmp3lame", "-b:a", "192k"), "mp3", (18_000, 19_200)),
    "MP3 at 320 kbit/s": (("libmp3lame", "-b:a", "320k"), "mp3", (19_800, 20_500)),
    "AAC at 128 kbit/s": (("aac", "-b:a", "128k"), "m4a", (16_500, 18_500)),
    "Vorbis q3": (("libvorbis", "-q:a", "3"), "ogg", (17_000, 18_500)),
    "Opus at 96 kbit/s": (("libopus", "-b:a", "96k"), "opus", (19_800, 20_300)),
}


@pytest.mark.skipif(not FFMPEG, reason="needs ffmpeg for its codecs")
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("bits", [16, 24])
def test_a_mix_that_went_through_a_codec_is_known(codec: str, bits: int, tmp_path) -> None:
    arguments, suffix, (lowest_hz, highest_hz) = CODECS[codec]
    mix, coded, decoded = tmp_path / "mix.wav", tmp_path / f"coded.{suffix}", tmp_path / "decoded.wav"
    soundfile.write(mix, full_band(8), 44_100, subtype="PCM_24")
    for command in (
        ("-i", mix, "-c:a", *arguments, coded),
        ("-i", coded, "-ar", "44100", "-c:a", f"pcm_s{bits}le", decoded),
    ):
        result = subprocess.run((FFMPEG, "-v", "error", "-nostdin", *command), capture_output=True, check=False)
        if b"Unknown encoder" in result.stderr:
            pytest.skip(f"this ffmpeg has no {arguments[0]}")
        assert result.returncode == 0, result.stderr
    edge = found(soundfile.read(decoded)[0])
    assert edge is not None
    assert edge.cause == "lossy"
    assert lowest_hz <= edge.edge_hz <= highest_hz


@pytest.mark.skipif(not FFMPEG, reason="needs ffmpeg for its resampler")
def test_a_short_filter_that_leaves_images_is_known_for_upsampling(tmp_path) -> None:
    mix, upsampled = tmp_path / "mix.wav", tmp_path / "upsampled.wav"
    soundfile.write(mix, full_band(9), 44_100, subtype="PCM_24")
    command = (FFMPEG, "-v", "error", "-nostdin", "-i", mix, "-ar", "96000", "-c:a", "pcm_s24le", upsampled)
    subprocess.run(command, check=True)
    edge = found(soundfile.read(upsampled)[0], 96_000)
    assert edge is not None
    assert edge.cause == "upsampled"
