"""A stretch encoded and decoded: peaks, places and noise as they are, held against what is computed by hand."""

from functools import partial

import numpy as np
import pytest

from formats.codecs import decoded, encode_exact
from pipeline.dsp.decibels import amplitude, decibels
from pipeline.processors.dips import HOPS_PER_S
from pipeline.rendering.codecs.reading import Stretch, codec_rate_hz, read_codecs
from profiles.codecs import codec_named
from tests.support.music import music
from tests.support.true_peak_reference import true_peak_dbtp

BITS = 24
FULL = 2.0 ** (BITS - 1)


def programme(seconds=6.0, rate_hz=44100):
    sound = music(seconds, rate_hz, seed=4, tilt=0.5)
    return np.round(sound / np.abs(sound).max() * 0.88 * FULL).astype(np.int32)


def finished(samples, start, stop):
    for first in range(start, stop, 10_000):
        yield samples[first : min(first + 10_000, stop)]


def read(samples, stretch, names, folder, highest_dbtp=-1.06, advance=lambda _: None):
    codecs = tuple(map(codec_named, names))
    return read_codecs(
        partial(finished, samples), BITS, stretch, codecs, amplitude(highest_dbtp), folder, advance
    )  # fmt: skip


def by_hand(samples, codec, rate_hz, folder):
    """The same encoded and decoded without the code that is tested."""
    raw = folder / "by-hand.raw"
    (samples.astype("<i4") << (32 - BITS)).tofile(raw)
    (path,) = encode_exact(raw, rate_hz, [codec], folder).values()
    return np.concatenate(list(decoded(path, codec.kind)))[: len(samples)].astype(np.float64)


@pytest.mark.parametrize("name", ["aac-128", "mp3-320", "vorbis-q5"])
def test_peak_places_and_noise_are_those_of_the_decoded_sound(name, tmp_path):
    samples, codec = programme(), codec_named(name)
    stretch = Stretch(50_000, 250_000, 44100)
    found = read(samples, stretch, [name], tmp_path)[codec]
    assert list(tmp_path.iterdir()) == []
    heard = by_hand(samples[stretch.start : stretch.stop], codec, 44100, tmp_path)
    assert found.true_peak_dbtp == pytest.approx(true_peak_dbtp(heard), abs=0.01)
    for frame, peak in zip(found.frames, found.peaks, strict=True):
        assert decibels(float(peak)) > -1.06
        assert true_peak_dbtp(heard[frame - stretch.start - 60 : frame - stretch.start + 60]) > -1.06 - 0.05
    added = heard - samples[stretch.start : stretch.stop] / FULL
    hops = np.arange(stretch.start, stretch.stop) * HOPS_PER_S // 44100
    assert found.first_hop == hops[0]
    for hop in (0, 100, len(found.noise) - 2):
        within = added[hops == hops[0] + hop]
        assert found.noise[hop] == pytest.approx(np.sqrt((within**2).mean(axis=0).max()), rel=1e-6)


def test_opus_is_heard_at_its_own_rate_and_told_in_samples_of_the_programme(tmp_path):
    samples = programme()
    click = 120_000
    samples[click : click + 40] = round(0.88 * FULL)
    stretch = Stretch(44_100, 220_500, 44100)
    (found,) = read(samples, stretch, ["opus-128"], tmp_path, highest_dbtp=-1.2).values()
    assert len(found.frames)
    assert stretch.start <= found.frames.min() <= found.frames.max() < stretch.stop
    assert np.abs(found.frames - click).min() < 60
    assert len(found.noise) == stretch.stop * HOPS_PER_S // 44100 - found.first_hop + 1


@pytest.mark.parametrize(
    ("codec", "rate_hz", "expected_hz"),
    [
        ("aac-256", 44100, 44100),
        ("aac-256", 48000, 48000),
        ("mp3-320", 88200, 44100),
        ("vorbis-q5", 96000, 48000),
        ("aac-128", 176400, 44100),
        ("mp3-v0", 192000, 48000),
        ("opus-128", 44100, 48000),
        ("opus-128", 96000, 48000),
    ],
)
def test_masters_of_high_rates_are_encoded_at_half_or_a_quarter_of_them(codec, rate_hz, expected_hz):
    assert codec_rate_hz(codec_named(codec), rate_hz) == expected_hz


def test_a_master_at_96_khz_is_brought_down_first(tmp_path):
    samples = programme(2.0, 96000)
    found = read(samples, Stretch(0, len(samples), 96000), ["mp3-320", "opus-128"], tmp_path)
    for each in found.values():
        assert each.true_peak_dbtp == pytest.approx(decibels(0.88), abs=1.0)
        assert len(each.noise) == 2 * HOPS_PER_S + 1


def test_whoever_stops_it_is_heeded_and_nothing_is_left_at_work(tmp_path):
    def stop(_):
        raise KeyboardInterrupt

    samples = programme(20.0)
    with pytest.raises(KeyboardInterrupt):
        read(samples, Stretch(0, len(samples), 44100), ["aac-256"], tmp_path, advance=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["44100.raw"]  # the folder is the caller's to remove


def test_what_is_shorter_than_a_frame_of_the_codec_is_read_as_well(tmp_path):
    samples = programme(1.0)
    found = read(samples, Stretch(0, 100, 44100), ["aac-256", "mp3-320", "vorbis-q5", "opus-128"], tmp_path)
    assert len(found) == 4
