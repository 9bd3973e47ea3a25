"""How high a limiter lets peaks go, so that what is delivered keeps under the ceiling by whatever meter."""

from pipeline.dsp.decibels import amplitude, decibels
from pipeline.dsp.oversampling import LARGEST_GAIN
from pipeline.plan.plan import Plan
from pipeline.processors.dither import largest_error
from profiles import Profile

# What another meter of true peak may read over ours: FFmpeg's up to 0.05 dB on bright music at 44.1 and 48 kHz.
MARGIN_DB = 0.06
FORECAST_DB = 6.0  # up to so much drive beyond the expected one, a forecast knows peaks between samples too


def limiter_ceiling_dbtp(profile: Profile) -> float:
    """How high the limiter lets peaks go: so far under the ceiling that quantising cannot carry one over it."""
    error = largest_error(profile.pcm.bits, profile.pcm.dither) * LARGEST_GAIN
    return decibels(amplitude(profile.level.ceiling_dbtp) - error) - MARGIN_DB


def sketch_floor(plan: Plan) -> float:
    """The amplitude, before the drive, under which no peak matters to a search for the drive of `plan`."""
    return amplitude(limiter_ceiling_dbtp(plan.profile) - plan.expected_drive_db - FORECAST_DB)
