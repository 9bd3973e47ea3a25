"""Where a programme's channels are related as nowhere else in it: one inverted, both exchanged, the same, or one gone.

The channels of a real mix agree in sign: in every band, and in the low end most. Inverting one turns the sign of their
product over, exchanging them that of mid times side; and where either is done at once, the signal goes on as if turned
over: what linear prediction expects comes with the other sign. By both kinds of evidence, the likeliest path
through two states (A. Viterbi, IEEE Trans. Inf. Theory 13, 1967, page 260) says which windows of about 20 ms are so.

All thresholds are taste, chosen so that undamaged mixes pass, wide ones too. Of channels that have nothing to do with
each other nothing can be said, and nothing is: an inversion is told where most bands are negative there and positive
elsewhere, and of a whole programme where nearly every second is so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.analysis.defects.polarity.viterbi import (
    MIRRORED,
    SMALLEST,
    Correlations,
    Kept,
    LikeliestPath,
    WindowRange,
    runs,
)
from pipeline.analysis.defects.polarity.window_statistics import (
    BEFORE,
    BLOCKS_PER_S,
    BREAK,
    ENERGIES,
    NUMBERS,
    PLACES,
    TURNS,
    WINDOW_BLOCKS,
    measure,
)
from pipeline.dsp.decibels import amplitude
from pipeline.dsp.types import Floats

Kind = Literal["inverted", "exchanged", "identical", "one-silent"]
Channel = Literal["left", "right"]

MINUTE_WINDOWS = 3000
LARGEST = np.finfo(np.float32).max
ALIKE = 1 / 32_768  # rms: more than dither to 16 bits leaves of silence, or of the difference between channels alike
PLAYING = amplitude(-50.0)
BROKEN = 0.25  # of the side's turn: where the mid breaks as well, something was muted or cut
SURELY_WHOLE = 4.0  # the square of twice what is usual: a mid that breaks by less goes on, whatever the side does
LONGEST_USUAL = {"identical": 50, "one-silent": 5}  # windows: what lasts no longer is usual


@dataclass(frozen=True)
class ChannelSpan:
    """A stretch from and to a frame.

    `channel` is the inverted or the silent one; None where it cannot be told, or for both. `figure` is the highest rms
    of the difference or of the silence in 20 ms; or the mean correlation, of mid and side for channels exchanged.
    """

    kind: Kind
    start: int
    end: int
    channel: Channel | None
    figure: float


class PolaritySearch:
    """Takes blocks of a stereo programme and keeps some numbers for each window."""

    def __init__(self, rate_hz: int) -> None:
        """Start with nothing heard."""
        self._block = max(1, round(rate_hz / BLOCKS_PER_S))
        self._held = np.zeros((3, WINDOW_BLOCKS * self._block + BEFORE))  # left, right, side
        self._filled, self._frames = BEFORE, 0
        self._windows = np.empty((MINUTE_WINDOWS, NUMBERS), np.float32)  # with room for more
        self._count = 0

    def add(self, block: Floats) -> None:
        """Take the next block, of shape (frames, 2)."""
        windows = np.empty((len(block) // (WINDOW_BLOCKS * self._block) + 1, NUMBERS))
        self._filled, count = measure(block, self._block, self._held, self._filled, windows)
        self._frames += len(block)
        if self._count + count > len(self._windows):
            # In place: there are no views of it.
            self._windows.resize((self._count + count + MINUTE_WINDOWS, NUMBERS), refcheck=False)
        self._windows[self._count : self._count + count] = np.minimum(windows[:count], LARGEST)
        self._count += count

    def passages(self) -> tuple[ChannelSpan, ...]:
        """What was found in all that came so far, in the order of time; less than 20 ms at the end is left out."""
        heard = _Heard(self._windows[: self._count], WINDOW_BLOCKS * self._block, self._frames)
        found = (*_steady(heard), *_inverted(heard), *_exchanged(heard)) if self._count else ()
        return tuple(sorted(found, key=lambda passage: (passage.start, passage.end)))


@dataclass(frozen=True, eq=False)
class _Heard:
    """All windows, of `length` frames each, and the frames of the whole."""

    windows: Kept
    length: int
    frames: int

    def energies(self) -> Kept:
        """The energies of left, right and side; of shape (3, windows, bands)."""
        return np.moveaxis(self.windows[:, ENERGIES].reshape(-1, 3, 3), 2, 0)

    def correlations(self, first: int, last: int) -> Floats:
        """The correlation of left and right per band, over the windows from `first` up to `last` as one."""
        left, right, side = self.energies()[:, first:last].sum(axis=1, dtype=np.float64)
        correlations: Floats = (left + right - side) / (2.0 * np.sqrt(np.maximum(left * right, SMALLEST)))
        return correlations

    def turns(self) -> Kept:
        """How much left, right and side look turned over; of shape (windows, 3)."""
        return self.windows[:, TURNS]

    def side_turns(self) -> Kept:
        """How much the side looks turned over while the mid goes on; of shape (windows, 1)."""
        side = self.windows[:, TURNS][:, 2]
        return np.where(self.windows[:, BREAK] > BROKEN * side, 0.0, side)[:, None].astype(np.float32)

    def goes_on(self, window: int) -> bool:
        """Whether the mid surely goes on where the side turns over in a window, or there is none such."""
        return not 0 < window < len(self.windows) or bool(self.windows[window, BREAK] < SURELY_WHOLE)

    def frame(self, window: int, place: float = 0.0) -> int:
        """The frame at `place` in a window; the last window ends where the programme does."""
        return self.frames if window == len(self.windows) else window * self.length + int(place)

    def turn(self, window: int, signal: int) -> int:
        """The frame in a window at which left, right or side (0, 1, 2) most likely turns over."""
        return self.frame(window, self.windows[window % len(self.windows), PLACES][signal] if window else 0.0)


def _steady(heard: _Heard) -> Iterator[ChannelSpan]:
    """Stretches in which the channels are the same, or one is silent while the other plays."""
    energies = heard.energies().sum(axis=2, dtype=np.float64)
    energies /= heard.length
    left, right, side = np.sqrt(energies, out=energies)
    cases: tuple[tuple[Kind, Channel | None, Floats, Floats], ...] = (
        ("identical", None, side, left),
        ("one-silent", "left", left, right),
        ("one-silent", "right", right, left),
    )
    for kind, channel, silent, playing in cases:
        for first, last in runs((silent < ALIKE) & (playing > PLAYING)):
            if last - first > LONGEST_USUAL[kind]:
                figure = float(silent[first:last].max())
                yield ChannelSpan(kind, heard.frame(first), heard.frame(last), channel, figure)


def _inverted(heard: _Heard) -> Iterator[ChannelSpan]:
    """Stretches in which left times right has the sign that it should not have: negative."""
    left, right, side = heard.energies()
    product = np.add(left, right, dtype=np.float64)
    product -= side
    product /= 2
    left_turns, right_turns, _ = heard.turns().T
    # A drum may look like a turn; but it is heard in both channels.
    turns = np.stack([left_turns - right_turns, right_turns - left_turns], axis=1)
    path = LikeliestPath(Correlations(product, left, right, heard.length), turns)
    found = path.turned(MIRRORED)
    stretches = [stretch for stretch in found if path.is_opposed(stretch, heard.correlations(*stretch[:2]))]
    if path.sign < 0:
        stretches = _between(stretches, len(turns)) if path.related_throughout(stretches) else []
    for first, last, signal in stretches:
        told = path.ends_without_turn(first, last, signal) < 2 and last - first < len(turns)
        channel: Channel | None = ("left", "right")[signal] if told else None
        start, end = heard.turn(first, signal), heard.turn(last, signal)
        yield ChannelSpan("inverted", start, end, channel, path.correlation(first, last))


def _exchanged(heard: _Heard) -> Iterator[ChannelSpan]:
    """Stretches in which mid times side lacks the sign that it mostly has, between clear turns of the side.

    Of one that reaches to the programme's beginning or end a single turn speaks, which must be the clearer.
    """
    left, right, side = heard.energies()
    mid = np.maximum(2 * (left + right) - side, 0.0)
    related = Correlations(np.subtract(left, right, dtype=np.float64), mid, side, heard.length)
    del mid  # there may be hours of it, no longer needed
    path = LikeliestPath(related, heard.side_turns())
    for first, last, _ in path.turned(MIRRORED[:1]):
        has_two = first > 0 and last < len(heard.windows)
        if has_two or (heard.goes_on(first) and heard.goes_on(last)):
            start, end = heard.turn(first, 2), heard.turn(last, 2)
            yield ChannelSpan("exchanged", start, end, None, path.correlation(first, last))


def _between(stretches: list[WindowRange], windows: int) -> list[WindowRange]:
    """The stretches before, between and after these, with the signal that turns at their ends."""
    firsts = [0, *(last for _, last, _ in stretches)]
    lasts = [*(first for first, _, _ in stretches), windows]
    signals = [signal for _, _, signal in [*stretches, *stretches[-1:]]] or [0]
    return [whole for whole in zip(firsts, lasts, signals, strict=True) if whole[0] < whole[1]]
