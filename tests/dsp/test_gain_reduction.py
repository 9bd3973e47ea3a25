"""What a processor takes off, as a gain reduction meter shows it."""

import pytest

from pipeline.dsp.gain_reduction import GainReduction


def test_the_record_of_one_track_is_that_of_its_hops():
    assert GainReduction([0.0, 1.0, 2.0, 3.0]).between(0.15, 0.35).maximum_db == [1.0, 2.0]


def test_nothing_recorded_reads_zero():
    assert (GainReduction().percentile(95.0), GainReduction().worst_second()) == (0.0, (0.0, 0.0))


def test_the_worst_second_is_the_ten_hops_with_the_largest_mean_and_when_they_begin():
    found_db, at_s = GainReduction([0.0] * 7 + [2.0] * 10 + [3.0] + [0.0] * 5).worst_second()
    assert found_db == pytest.approx(2.1)
    assert at_s == pytest.approx(0.8)


def test_what_is_shorter_than_a_second_is_taken_whole():
    assert GainReduction([1.0, 3.0]).worst_second() == (2.0, 0.0)
