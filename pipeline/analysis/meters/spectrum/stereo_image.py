"""What the powers of mid, side and their product say of left and right."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.dsp.types import Powers

FLOOR_DB = -150.0  # lies under what 24 bits hold; keeps logarithms finite
SINGLE_DB = -120.0  # re the loudest band: lower down, the noise of single precision shows
LOW_POOL = 9  # taste: windows, 1.8 s; a pure bass note alone is no sign of a bad low end
LOW_QUIET_DB = -60.0  # taste: bass that is hardly heard does not matter
LOW_RANGE_DB = -30.0  # taste: bass this far under the programme's does not matter either


def _left_right(powers: Powers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The powers of the channels, from those of mid and side."""
    mid, side, product = powers
    return mid + side + 2.0 * product, mid + side - 2.0 * product


def balance_db_of(powers: Powers) -> NDArray[np.float64]:
    """How much louder left is than right."""
    left, right = _left_right(powers)
    return read_only(levels_db_of(left) - levels_db_of(right))


def mono_loss_db_of(powers: Powers) -> NDArray[np.float64]:
    """What the fold-down lacks; no more than the floor allows."""
    loss_db: NDArray[np.float64] = levels_db_of(powers[0] + powers[1]) - levels_db_of(powers[0])
    return loss_db


def sounding(powers: Powers) -> NDArray[np.bool_]:
    """Where both channels stand above the floor, and above the noise that the loudest entry brings."""
    left, right = _left_right(powers)
    floor = max(10.0 ** (FLOOR_DB / 10.0), 10.0 ** (SINGLE_DB / 10.0) * float((left + right).max(initial=0.0)))
    return np.asarray(np.minimum(left, right) > floor)


def correlation_of(powers: Powers) -> NDArray[np.float64]:
    """Left times right over the root of their powers; 0 where either is not heard."""
    left, right = _left_right(powers)
    heard = sounding(powers)
    scale = np.sqrt(np.where(heard, left, 1.0)) * np.sqrt(np.where(heard, right, 1.0))
    return np.where(heard, np.clip((powers[0] - powers[1]) / scale, -1.0, 1.0), 0.0)


def lowest_correlation_of(windows: Powers, mean: Powers) -> tuple[float | None, int | None]:
    """The lowest correlation of nine windows in a row that can be heard, and which is the first of them."""
    if windows.shape[1] < LOW_POOL:
        return None, None
    pooled = sliding_window_view(windows, LOW_POOL, axis=1).mean(axis=2)
    level = pooled[0] + pooled[1]
    quietest = max(10.0 ** (LOW_QUIET_DB / 10.0), 10.0 ** (LOW_RANGE_DB / 10.0) * float(mean[0] + mean[1]))
    heard = np.flatnonzero(sounding(pooled) & (level > quietest))
    if not len(heard):
        return None, None
    correlations = correlation_of(pooled[:, heard])
    lowest = int(np.argmin(correlations))
    return float(correlations[lowest]), int(heard[lowest])


def levels_db_of(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Powers in dB, none of them under the floor; read-only."""
    levels_db: NDArray[np.float64] = 10.0 * np.log10(np.maximum(powers, 10.0 ** (FLOOR_DB / 10.0)))
    levels_db.setflags(write=False)
    return levels_db


def read_only(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same array, closed to writing."""
    values.setflags(write=False)
    return values
