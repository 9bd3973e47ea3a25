"""How often music is taken to run on where it does not, and how often a cut in it is missed.

False pairs are two pieces of one style: the true end of the one and the start of the other as their files are, every
such pair if there are not more than half of what is asked for, and for the rest both cut at loud places, where nothing
but the music tells them apart. True pairs are one recording cut in two where it sounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import soundfile

from pipeline.analysis.edges import Beginning, Ending, beginning, ending, runs_on
from pipeline.intake.mixes import Mix, Stretch, open_mix
from pipeline.system.parallel import parallel_map, processors
from tests.bench.judgement.sounds import Sounds
from tests.bench.tone import loudness

BESIDE_S = 24.0  # of each side of a cut: an ending is heard in the light of 21 s before it
LEAST_S = 5.0  # no cut is nearer to either end of a file
BLOCK_S, HOP_S = 0.4, 0.1  # BS.1770-5: gating blocks
SOUNDING = 10.0**-2.0  # of the mean power of the loud blocks: 20 dB under them, as the gate of Tech 3342


@dataclass(frozen=True)
class Piece:
    """A sound that is cut: its mix, the file with its true end, and where it is loud, and where it sounds, in s."""

    name: str
    mix: Mix
    end: Mix
    loud_s: Sequence[float]
    sounding_s: Sequence[float]


@dataclass(frozen=True)
class Pair:
    """A border of two stretches, and what it is called."""

    name: str
    leaving: Stretch
    entering: Stretch


@dataclass(frozen=True)
class Joints:
    """What was found at the borders of one style."""

    style: str
    false_pairs: int
    taken: tuple[str, ...]
    """The false pairs that were taken to run on."""
    true_pairs: int
    missed: tuple[str, ...]
    """The true pairs that were not."""

    @property
    def false_share(self) -> float:
        return len(self.taken) / max(1, self.false_pairs)

    @property
    def found_share(self) -> float:
        return 1.0 - len(self.missed) / max(1, self.true_pairs)


def joints(style: str, pieces: Sequence[Piece], count: int) -> Joints:
    """The borders of `count` false pairs and as many true ones; the same pieces give the same pairs on every run."""
    rng = np.random.default_rng(len(pieces))
    false, true = false_pairs(pieces, count, rng), true_pairs(pieces, count, rng)
    found = list(parallel_map(_runs_on, [*false, *true], processors()))
    taken = tuple(pair.name for pair, runs in zip(false, found, strict=False) if runs)
    missed = tuple(pair.name for pair, runs in zip(true, found[len(false) :], strict=True) if not runs)
    return Joints(style, len(false), taken, len(true), missed)


def pieces(origins: Sequence[str], sounds: Sounds) -> list[Piece]:
    """The sounds named, each once."""
    return [_piece(origin, sounds.sound(origin), sounds.end(origin)) for origin in dict.fromkeys(origins)]


def pieces_of(mixes: Sequence[Path]) -> list[Piece]:
    """Files that are whole."""
    return [_piece(mix.stem, mix, mix) for mix in mixes]


def _piece(name: str, file: Path, end: Path) -> Piece:
    sound, rate_hz = soundfile.read(file, always_2d=True)
    powers = loudness(np.broadcast_to(sound, (len(sound), 2)), rate_hz).block_powers
    places_s = np.arange(len(powers)) * HOP_S + BLOCK_S / 2
    inside = (places_s > LEAST_S) & (places_s < places_s[-1] - LEAST_S)
    loud = powers >= np.median(powers)
    sounding = powers >= SOUNDING * powers[loud].mean()
    mixes = open_mix(file, name), open_mix(end, name)
    return Piece(name, *mixes, places_s[loud & inside].tolist(), places_s[sounding & inside].tolist())


def false_pairs(found: Sequence[Piece], count: int, rng: np.random.Generator) -> list[Pair]:
    """Ends and beginnings as they are, in an order drawn by `rng`, then pieces cut at loud places."""
    following = set(pairwise(range(len(found))))  # an album may have a true segue there
    both = [(found[n], found[m]) for n, m in permutations(range(len(found)), 2) if (n, m) not in following]
    whole = [both[n] for n in rng.permutation(len(both))[: count // 2]]
    pairs = [_as_files(one, other) for one, other in whole]
    while both and len(pairs) < count:
        one, other = both[int(rng.integers(len(both)))]
        out_s, into_s = (_place_s(piece.loud_s, rng) for piece in (one, other))
        name = f"{one.name} {out_s:.3f} s > {other.name} {into_s:.3f} s"
        pairs.append(Pair(name, _before(one.mix, out_s), _after(other.mix, into_s)))
    return pairs


def true_pairs(found: Sequence[Piece], count: int, rng: np.random.Generator) -> list[Pair]:
    """Pieces, drawn by `rng`, each cut in two where it sounds."""
    pairs = []
    for _ in range(count if found else 0):
        piece = found[int(rng.integers(len(found)))]
        cut_s = _place_s(piece.sounding_s, rng)
        pairs.append(Pair(f"{piece.name} {cut_s:.3f} s", _before(piece.mix, cut_s), _after(piece.mix, cut_s)))
    return pairs


def _place_s(places_s: Sequence[float], rng: np.random.Generator) -> float:
    """One of some places, to within a hop: not always at its very middle."""
    return float(places_s[int(rng.integers(len(places_s)))] + rng.uniform(-HOP_S / 2, HOP_S / 2))


def _as_files(one: Piece, other: Piece) -> Pair:
    return Pair(
        f"{one.name} > {other.name}", Stretch(one.end, 0, one.end.frames), Stretch(other.mix, 0, other.mix.frames)
    )


def _before(mix: Mix, cut_s: float) -> Stretch:
    cut = round(cut_s * mix.rate_hz)
    return Stretch(mix, max(0, cut - round(BESIDE_S * mix.rate_hz)), cut)


def _after(mix: Mix, cut_s: float) -> Stretch:
    cut = round(cut_s * mix.rate_hz)
    return Stretch(mix, cut, min(mix.frames, cut + round(BESIDE_S * mix.rate_hz)))


def _runs_on(pair: Pair) -> bool:
    return runs_on(pair.leaving, pair.entering, _ends(pair.leaving), _begins(pair.entering))


@cache  # a whole file is in many pairs
def _ends(stretch: Stretch) -> Ending:
    return ending(stretch)


@cache
def _begins(stretch: Stretch) -> Beginning:
    return beginning(stretch)
