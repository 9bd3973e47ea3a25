"""Whether music runs on from one mix into the next: two files cut from one performance, or one sound after another.

Where a performance is cut, the next samples are as predictable across the border as anywhere else: each side foresees
the other as well as itself, at the best gain, since a level may change between two mixes. Where two pieces only happen
to meet, other places of either would be foreseen as well; so that this border stands out is asked of 32 of them. Noise,
such as applause, is foreseen nowhere, so nothing stands out of it; and everywhere the spectra beside the border must
differ no more than they do from moment to moment. A cut may lie in a rest of the music, whose strings ring on so
steadily that they pass for a noise floor: it counts where what is left is loud, and tones. All thresholds are taste,
tried on synthesised and real music.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from pipeline.analysis.edges.band_envelope import sound
from pipeline.analysis.edges.beginnings import Beginning
from pipeline.analysis.edges.endings import Ending
from pipeline.analysis.edges.onsets import attacks_s
from pipeline.analysis.edges.prediction import NEAR_S, Side, error_across, side
from pipeline.dsp.decibels import amplitude, power_decibels
from pipeline.dsp.types import Block, Floats
from pipeline.intake.mixes import Stretch
from pipeline.processors.resampling import resample, resampled_length

BESIDE_S = 3.0  # this much of each mix is looked at
LARGEST_ERROR = 2.75  # prediction may err this many times as much across the border as just before it
PLACES = 16  # as many other starts of the entering mix are asked about, and other ends of the leaving one
LOUDNESS_S, CANDIDATES = 0.2, 32  # they are as loud as the border over this time, as far as so many places are
APART = (5.0**0.5 - 1.0) / 2.0  # of a mix: places as far from each other fall together with no beat
MOST_AS_WELL = 1  # of all these may be foreseen as well as the border
NOISE_ERROR = 2.2  # where half of the places are foreseen with no larger error, any is: it is noise
MOMENT_S = 0.25
THIRDS_HZ = 100.0 * 2.0 ** (np.arange(24) / 3.0)
LARGEST_DIFFERENCE = 1.25  # spectra may differ this many times as much as moments of one mix do
SLACK_DB = 1.0  # is added to what the spectra may differ by
SOON_S = 0.03
REST_S, LEAST_RINGING_DBFS = 0.5, -50.0  # a rest before the border lasts no longer; no usable mix has a floor as loud
RINGING = amplitude(-20.0)  # of what rings: prediction errs by no more; on hum with its hiss it errs further
BESIDE_BORDER_S, SOFT_DBFS = 0.05, -55.0
DIP_S, BY_DIP_S, DIP = 0.001, 0.06, amplitude(-15.0) ** 2  # a dip's first moment is this weak beside those near it
RISEN, AGAIN = 8, 4  # where so many moments after the eighth are nearly as weak, it is the music's own


def runs_on(leaving: Stretch, entering: Stretch, ends: Ending, begins: Beginning) -> bool:
    """Whether the two, of any rates, are one performance: the music, or the crowd, goes on across the border.

    `ends` and `begins` are how the one ends and the other begins. Raises Refusal when a file breaks off.
    """
    if not _sounds_at_border(leaving, entering, ends, begins):
        return False
    rate_hz = leaving.mix.rate_hz
    out, into = _last(leaving), _first(entering, rate_hz)
    sides = side(out, rate_hz), side(into[::-1], rate_hz)
    rests = ends.audible < leaving.stop - leaving.start or _is_soft(out, into, rate_hz)
    if rests and not _rings(*sides):
        return False
    if _dips(out[::-1], rate_hz) and _dips(into, rate_hz):
        return False
    return _is_alike(out, into, rate_hz) and _is_foreseen(leaving, entering, *sides)


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
    return _heard(stretch, 0, min(stretch.stop - stretch.start, round(BESIDE_S * stretch.mix.rate_hz)), rate_hz)


def _heard(stretch: Stretch, start: int, stop: int, rate_hz: int) -> Block:
    """What sounds from its frame `start` up to `stop`, at this rate."""
    own_hz, frames = stretch.mix.rate_hz, stop - start
    blocks = iter([sound(stretch, start, stop)])
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


def _rings(before: Side, after: Side) -> bool:
    """Whether in some channel nothing but tones sounds on both sides of the border."""
    pairs = zip(before.shares, after.shares, strict=True)
    return any(one is not None and other is not None and max(one, other) <= RINGING for one, other in pairs)


def _dips(frames: Block, rate_hz: int) -> bool:
    """Whether the sound comes out of next to nothing at its first frame: a hand has drawn a short fade there.

    Music that is cut apart has its own level on one side of the border at least. A low note is zero for a moment twice
    in each period, but then it moves the fastest; a voice or a drum is as weak again and again. What has an offset may
    be faded to it, or to digital silence.
    """
    near, step = frames[: round(BY_DIP_S * rate_hz)], round(DIP_S * rate_hz)
    still = min((_moments(each, step) for each in (near, near - frames.mean(axis=0))), key=lambda powers: powers[0])
    return all(_rises(powers) for powers in (still, _moments(np.diff(near, axis=0), step)))


def _moments(frames: Block, step: int) -> list[float]:
    """The powers of moments of `step` frames, as shares of the most that any has; 1 where there are none."""
    powers = [float(np.mean(frames[start : start + step] ** 2)) for start in range(0, len(frames), step)]
    most = max(powers, default=0.0)
    return [power / most for power in powers] if most > 0.0 else [1.0]


def _rises(powers: list[float]) -> bool:
    """Whether the first moment is weak as hardly any is later."""
    later = sorted(powers[RISEN:])[:AGAIN]
    return powers[0] < DIP and (len(later) < AGAIN or powers[0] <= later[-1] / 2.0)


def _is_foreseen(leaving: Stretch, entering: Stretch, before: Side, after: Side) -> bool:
    """Whether either side of the border is foreseen from the other, and no other place of either mix as well.

    In noise any place is foreseen as well, as nothing of it is: it stands out nowhere.
    """
    is_same_rate = entering.mix.rate_hz == leaving.mix.rate_hz
    error = error_across(before, after, is_same_rate=is_same_rate)
    if error > LARGEST_ERROR:
        return False
    starts = [error_across(before, place, is_same_rate=is_same_rate) for place in _elsewhere(entering, after)]
    stops = [error_across(place, after, is_same_rate=is_same_rate) for place in _elsewhere(leaving, before, ends=True)]
    is_noise = all(found and float(np.median(found)) <= NOISE_ERROR for found in (starts, stops))
    return is_noise or sum(found <= error for found in starts + stops) <= MOST_AS_WELL


def _elsewhere(stretch: Stretch, like: Side, *, ends: bool = False) -> Iterator[Side]:
    """Other places of a mix at which it might begin, or end: always the same, spread over it, as loud as `like`."""
    rate_hz, near = like.rate_hz, round(NEAR_S * stretch.mix.rate_hz)
    room = stretch.stop - stretch.start - 2 * near
    places = [near + int(room * (number * APART % 1.0)) for number in range(1, CANDIDATES + 1)] if room > 0 else []
    if ends:
        sounds = [_heard(stretch, place - near, place, rate_hz) for place in places]
    else:
        sounds = [_heard(stretch, place, place + near, rate_hz)[::-1] for place in places]
    wanted_db = _level_db(like.edge[::-1], rate_hz)
    sounds.sort(key=lambda frames: abs(_level_db(frames, rate_hz) - wanted_db))
    return (side(frames, rate_hz) for frames in sounds[:PLACES])


def _level_db(frames: Block, rate_hz: int) -> float:
    """The level just before the border."""
    return power_decibels(max(1e-12, float(np.mean(frames[-round(LOUDNESS_S * rate_hz) :] ** 2))))


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
