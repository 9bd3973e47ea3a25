"""The rates at which an album is worked on and delivered."""

from pipeline.sequencing.sample_rates import delivery_rate_hz, working_rate_hz


def test_the_working_rate_is_the_one_that_carries_most_of_the_album():
    assert working_rate_hz([(44100, 100.0), (96000, 150.0), (44100, 60.0)]) == 44100
    assert working_rate_hz([(32000, 100.0)]) == 44100
    assert working_rate_hz([(384000, 100.0)]) == 192000


def test_a_delivery_rate_loses_nothing_where_it_can():
    assert delivery_rate_hz(48000, (44100, 48000, 96000)) == 48000
    assert delivery_rate_hz(176400, (44100, 96000)) == 96000
