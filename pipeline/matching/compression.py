"""Whether a track needs the album's compressor, and how much of it: one setting for all, a threshold for each.

Compression mends what a fader cannot: a song whose loud and quiet passages lie farther apart than those of the others.
It takes off little: no track loses more than 1 LU of its loudness range to it.
"""

from albums import Intent
from pipeline.plan.treatment import LIMIT_DB, CompressorSettings
from pipeline.processors.compressor import Compressor, reduction_db

ROOM_LU = 3.0  # taste: a loudness range may exceed the album's by this much
SHARE = 0.25  # taste: this share of what goes beyond is taken off the loud passages
MOST_DB, LEAST_DB = 0.9, 0.3  # the most stays under the one LU of range; less than the least is not heard
ASKED_DB = 1.0  # taken off loud passages where compression is asked for, whatever the dynamics
ABOVE_LOUD_DB = 3.0  # the detector's level reaches this far over short-term loudness, where a bar's strokes are loud
FINE_DB = 0.01


def album_compression(
    range_lu: float | None, usual_lu: float | None, loud_lufs: float, intent: Intent
) -> tuple[CompressorSettings | None, float, tuple[str, ...]]:
    """The compressor for a track of this loudness range and loud end, what it takes off loud passages, and why.

    `usual_lu` is the album's range. Where the track needs no compressor, that is None and nothing is taken off.
    """
    beyond = 0.0 if range_lu is None or usual_lu is None else max(0.0, range_lu - usual_lu - ROOM_LU)
    is_asked = intent.compression == "all"
    amount = ASKED_DB if is_asked else min(MOST_DB, SHARE * beyond)
    if intent.compression == "off" or amount < LEAST_DB:
        return None, 0.0, ()
    threshold = round(_threshold_dbfs(loud_lufs + ABOVE_LOUD_DB, amount), 2)
    why = "As asked for" if is_asked else f"Loudness range {range_lu:.1f} LU, the album's {usual_lu:.1f}"
    words = (
        f"{why}: glued by about {amount:.1f} dB in loud passages, over {threshold:.1f} dBFS, at most {LIMIT_DB:g} dB."
    )
    return CompressorSettings(threshold_dbfs=threshold), amount, (words,)


def _threshold_dbfs(level_dbfs: float, amount_db: float) -> float:
    """The threshold at which the static curve takes `amount_db` off a level."""
    lower, upper = level_dbfs - 40.0, level_dbfs + 40.0
    while upper - lower > FINE_DB:
        middle = (lower + upper) / 2.0
        taken = reduction_db(level_dbfs, Compressor(middle, limit_db=LIMIT_DB)).item()
        lower, upper = (middle, upper) if taken > amount_db else (lower, middle)
    return lower
