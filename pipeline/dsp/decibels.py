"""Decibels and amplitudes, and nothing else: every conversion in the pipeline goes through here."""

import math


def amplitude(gain_db: float) -> float:
    """The factor on samples that is `gain_db` decibels: 10 to the gain_db / 20."""
    return float(10.0 ** (gain_db / 20.0))


def decibels(factor: float) -> float:
    """A factor on samples in decibels; minus infinity for zero.

    Raises ValueError below zero: a factor is a magnitude, a polarity has no level.
    """
    return 2.0 * power_decibels(factor) if factor else -math.inf


def power_decibels(power: float) -> float:
    """A power (mean square) in decibels; minus infinity for zero."""
    return 10.0 * math.log10(power) if power else -math.inf
