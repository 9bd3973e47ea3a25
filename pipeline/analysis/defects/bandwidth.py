"""How high a programme's content really reaches: whether a codec or an old sample rate cut it off.

Music rolls off by a few decibels per kilohertz. A lossy codec's low-pass, or the filter of a resampler, makes it fall
off an edge, with nothing but the noise floor above. That fall is looked for in the long-term spectrum.

Where codecs put the edge was measured: MP3 at 128 to 320 kbit/s 16.0 to 20.2 kHz, AAC at 128 and 192 kbit/s 17.2 to
19.4 kHz, Vorbis q3 17.2 to 18.1 kHz, Opus 20.1 kHz. AAC at 256 kbit/s, MP3 V0 and Vorbis from q6 often cut nothing off.

What it cannot tell: a codec from a steep low-pass of the studio's own, or from an old rate of 32 kHz (15 kHz); an edge
above 20.5 kHz in a 44.1 kHz file, where good resamplers put theirs; 44.1 kHz made 48 kHz with a short filter, which
leaves images where the gap would be; and any edge where the treble is hardly above the noise floor.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Cause = Literal["lossy", "upsampled"]

BAND_HZ = 100.0
BELOW_HZ = 1000.0  # this far below an edge there must be content
QUARTILE = 25.0  # content must be in all but a quarter of the bands: a single tone is no programme that was cut off
SMALLEST_POWER = 1e-13  # of the whole, per bin: under it lie the rounding of the spectrum and the skirts of its windows

EDGE_DB = 10.0  # the edge is where the content has fallen by that
LOWEST_EDGE_HZ = 11_000.0
HIGHEST_LOSSY_EDGE_HZ = 20_500.0
HIGHEST_LOSSY_EDGE = 0.93  # of half the sample rate: above lie the edges of resamplers

STANDARD_RATES_HZ = (44_100, 48_000, 88_200, 96_000)
LOWEST_UPSAMPLED_EDGE = 0.9  # of half the old sample rate: resamplers' edges lie above it; measured 0.93
HIGHEST_IMAGE = 1.17  # of half the old sample rate: a short filter leaves images up to here; measured 1.16
ROOM_FOR_IMAGES = 1.8  # images have room if the new rate is this many times the old

STEEP_FALL_HZ, STEEP_DROP_DB = 600.0, 20.0  # taste: under 20 kHz undamaged music was measured to fall by 8 dB at most
SHORT_FILTER_FALL_HZ, SHORT_FILTER_DROP_DB = 5000.0, 35.0  # taste


@dataclass(frozen=True)
class Bandwidth:
    """Where the content ends, by how much it falls there within how far, and what caused it."""

    edge_hz: float
    drop_db: float
    fall_hz: float
    cause: Cause


def bandwidth(
    powers: NDArray[np.float64], peak_powers: NDArray[np.float64], bin_hz: float, rate_hz: int
) -> Bandwidth | None:
    """The edge of the content; None if the programme fills its band, or rolls off as music does.

    `powers` are the mean and `peak_powers` the greatest powers per bin, both of shape (bins,), bin k reaching from k to
    k + 1 times `bin_hz`, which is at most 50 Hz. The greatest show an edge that the noise of 16 bits hides in the mean.
    """
    spectra_db = [_levels_db(spectrum, bin_hz) for spectrum in (powers, peak_powers)]
    drop_db, edge_hz = max(_edge(levels_db, STEEP_FALL_HZ) for levels_db in spectra_db)
    cause = _cause(edge_hz, rate_hz)
    if drop_db >= STEEP_DROP_DB and cause:
        return Bandwidth(edge_hz, drop_db, STEEP_FALL_HZ, cause)
    drop_db, edge_hz = max(_edge(levels_db, SHORT_FILTER_FALL_HZ) for levels_db in spectra_db)
    if drop_db >= SHORT_FILTER_DROP_DB and _far_upsampled(edge_hz, rate_hz):
        return Bandwidth(edge_hz, drop_db, SHORT_FILTER_FALL_HZ, "upsampled")
    return None


def _cause(edge_hz: float, rate_hz: int) -> Cause | None:
    """What cuts a programme off there; None where its own sample rate may."""
    if _far_upsampled(edge_hz, rate_hz):
        return "upsampled"
    if edge_hz <= min(HIGHEST_LOSSY_EDGE_HZ, HIGHEST_LOSSY_EDGE * rate_hz / 2):
        return "lossy"
    near = any(LOWEST_UPSAMPLED_EDGE * old < 2 * edge_hz <= old < rate_hz for old in STANDARD_RATES_HZ)
    return "upsampled" if near else None


def _far_upsampled(edge_hz: float, rate_hz: int) -> bool:
    """Whether resampling from a much lower standard rate puts an edge there, images and all."""
    old_rates_hz = [old for old in STANDARD_RATES_HZ if rate_hz >= ROOM_FOR_IMAGES * old]
    return any(LOWEST_UPSAMPLED_EDGE * old < 2 * edge_hz <= HIGHEST_IMAGE * old for old in old_rates_hz)


def _edge(levels_db: NDArray[np.float64], fall_hz: float) -> tuple[float, float]:
    """The deepest fall there is from one kilohertz to all that lies `fall_hz` above it: how many dB, and where."""
    fall, below = round(fall_hz / BAND_HZ), round(BELOW_HZ / BAND_HZ)
    edges = np.arange(round(LOWEST_EDGE_HZ / BAND_HZ), len(levels_db) - fall)
    if not len(edges):
        return 0.0, 0.0
    content_db = np.percentile(sliding_window_view(levels_db, below), QUARTILE, axis=1)[edges - below]
    highest_above_db = np.maximum.accumulate(levels_db[::-1])[::-1][edges + fall]
    deepest = int(np.argmax(content_db - highest_above_db))
    still_there = np.flatnonzero(levels_db > content_db[deepest] - EDGE_DB)
    return float(content_db[deepest] - highest_above_db[deepest]), float(BAND_HZ * (still_there[-1] + 1))


def _levels_db(powers: NDArray[np.float64], bin_hz: float) -> NDArray[np.float64]:
    """Mean power per bin of each band of 100 Hz, in dB re the power of the whole."""
    starts = np.round(np.arange(0.0, len(powers) * bin_hz, BAND_HZ) / bin_hz).astype(np.intp)
    starts = starts[starts < len(powers)]
    means = np.add.reduceat(powers, starts) / np.diff([*starts, len(powers)])
    levels_db: NDArray[np.float64] = 10.0 * np.log10(np.maximum(means / max(powers.sum(), 1e-300), SMALLEST_POWER))
    return levels_db
