"""How well each side of a border foresees the other, in three octave ranges: by linear prediction.

J. Makhoul, "Linear prediction: a tutorial review", Proc. IEEE 63(4), 1975. A side's errors are measured in its usual
error just before the border. What lies under 25 Hz counts for nothing: no note is as low, and a rumble that is strong
and moves slowly makes all that sounds above it look foreseen. All thresholds are taste, tried on synthesised and real
music.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, lfilter, lfilter_zi

from pipeline.dsp.decibels import amplitude
from pipeline.dsp.types import Block, Floats

SPANS = ((1, 1600), (4, 1200), (16, 600))  # frames at 44.1 kHz that are averaged to one, and how many of these
NEAR_S = 0.5  # so much of a side holds the longest span, after a high-pass has settled
ORDER = 32
FIRST = 4  # the error is taken over this many samples across the border
LATEST = 64  # the usual error is that of this many samples before the border: quiet moments show less of it
LOWEST_HZ = 25.0
BLUR_HZ, LEAST_ABOVE = 4.0, 0.1  # a tone is blurred by so much; with less than this share above, a channel is silent
STILL = amplitude(-80.0)  # a channel that moves less is silent
LARGEST_CHANGE_DB = 4.0  # the level may change by this much from mix to mix
PREDICTED = amplitude(-40.0)  # of the sound: an error as small counts as none, for equalisers differ
LEAST = 1e-3  # is added to each error, for a mean of logarithms


@dataclass(frozen=True)
class _Predictor:
    """A prediction of one span of one channel, up to the border.

    `taps` give its errors, `ahead` those of silence after the border, and `usual` the root of the mean square of those
    before it; `share` is that of the whole span as a share of the sound's deviation.
    """

    taps: Floats
    ahead: Floats
    usual: float
    share: float


@dataclass(frozen=True)
class Side:
    """What sounds on one side of a border, and the predictors that are fitted on it.

    `edge` runs from the border; its offset is `mean`. Predictors are by span and by channel, None where it is silent.
    """

    rate_hz: int
    edge: Block
    mean: Floats
    predictors: tuple[tuple[_Predictor | None, ...], ...]

    @property
    def shares(self) -> tuple[float | None, ...]:
        """For each channel that sounds, how much of it is not foreseen at full rate."""
        return tuple(found.share if found else None for found in self.predictors[0])


@dataclass(frozen=True)
class _Guess:
    """The errors of a prediction across the border, in its usual error: what the known side gives, and what a factor on
    the other adds.
    """

    known: Floats
    added: Floats
    is_forward: bool

    def error(self, gain: float) -> float:
        """How many times the usual the error is if the entering mix is changed by this factor."""
        factor = gain if self.is_forward else 1.0 / gain
        return float(np.sqrt(np.mean((self.known + factor * self.added) ** 2)))


def side(frames: Block, rate_hz: int) -> Side:
    """The side of a border whose `frames` run towards it: the entering mix is handed in backwards."""
    near = frames[-round(NEAR_S * rate_hz) :]
    mean = near.mean(axis=0) if len(near) else np.zeros(2)
    moving, silence = _high_passed(near - mean, rate_hz, _frames_of(rate_hz)[-1] * FIRST)
    moving[:, _share_above(moving, rate_hz) < LEAST_ABOVE] = 0.0
    spans = zip(_frames_of(rate_hz), SPANS, strict=True)
    predictors = tuple(
        tuple(_predictor(moving[:, channel], silence[:, channel], count, length) for channel in range(2))
        for count, (_, length) in spans
    )
    return Side(rate_hz, near[::-1], mean, predictors)


def error_across(leaving: Side, entering: Side, *, is_same_rate: bool) -> float:
    """How many times the usual each of two sides errs about the other, in the worst range, at one gain for all.

    Infinite where no channel sounds on both sides.
    """
    spans = [list(_guesses(leaving, entering, span)) for span in range(len(SPANS))]
    # Resampling a cut mix rings at its very edge, too briefly for the lower ranges.
    heard = [guesses for guesses in (spans if is_same_rate else spans[1:]) if guesses]
    gains = [1.0, *(_best_gain(guesses) for guesses in heard)]
    return min(max((_mean_error(guesses, gain) for guesses in heard), default=np.inf) for gain in gains)


def _frames_of(rate_hz: int) -> list[int]:
    return [max(1, round(count * rate_hz / 44100)) for count, _ in SPANS]


def _high_passed(frames: Block, rate_hz: int, ahead: int) -> tuple[Block, Block]:
    """The frames without what is lowest, and what the filter gives in `ahead` frames of silence after them."""
    if not len(frames):
        return frames, np.zeros((ahead, 2))
    b, a = butter(2, LOWEST_HZ, "highpass", fs=rate_hz)
    moving, state = lfilter(b, a, frames, axis=0, zi=lfilter_zi(b, a)[:, np.newaxis] * frames[:1])
    return moving, lfilter(b, a, np.zeros((ahead, 2)), axis=0, zi=state)[0]


def _share_above(moving: Block, rate_hz: int) -> Floats:
    """What share of each channel's power lies over LOWEST_HZ: a high-pass leaves some of a tone under it."""
    if not len(moving):
        return np.zeros(2)
    powers = np.abs(np.fft.rfft(moving * np.hanning(len(moving))[:, np.newaxis], axis=0)) ** 2
    first = int(np.ceil((LOWEST_HZ + BLUR_HZ) * len(moving) / rate_hz))
    return np.asarray(powers[first:].sum(axis=0) / np.maximum(powers.sum(axis=0), 1e-300))


def _predictor(frames: Floats, silence: Floats, count: int, length: int) -> _Predictor | None:
    """A linear prediction (covariance method) of means of `count` frames; None where there are few, or it is silent."""
    known = _means(frames[len(frames) % count :], count)[-length:]
    if len(known) < 3 * ORDER or float(np.ptp(known)) <= STILL:
        return None
    past = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(known, ORDER)[:-1, ::-1])
    products = past.T @ past
    products[np.diag_indices(ORDER)] += 1e-7 * np.trace(products) / ORDER + 1e-20
    taps = np.concatenate(([1.0], -np.linalg.solve(products, past.T @ known[ORDER:])))
    within, deviation = np.convolve(known, taps)[ORDER : len(known)], float(known.std())
    latest = max(_root_mean_square(within[-LATEST:]), PREDICTED * float(known[-LATEST:].std()))
    usual = max(latest, 1e-4 * PREDICTED * deviation)
    ahead = np.concatenate((known[-ORDER:], _means(silence, count)[:FIRST]))
    return _Predictor(taps, _first(ahead, taps) / usual, usual, _root_mean_square(within) / deviation)


def _means(frames: Floats, count: int) -> Floats:
    means: Floats = frames[: len(frames) // count * count].reshape(-1, count).mean(axis=1)
    return means


def _root_mean_square(samples: Floats) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def _first(samples: Floats, taps: Floats) -> Floats:
    """The errors of the first samples after those that the taps start from."""
    errors: Floats = np.convolve(samples, taps)[ORDER : ORDER + FIRST]
    return errors


def _guesses(leaving: Side, entering: Side, span: int) -> Iterator[_Guess]:
    """Predictions in both directions in each channel that sounds on both sides."""
    count = _frames_of(leaving.rate_hz)[span]
    for channel in range(2):
        one, other = leaving.predictors[span][channel], entering.predictors[span][channel]
        if one and other:
            yield _guess(leaving, one, entering, (count, channel), is_forward=True)
            yield _guess(entering, other, leaving, (count, channel), is_forward=False)


def _guess(known: Side, predictor: _Predictor, unknown: Side, place: tuple[int, int], *, is_forward: bool) -> _Guess:
    """How a side's predictor errs where another side goes on from it."""
    count, channel = place
    after = unknown.edge[: count * FIRST, channel] - known.mean[channel]
    moving = lfilter(*butter(2, LOWEST_HZ, "highpass", fs=known.rate_hz), after)
    added = _first(np.concatenate((np.zeros(ORDER), _means(moving, count))), predictor.taps)
    return _Guess(predictor.ahead, added / predictor.usual, is_forward)


def _best_gain(guesses: list[_Guess]) -> float:
    """The factor on the entering mix at which the forward predictions err least, within bounds."""
    forward = [guess for guess in guesses if guess.is_forward]
    energy = sum(float(np.vdot(guess.added, guess.added)) for guess in forward)
    product = sum(float(np.vdot(guess.known, guess.added)) for guess in forward)
    bound = amplitude(LARGEST_CHANGE_DB)
    return min(max(-product / energy, 1.0 / bound), bound) if energy else 1.0


def _mean_error(guesses: list[_Guess], gain: float) -> float:
    """The geometric mean of the errors."""
    return float(np.exp(np.mean([np.log(guess.error(gain) + LEAST) for guess in guesses])))
