"""Times as people read them."""

import pytest

from pipeline.system.times import clock, clock_cs, clock_ms


@pytest.mark.parametrize(
    ("time_s", "whole", "hundredths", "milliseconds"),
    [
        (0.0, "0:00", "0:00.00", "0:00.000"),
        (185.25, "3:05", "3:05.25", "3:05.250"),
        (59.999, "0:59", "1:00.00", "0:59.999"),
        (59.9996, "0:59", "1:00.00", "1:00.000"),
        (3600.0, "60:00", "60:00.00", "60:00.000"),
    ],
)
def test_minutes_and_seconds_as_finely_as_is_asked_for(time_s, whole, hundredths, milliseconds):
    assert (clock(time_s), clock_cs(time_s), clock_ms(time_s)) == (whole, hundredths, milliseconds)
