"""A target curve from a file: on each line a frequency in Hz and a level in dB, as in a third-octave spectrum."""

import math
from pathlib import Path

import numpy as np

from albums import MANIFEST
from albums.documents import read_text
from albums.faults import Fault, Refusal, place, short
from pipeline.analysis.meters.spectrum import NOMINAL_CENTRES_HZ
from pipeline.matching.tone import Levels, levelled_db

LARGEST_BYTES = 2**20
FEWEST = 2
FARTHEST_DB = 100.0  # of a level, from zero: a spectrum spans less
WANTED = "wanted lines of a frequency in Hz and a level in dB, frequencies rising; # begins a comment"


def read_curve(path: Path) -> Levels:
    """The curve at every band: linear between its points over the logarithm of frequency, constant beyond them.

    Raises Refusal for a file that holds no curve, naming the line.
    """
    where = place(MANIFEST, ["intent", "target_curve"])
    try:
        lines = read_text(path, LARGEST_BYTES, repr(path.name)).splitlines()
    except Refusal as refusal:
        raise Refusal(Fault(where, f"{fault}; {WANTED}") for fault in refusal.faults) from None
    points = list[tuple[float, float]]()
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].replace(",", " ").replace(";", " ").split()
        if not words:
            continue
        point = _point(words)
        if point is None or (points and point[0] <= points[-1][0]):
            raise Refusal([Fault(where, f"{path.name!r}, line {number}: found {short(line.strip())}; {WANTED}")])
        points.append(point)
    if len(points) < FEWEST:
        raise Refusal([Fault(where, f"{path.name!r} has {len(points)} points; {WANTED}")])
    frequencies_hz, levels = np.array(points).T
    return levelled_db(np.interp(np.log(NOMINAL_CENTRES_HZ), np.log(frequencies_hz), levels))


def _point(words: list[str]) -> tuple[float, float] | None:
    try:
        frequency_hz, level_db = map(float, words)
    except ValueError:
        return None
    sound = abs(level_db) <= FARTHEST_DB and 0.0 < frequency_hz < math.inf
    return (frequency_hz, level_db) if sound else None
