"""Whether music runs on from one mix into the next: two files cut from one performance, or one sound after another.

Where a performance is cut, the next samples are as predictable across the border as anywhere else: linear prediction
fitted on either side errs no more there than within (J. Makhoul, "Linear prediction: a tutorial review", Proc. IEEE
63(4), 1975). This is tested in three octave ranges, forwards and backwards, in each channel, and for the best gain,
since a level may change between two mixes. Noise, such as applause, is never predictable; so the spectra beside the
border must differ no more than they do from moment to moment. A cut may lie in a rest of the music, whose strings ring
on so steadily that they pass for a noise floor: it counts where what is left is loud, and tones. All thresholds are
taste, tried on synthesised and real music.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.analysis.edges.band_envelope import sound
from pipeline.analysis.edges.beginnings import Beginning
from pipeline.analysis.edges.endings import Ending
from pipeline.analysis.edges.onsets import attacks_s
from pipeline.dsp.decibels import amplitude
from pipeline.dsp.types import Block, Floats
from pipeline.intake.mixes import Stretch
from pipeline.processors.resampling import resample, resampled_length

BESIDE_S = 3.0  # this much of each mix is looked at
SPANS = ((1, 1600), (4, 1200), (16, 600))  # frames at 44.1 kHz that are averaged to one, and how many of these
ORDER = 32
FIRST = 4  # the error is taken over this many samples across the border
STILL = amplitude(-80.0)  # a channel that moves less is silent
LARGEST_CHANGE_DB = 4.0  # the level may change by this much from mix to mix
PREDICTED = amplitude(-40.0)  # of the sound: an error as small counts as none, for equalisers differ
LARGEST_ERROR = 3.0  # prediction may err this many times as much at the border as within
MOMENT_S = 0.25
THIRDS_HZ = 100.0 * 2.0 ** (np.arange(24) / 3.0)
LARGEST_DIFFERENCE = 1.25  # spectra may differ this many times as much as moments of one mix do
SLACK_DB = 1.0  # is added to what the spectra may differ by
SOON_S = 0.03
REST_S, LEAST_RINGING_DBFS = 0.5, -50.0  # a rest before the border lasts no longer; no usable mix has a floor as loud
RINGING = amplitude(-20.0)  # of what rings: prediction errs by no more; on hum with its hiss it errs further
BESIDE_BORDER_S, SOFT_DBFS = 0.05, -45.0
DIP_S, BY_DIP_S, DIP = 0.001, 0.06, amplitude(-15.0) ** 2  # a dip's first moment is this weak beside those near it


@dataclass(frozen=True)
class _Guess:
    """The errors of a prediction across the border: what the known side gives, what a factor on the other adds, and the
    usual error within, also as a share of the known side's deviation.
    """

    known: Floats
    added: Floats
    usual: float
    share: float
    is_forward: bool

    def error(self, gain: float) -> float:
        """How many times the usual the error is if the entering mix is changed by this factor."""
        factor = gain if self.is_forward else 1.0 / gain
        return float(np.sqrt(np.mean((self.known + factor * self.added) ** 2))) / self.usual


def runs_on(leaving: Stretch, entering: Stretch, ends: Ending, begins: Beginning) -> bool:
    """Whether the two, of any rates, are one performance: the music, or the crowd, goes on across the border.

    `ends` and `begins` are how the one ends and the other begins. Raises Refusal when a file breaks off.
    """
    if not _sounds_at_border(leaving, entering, ends, begins):
        return False
    rate_hz = leaving.mix.rate_hz
    out, into = _last(leaving), _first(entering, rate_hz)
    rests = ends.audible < leaving.stop - leaving.start or _is_soft(out, into, rate_hz)
    if rests and not _rings(out, into, rate_hz):
        return False
    if _dips(out[::-1], rate_hz) and _dips(into, rate_hz):
        return False
    same_rate = entering.mix.rate_hz == rate_hz
    return _is_predicted(out, into, rate_hz, same_rate) and _is_alike(out, into, rate_hz)


def attacks_at_border(leaving: Stretch, entering: Stretch) -> tuple[tuple[float, float], ...]:
    """From when to when, in seconds from the border (negative: in the leaving mix), an attack rises, between -0.2 and
    0.2, to whole milliseconds: no mark may be placed inside one.
    """
    rate_hz = leaving.mix.rate_hz
    return attacks_s(_last(leaving), _first(entering, rate_hz), rate_hz)


def _last(stretch: Stretch) -> Block:
    length = stretch.stop - stretch.start
    return sound(stretch, max(0, length - round(BESIDE_S * stretch.mix.rate_hz)), length)


def _first(stretch: Stretch, rate_hz: int) -> Block:
    """The first seconds at the rate of the mix before."""
    own_hz = stretch.mix.rate_hz
    frames = min(stretch.stop - stretch.start, round(BESIDE_S * own_hz))
    blocks = iter([sound(stretch, 0, frames)])
    resampled = np.concatenate([np.zeros((0, 2)), *resample(blocks, own_hz, rate_hz, frames)])
    return resampled[: resampled_length(frames, own_hz, rate_hz)]


def _sounds_at_border(leaving: Stretch, entering: Stretch, ends: Ending, begins: Beginning) -> bool:
    """Whether music, not its noise floor, may be heard on both sides up to the border, and no fade has been drawn."""
    rest = leaving.stop - leaving.start - ends.audible
    is_loud = ends.floor_dbfs > LEAST_RINGING_DBFS and rest <= REST_S * leaving.mix.rate_hz
    into_it = ends.kind not in ("fade", "silence") and (not rest or is_loud)
    return into_it and begins.kind in ("sound", "attack") and begins.audible <= SOON_S * entering.mix.rate_hz


def _is_soft(out: Block, into: Block, rate_hz: int) -> bool:
    """Whether what sounds on either side of the border may be only a tape's hiss, which two songs may share."""
    beside = round(BESIDE_BORDER_S * rate_hz)
    levels = [float(np.mean(np.square(part))) for part in (out[-beside:], into[:beside]) if len(part)]
    return max(levels, default=0.0) < amplitude(SOFT_DBFS) ** 2


def _rings(out: Block, into: Block, rate_hz: int) -> bool:
    """Whether in some channel nothing but tones sounds on both sides of the border."""
    count, length = SPANS[0]
    shares = [guess.share for guess in _guesses(out, into, max(1, round(count * rate_hz / 44100)), length)]
    return any(max(pair) <= RINGING for pair in zip(shares[::2], shares[1::2], strict=True))


def _dips(frames: Block, rate_hz: int) -> bool:
    """Whether the sound comes out of next to nothing at its first frame: a hand has drawn a short fade there.

    Music that is cut apart has its own level on one side of the border at least. A low note is zero for a moment
    twice in each period, but then it moves the fastest.
    """
    still = frames[: round(BY_DIP_S * rate_hz)] - frames.mean(axis=0)
    return max(_first_of_most(each, round(DIP_S * rate_hz)) for each in (still, np.diff(still, axis=0))) < DIP


def _first_of_most(frames: Block, step: int) -> float:
    """The power of the first `step` frames as a share of the most that any have; 1 where there are none."""
    powers = [float(np.mean(frames[start : start + step] ** 2)) for start in range(0, len(frames), step)]
    return powers[0] / max(powers) if powers and max(powers) > 0.0 else 1.0


def _is_predicted(out: Block, into: Block, rate_hz: int, same_rate: bool) -> bool:
    """Whether neither side errs at the border more than it does within, at one gain for all."""
    spans = [list(_guesses(out, into, max(1, round(count * rate_hz / 44100)), length)) for count, length in SPANS]
    # Resampling a cut mix rings at its very edge, too briefly for the lower ranges.
    heard = [guesses for guesses in (spans if same_rate else spans[1:]) if guesses]
    if not heard:
        return False
    gains = [1.0, *(_best_gain(guesses) for guesses in heard)]
    return min(max(_mean_error(guesses, gain) for guesses in heard) for gain in gains) <= LARGEST_ERROR


def _guesses(out: Block, into: Block, count: int, length: int) -> Iterator[_Guess]:
    """Predictions in both directions in each channel that sounds, of means of `count` frames on either side."""
    for channel in range(2):
        one = _means(out[len(out) % count :, channel], count)[-length:]
        other = _means(into[:, channel], count)[:length]
        enough = min(len(one), len(other)) >= 3 * ORDER
        if enough and float(np.ptp(one)) > STILL and float(np.ptp(other)) > STILL:
            yield _guess(one, other, is_forward=True)
            yield _guess(other[::-1], one[::-1], is_forward=False)


def _means(frames: Floats, count: int) -> Floats:
    means: Floats = frames[: len(frames) // count * count].reshape(-1, count).mean(axis=1)
    return means


def _guess(known: Floats, unknown: Floats, *, is_forward: bool) -> _Guess:
    """How a linear prediction that is fitted on `known` (covariance method) errs where `unknown` goes on from it."""
    known, unknown = known - known.mean(), unknown - known.mean()
    past = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(known, ORDER)[:-1, ::-1])
    products = past.T @ past
    products[np.diag_indices(ORDER)] += 1e-7 * np.trace(products) / ORDER + 1e-20
    taps = np.concatenate(([1.0], -np.linalg.solve(products, past.T @ known[ORDER:])))
    within = np.convolve(known, taps)[ORDER : len(known)]
    before = np.concatenate((known[-ORDER:], np.zeros(FIRST)))
    after = np.concatenate((np.zeros(ORDER), unknown[:FIRST]))
    across = slice(ORDER, ORDER + FIRST)
    share = float(np.sqrt(np.mean(within**2))) / float(known.std())
    usual = max(share, PREDICTED) * float(known.std())
    return _Guess(np.convolve(before, taps)[across], np.convolve(after, taps)[across], usual, share, is_forward)


def _best_gain(guesses: list[_Guess]) -> float:
    """The factor on the entering mix at which the forward predictions err least, within bounds."""
    forward = [guess for guess in guesses if guess.is_forward]
    energy = sum(float(np.vdot(guess.added, guess.added)) / guess.usual**2 for guess in forward)
    product = sum(float(np.vdot(guess.known, guess.added)) / guess.usual**2 for guess in forward)
    bound = amplitude(LARGEST_CHANGE_DB)
    return min(max(-product / energy, 1.0 / bound), bound) if energy else 1.0


def _mean_error(guesses: list[_Guess], gain: float) -> float:
    """The geometric mean of the errors."""
    return float(np.exp(np.mean([np.log(guess.error(gain) + 1e-3) for guess in guesses])))


def _is_alike(out: Block, into: Block, rate_hz: int) -> bool:
    """Whether the spectra beside the border differ no more than those of neighbouring moments on either side."""
    moment = round(MOMENT_S * rate_hz)
    before = [_thirds_db(out[stop - moment : stop], rate_hz) for stop in range(len(out), moment - 1, -moment)]
    after = [_thirds_db(into[start : start + moment], rate_hz) for start in range(0, len(into) - moment + 1, moment)]
    if not before or not after:
        return True
    pairs = [*pairwise(before), *pairwise(after)]
    usual_db = max((float(np.mean(np.abs(one - other))) for one, other in pairs), default=0.0)
    border_db = float(np.mean(np.abs(before[0] - after[0])))
    return border_db <= LARGEST_DIFFERENCE * usual_db + SLACK_DB


def _thirds_db(frames: Block, rate_hz: int) -> Floats:
    """The levels of both channels in thirds of an octave, none under -100 dBFS."""
    taper = np.hanning(len(frames))[:, np.newaxis]
    spectrum = np.abs(np.fft.rfft((frames - frames.mean(axis=0)) * taper, axis=0)) ** 2
    edges = np.searchsorted(np.fft.rfftfreq(len(frames), 1.0 / rate_hz), THIRDS_HZ)
    powers = np.add.reduceat(spectrum, edges, axis=0)[:-1] * 2.0 / (len(frames) * np.sum(taper**2))
    levels: Floats = 10.0 * np.log10(np.maximum(powers, 1e-10)).ravel()
    return levels
