"""A target curve from a file: on each line a frequency in Hz and a level in dB, as in a third-octave spectrum."""

import math
from pathlib import Path

import numpy as np

from albums import MANIFEST
from albums.faults import Fault, Refusal, place
from pipeline.analysis.meters.spectrum import NOMINAL_CENTRES_HZ
from pipeline.matching.tone import Levels, levelled_db

LARGEST_BYTES = 2**20
FEWEST = 2
WANTED = "wanted lines of a frequency in Hz and a level in dB, frequencies rising; # begins a comment"


def read_curve(path: Path) -> Levels:
    """The curve at every band: linear between its points over the logarithm of frequency, constant beyond them.

    Raises Refusal for a file that holds no curve, naming the line.
    """
    where = place(MANIFEST, ["intent", "target_curve"])
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise Refusal([Fault(where, f"{path.name!r} is larger than {LARGEST_BYTES} bytes; {WANTED}")])
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise Refusal([Fault(where, f"{path.name!r} cannot be read: {reason}; {WANTED}")]) from None
    points = list[tuple[float, float]]()
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].replace(",", " ").replace(";", " ").split()
        if not words:
            continue
        point = _point(words)
        if point is None or (points and point[0] <= points[-1][0]):
            raise Refusal([Fault(where, f"{path.name!r}, line {number}: found {line.strip()[:60]!r}; {WANTED}")])
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
    sound = math.isfinite(level_db) and 0.0 < frequency_hz < math.inf
    return (frequency_hz, level_db) if sound else None
