"""How far a whole run is: its stages, the pieces of work in each, and the time that is left.

It knows no terminal. Pieces are counted by the seconds that each is thought to take.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

NEARLY = 0.99  # a piece stands here while it takes longer than was thought
# Seconds that one of sound takes, as two processors worked side by side: only their ratio matters.
MEASURED, RENDERED = 0.06, 0.012
SOON_S, SOON = 2.0, 0.04  # so long and so much of it is worked before a time is guessed at (taste)


@dataclass(frozen=True)
class Piece:
    """One piece of work: what people call it, and about how many seconds it takes."""

    label: str
    costs_s: float


@dataclass(frozen=True)
class Stage:
    """One stage of a run: its word, what is said when it begins, and its pieces by the names that a watcher is told."""

    word: str
    told: str
    pieces: Mapping[str, Piece] = field(default_factory=dict)


class Stages:
    """The stages of one run, as far as they have come."""

    def __init__(self, stages: Sequence[Stage], clock: Callable[[], float] = monotonic) -> None:
        """Nothing has begun but the first; `clock` gives seconds."""
        self.stages = tuple(stages)
        self.at = 0
        self._clock, self._began_s = clock, clock()  # of the first piece, once there is one
        self._share = dict[str, float]()
        self._sound_s = dict[str, float]()
        self.done_s = 0.0
        """Seconds of sound that have passed in pieces whose length nobody knew."""
        self._latest = list[str]()

    def begun(self, word: str) -> set[str]:
        """The pieces of the stage `word` that were worked at, and not remembered from an earlier run."""
        return {name for stage in self.stages if stage.word == word for name in stage.pieces if name in self._share}

    def is_foreseen(self, work: str) -> bool:
        """Whether a piece of work is one of a stage."""
        return any(work in stage.pieces for stage in self.stages)

    def is_part(self, work: str) -> bool:
        """Whether a piece is a part of one that is foreseen, and told under its name: `streaming: track 3, pass 1`."""
        return any(work.startswith(f"{name}: ") for stage in self.stages for name in stage.pieces)

    def piece(self, work: str) -> Piece:
        """What is known of a piece of work."""
        return next((stage.pieces[work] for stage in self.stages if work in stage.pieces), Piece(work, 0.0))

    def begin(self, work: str, sound_s: float) -> bool:
        """A piece has begun; whether a new stage has with it."""
        if self.is_foreseen(work) and not any(map(self.is_foreseen, self._share)):
            self._began_s = self._clock()
        self._share[work], self._sound_s[work] = 0.0, sound_s
        self._latest.append(work)
        number = next((n for n, stage in enumerate(self.stages) if work in stage.pieces), self.at)
        is_new = number > self.at
        self.at = max(self.at, number)
        return is_new

    def advance(self, work: str, sound_s: float) -> None:
        """A piece has come on."""
        whole_s = self._sound_s.get(work, 0.0)
        if whole_s:
            self._share[work] = min(NEARLY, self._share[work] + sound_s / whole_s)
        elif not self.is_part(work):
            self.done_s += sound_s

    def end(self, work: str) -> bool:
        """A piece is done; whether a new stage, one without pieces of its own, begins with that."""
        self._share[work] = 1.0
        if work in self._latest:
            self._latest.remove(work)
        stage = self.stages[self.at]
        following = self.stages[self.at + 1 : self.at + 2]
        if not stage.pieces or any(self._share.get(each, 0.0) < 1.0 for each in stage.pieces):
            return False
        if not following or following[0].pieces:
            return False
        self.at += 1
        return True

    @property
    def words(self) -> str:
        """What is at work, in a few words: `measuring 3 of 12: Lamplight`."""
        stage = self.stages[self.at]
        own = [name for name in self._latest if name in stage.pieces or self.is_part(name)]
        if not own:
            return self.piece(self._latest[-1]).label if self._latest else stage.told
        number = sum(name in self._share for name in stage.pieces)
        return f"{stage.word} {number} of {len(stage.pieces)}: {self.piece(own[-1]).label}"

    @property
    def fraction(self) -> float | None:
        """How much of all work is done; None where nobody knows how much there is."""
        costs_s, done_s, _ = self._sums()
        return done_s / costs_s if costs_s else None

    @property
    def left_s(self) -> float | None:
        """About how many seconds it takes yet, from what was worked so far; None where that says nothing."""
        costs_s, done_s, worked_s = self._sums()
        took_s = self._clock() - self._began_s
        if not worked_s or took_s < SOON_S or worked_s < SOON * costs_s:
            return None
        return (costs_s - done_s) * took_s / worked_s

    def _sums(self) -> tuple[float, float, float]:
        """Of all pieces' costs: all, what is done or was remembered, and what was worked in this run."""
        costs_s = done_s = worked_s = 0.0
        for number, stage in enumerate(self.stages):
            for name, piece in stage.pieces.items():
                share = self._share.get(name, 0.0)
                costs_s += piece.costs_s
                worked_s += share * piece.costs_s
                done_s += (1.0 if number < self.at else share) * piece.costs_s
        return costs_s, done_s, worked_s
