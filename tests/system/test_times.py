"""Times as people read them."""

import pytest

from pipeline.system.times import clock, clock_cs


@pytest.mark.parametrize(
    ("time_s", "whole", "hundredths"),
    [
        (0.0, "0:00", "0:00.00"),
        (185.25, "3:05", "3:05.25"),
        (59.999, "0:59", "1:00.00"),
        (3600.0, "60:00", "60:00.00"),
    ],
)
def test_minutes_and_seconds_as_finely_as_is_asked_for(time_s, whole, hundredths):
    assert (clock(time_s), clock_cs(time_s)) == (whole, hundredths)
