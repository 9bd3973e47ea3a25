"""What is heard where two mixes meet: placed end to start, or crossfaded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.analysis.edges import Beginning, Ending, attacks_at_border, runs_on
from pipeline.dsp.decibels import power_decibels
from pipeline.dsp.types import Block, Powers
from pipeline.intake.mixes import Stretch
from pipeline.plan.sequence import CrossfadeLaw
from pipeline.processors.fades import correlated_gains, gain_in, gain_out
from pipeline.processors.resampling import resample
from pipeline.system.progress import Advance

WINDOW_S = 0.1  # levels are taken over this time
MOMENTARY = 4  # windows that are heard as one level: they last 0.4 s, as in BS.1770's momentary loudness
AROUND_S = 1.0  # the music this long before and after a crossfade says how loud it should be


@dataclass(frozen=True)
class Transition:
    """How a mix meets the one before it.

    `attacks_s`: from when to when an attack rises near the border, in seconds from it: no mark stands inside one.
    `correlation`: how alike the two are where they overlap, from 0 to 1, where that was measured. `dip_db`: how far the
    level sinks, in a crossfade, under the quieter of what is before and after it.
    """

    runs_on: bool = False
    attacks_s: tuple[tuple[float, float], ...] = ()
    correlation: float | None = None
    dip_db: float = 0.0


def butt_joint(leaving: Stretch, entering: Stretch, ends: Ending, begins: Beginning) -> Transition:
    """The transition of two mixes placed end to start, of which the one ends and the other begins like this."""
    return Transition(runs_on(leaving, entering, ends, begins), attacks_at_border(leaving, entering))


def crossfade(
    leaving: Stretch, entering: Stretch, overlap_s: float, wished: str | None, advance: Advance = lambda _: None
) -> Transition:
    """The transition of two mixes that overlap by `overlap_s`, by the law `wished`; None or "auto" has it measured.

    A correlation under zero counts as zero: a law that boosts against cancellation would lift whatever does not cancel.
    It has two decimals, so that equal albums get equal plans on any machine.
    """
    tail = min(round(overlap_s * leaving.mix.rate_hz), leaving.stop - leaving.start)
    head = min(round(overlap_s * entering.mix.rate_hz), entering.stop - entering.start)
    middle = leaving.stop - tail
    own, other, product = _powers(leaving, entering, tail, head, advance)
    correlation = None
    if wished in (None, "auto"):
        power = float(np.sqrt(own.sum() * other.sum()))
        correlation = round(max(0.0, float(product.sum()) / power), 2) if power else 0.0
    rises = attacks_at_border(Stretch(leaving.mix, leaving.start, middle), Stretch(leaving.mix, middle, leaving.stop))
    around = _power_before(leaving, middle), _power_after(entering, entering.start + head)
    heard = _crossfaded(own, other, product, law_of(wished, correlation), correlation or 0.0)
    whole = min(tail, len(own) * _window(leaving)) // _window(leaving)
    return Transition(attacks_s=rises, correlation=correlation, dip_db=_dip_db(heard[:whole], min(around)))


def law_of(wished: str | None, correlation: float | None) -> CrossfadeLaw:
    """The law of a crossfade: the one that is wished, or else the measured one."""
    if wished == "equal-gain":
        return "equal-gain"
    return "equal-power" if wished == "equal-power" or correlation is None else "correlated"


def _powers(
    leaving: Stretch, entering: Stretch, tail: int, head: int, advance: Advance
) -> tuple[Powers, Powers, Powers]:
    """For each window of an overlap, the power of the one mix, of the other, and what they have in common."""
    rate_hz = leaving.mix.rate_hz
    out = leaving.mix.blocks(leaving.stop - tail, leaving.stop)
    into = entering.mix.blocks(entering.start, entering.start + head)
    into = resample(into, entering.mix.rate_hz, rate_hz, head)
    found = []
    for one, other in _windows(_paired(out, into), _window(leaving)):
        found.append((np.vdot(one, one), np.vdot(other, other), np.vdot(one, other)))
        advance(len(one) / rate_hz)
    own, others, products = np.array(found, np.float64).reshape(-1, 3).T
    return own, others, products


def _window(stretch: Stretch) -> int:
    return round(WINDOW_S * stretch.mix.rate_hz)


def _windows(pairs: Iterable[tuple[Block, Block]], length: int) -> Iterator[tuple[Block, Block]]:
    """Pairs of blocks as pairs of `length` frames, the last as long as what is left."""
    held = np.empty((0, 4))
    for one, other in pairs:
        held = np.concatenate([held, np.hstack([one, other])])
        while len(held) >= length:
            yield held[:length, :2], held[:length, 2:]
            held = held[length:]
    if len(held):
        yield held[:, :2], held[:, 2:]


def _paired(ones: Iterator[Block], others: Iterator[Block]) -> Iterator[tuple[Block, Block]]:
    """Blocks of equal length from two streams, up to the end of the shorter."""
    one, other = np.empty((0, 2)), np.empty((0, 2))
    while True:
        one = one if len(one) else next(ones, one)
        other = other if len(other) else next(others, other)
        frames = min(len(one), len(other))
        if not frames:
            return
        yield one[:frames], other[:frames]
        one, other = one[frames:], other[frames:]


def _crossfaded(own: Powers, other: Powers, product: Powers, law: CrossfadeLaw, correlation: float) -> Powers:
    """The power of each window of a crossfade."""
    position = (np.arange(len(own)) + 0.5) / max(1, len(own))
    if law == "correlated":
        falling, rising = correlated_gains(position, correlation)
    else:
        falling, rising = gain_out(law, position), gain_in(law, position)
    crossfaded: Powers = falling**2 * own + rising**2 * other + 2.0 * falling * rising * product
    return crossfaded


def _dip_db(heard: Powers, around: float) -> float:
    """How far the level sinks under `around`, the power of a window, to a tenth; zero where that is silence."""
    if len(heard) < MOMENTARY or around <= 0.0:
        return 0.0
    lowest = float(np.convolve(heard, np.ones(MOMENTARY) / MOMENTARY, "valid").min())
    return round(max(0.0, power_decibels(around) - power_decibels(max(lowest, 1e-20))), 1)


def _power_before(stretch: Stretch, stop: int) -> float:
    return _power(stretch, max(stretch.start, stop - round(AROUND_S * stretch.mix.rate_hz)), stop)


def _power_after(stretch: Stretch, start: int) -> float:
    return _power(stretch, start, min(stretch.stop, start + round(AROUND_S * stretch.mix.rate_hz)))


def _power(stretch: Stretch, start: int, stop: int) -> float:
    """The mean power of a window between two frames; zero where there is none."""
    total = sum(float(np.vdot(block, block)) for block in stretch.mix.blocks(start, stop))
    return total * _window(stretch) / max(1, stop - start)
