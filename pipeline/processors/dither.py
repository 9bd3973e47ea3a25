"""Quantise to 16 or 24 bits once, at the very end: dithered, noise-shaped if wished, never by truncation.

Dither is triangular, two least significant bits wide, which makes the error's mean and power independent of the signal
(Lipshitz, Wannamaker, Vanderkooy, "Quantization and Dither: A Theoretical Survey", JAES 40(5), 1992). A shaper feeds
its error e back, v = x - sum c_k e[n-k], y = round(v + dither), e = y - v: the noise is shaped by 1 - sum c_k z^-k.
By the theorem of Gerzon and Craven ("Optimal Noise Shaping and Dither of Digital Signals", AES preprint 2822, 1989)
what it takes out in decibels where the ear is keen it adds elsewhere.

Random numbers are SplitMix64's (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014):
integers only, hence the same on every machine, and one a frame and channel, hence the same for any block size.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.dsp.types import Block

Integers = NDArray[np.int32]
Spans = Sequence[tuple[int, int]]
"""From which frame up to which, each."""

ORDER = 9  # of the error feedback: a shorter shaper has zeros before its oldest term, and the kernel unrolls its loop
NO_SOUND = 2.0**-24  # half a step of 24 bits: what filters leave behind, long after a sound
CLIPPED_ERROR = 1.0  # least significant bits a clipped sample may feed back: without a bound the loop runs away

GAMMA = np.uint64(0x9E3779B97F4A7C15)  # SplitMix64: the step of the counter
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
S27, S30, S31, S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
LOW_HALF = np.uint64(0xFFFFFFFF)
HALF_SCALE = 2.0**-32


@dataclass(frozen=True)
class Shaper:
    """How a quantiser spreads its error: width of dither, error feedback c_1, c_2, ..., and who published it."""

    dither_lsb: float
    coefficients: tuple[float, ...]
    source: str


# Coefficients as SoX carries them (dither.c). They are for 44.1 kHz, and near enough for 48 kHz: at other rates the
# dip in the noise would lie elsewhere than the ear's.
SHAPERS: Mapping[str, Shaper] = MappingProxyType(
    {
        "none": Shaper(0.0, (), "rounding alone"),
        "tpdf": Shaper(1.0, (), "Lipshitz, Wannamaker, Vanderkooy, JAES 40(5), 1992"),
        "lipshitz-5": Shaper(
            1.0,
            (2.033, -2.165, 1.959, -1.590, 0.6149),
            "Lipshitz, Vanderkooy, Wannamaker, Minimally Audible Noise Shaping, JAES 39(11), 1991",
        ),
        "f-weighted-9": Shaper(
            1.0,
            (2.412, -3.370, 3.937, -4.174, 3.353, -2.205, 1.281, -0.569, 0.0847),
            "Wannamaker, Psychoacoustically Optimal Noise Shaping, JAES 40(7/8), 1992",
        ),
        "modified-e-9": Shaper(
            1.0,
            (1.662, -1.263, 0.4827, -0.2913, 0.1268, -0.1124, 0.03252, -0.01265, -0.03524),
            "Lipshitz, Vanderkooy, Wannamaker, Minimally Audible Noise Shaping, JAES 39(11), 1991",
        ),
        "improved-e-9": Shaper(
            1.0,
            (2.847, -4.685, 6.214, -7.184, 6.639, -5.032, 3.263, -1.632, 0.4191),
            "Lipshitz, Vanderkooy, Wannamaker, Minimally Audible Noise Shaping, JAES 39(11), 1991",
        ),
    }
)


def seed_from(*parts: bytes | str) -> int:
    """A seed of 64 bits from content: SHA-256 over the parts, each behind its length; text counts as UTF-8."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return int.from_bytes(digest.digest()[:8], "big")


def largest_error(bits: int, shape: str) -> float:
    """How far a sample can end from where it was, 1.0 being full scale, unless it was clipped."""
    shaper = SHAPERS[shape]
    at_once_lsb = 0.5 + shaper.dither_lsb
    return at_once_lsb * (1.0 + sum(map(abs, shaper.coefficients))) / float(2 ** (bits - 1))


def quantise(
    blocks: Iterator[Block], bits: int, shape: str, seed: int, *, blank: Spans = (), alike: Spans = (), start: int = 0
) -> Iterator[Integers]:
    """Blocks of shape (frames, channels), 1.0 = full scale, as integers of `bits` bits in the low end of an int32.

    `shape` names one of SHAPERS. Full scale is 2^(bits-1); what is beyond the largest integer is clipped. Every channel
    has a generator of its own, seeded from `seed` and its number. Frames in the spans `blank` are zero where no channel
    has sound. Within the spans `alike`, in order, frames whose two samples are equal stay so: mono gets one noise, and
    not two. The first frame of `blocks` is frame `start` of the programme that the spans are of, and is quantised as it
    is there. Raises ValueError for bits outside 8 to 24, an unknown shape, and one whose errors are fed back where
    `start` is not 0: all that came before has a part in it.
    """
    if not 8 <= bits <= 24:
        raise ValueError(f"bits is {bits}, expected 8 to 24")
    if shape not in SHAPERS:
        raise ValueError(f"shape is {shape!r}, expected one of {', '.join(SHAPERS)}")
    if start and SHAPERS[shape].coefficients:
        raise ValueError(f"shape {shape!r} feeds its errors back: it begins at frame 0, found {start}")
    return _quantised(_parted(blocks, alike, start), float(2 ** (bits - 1)), SHAPERS[shape], seed, blank, start)


def _parted(blocks: Iterator[Block], spans: Spans, start: int) -> Iterator[tuple[Block, bool]]:
    """The blocks, the first of which begins at frame `start`, cut at spans' edges, and whether each lies in one."""
    position = start
    for block in blocks:
        end, start = position + len(block), position
        for first, last in spans:
            first, last = max(first, start), min(last, end)
            if first < last:
                if start < first:
                    yield block[start - position : first - position], False
                yield block[first - position : last - position], True
                start = last
        if start < end or not len(block):
            yield block[start - position :], False
        position = end


def _quantised(
    blocks: Iterator[tuple[Block, bool]], full_scale: float, shaper: Shaper, seed: int, blank: Spans, start: int
) -> Iterator[Integers]:
    feedback, position = np.zeros(ORDER), start
    feedback[ORDER - len(shaper.coefficients) :] = shaper.coefficients[::-1]
    counters: NDArray[np.uint64] | None = None
    for block, alike in blocks:
        if counters is None:
            seeds = [seed_from(str(seed), str(channel)) + int(GAMMA) * start for channel in range(block.shape[1])]
            counters = np.array([each % 2**64 for each in seeds], dtype=np.uint64)
            past = np.zeros((ORDER, block.shape[1]))
        quantised = np.empty(block.shape, dtype=np.int32)
        if shaper.coefficients:
            errors = np.concatenate((past, np.empty(block.shape)))
            _shape(block, full_scale, shaper.dither_lsb, feedback, counters, errors, quantised, alike)
            past = errors[len(block) :]
        else:
            _round(block, full_scale, shaper.dither_lsb, counters, quantised)
            if alike:
                quantised[:, 1] = np.where(block[:, 0] == block[:, 1], quantised[:, 0], quantised[:, 1])
        _silence(quantised, block, [(first - position, last - position) for first, last in blank])
        position += len(block)
        yield quantised


def _silence(quantised: Integers, block: Block, blank: Sequence[tuple[int, int]]) -> None:
    """Zero in place of dither in the spans `blank` wherever `block` has no sound; shaping goes on beneath it."""
    for start, stop in blank:
        within = slice(max(start, 0), max(stop, 0))
        still = np.abs(block[within]).max(axis=1, initial=0.0) < NO_SOUND
        quantised[within][still] = 0


@njit(cache=True, nogil=True)
def _triangular(counter):  # type: ignore[no-untyped-def]
    """SplitMix64's output for a counter, its two halves subtracted: triangular between -1 and 1, mean zero."""
    word = (counter ^ (counter >> S30)) * MIX_1
    word = (word ^ (word >> S27)) * MIX_2
    word ^= word >> S31
    return (np.float64(word >> S32) - np.float64(word & LOW_HALF)) * HALF_SCALE


@njit(cache=True, nogil=True)
def _round(block, full_scale, dither_lsb, counters, out):  # type: ignore[no-untyped-def]
    for channel in range(block.shape[1]):
        counter = counters[channel]
        for n in range(block.shape[0]):
            counter += GAMMA
            value = np.rint(block[n, channel] * full_scale + dither_lsb * _triangular(counter))
            out[n, channel] = np.int32(min(max(value, -full_scale), full_scale - 1.0))
        counters[channel] = counter


@njit(cache=True, nogil=True)
def _shape(block, full_scale, dither_lsb, feedback, counters, errors, out, alike):  # type: ignore[no-untyped-def]
    for n in range(block.shape[0]):
        for channel in range(block.shape[1]):
            counters[channel] += GAMMA
            wanted = block[n, channel] * full_scale
            for k in range(ORDER):
                wanted -= feedback[k] * errors[n + k, channel]
            value = np.rint(wanted + dither_lsb * _triangular(counters[channel]))
            kept = min(max(value, -full_scale), full_scale - 1.0)
            error = kept - wanted
            if kept != value:
                error = min(max(error, -CLIPPED_ERROR), CLIPPED_ERROR)
            errors[n + ORDER, channel] = error
            out[n, channel] = np.int32(kept)
        if alike and block[n, 0] == block[n, 1]:
            errors[n + ORDER, 1] = errors[n + ORDER, 0]
            out[n, 1] = out[n, 0]
