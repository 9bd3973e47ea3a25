from hypothesis import given
from hypothesis import strategies as st

from pipeline.drive import MOST_ATTEMPTS, TOLERANCE_LU, Attempt, solve


def programme(loudness_lufs, headroom_db):
    """A programme whose limiting takes away a third of what is driven beyond its headroom."""

    def render(drive_db):
        reduction_db = max(0.0, drive_db - headroom_db)
        return Attempt(drive_db, loudness_lufs + drive_db - reduction_db / 3.0, reduction_db)

    return render


@given(st.floats(-40, -8), st.floats(-5, 20))
def test_the_target_is_met_within_the_tolerance(loudness_lufs, headroom_db):
    found = solve(programme(loudness_lufs, headroom_db), -14.0 - loudness_lufs, -14.0, 100.0)
    assert abs(found.attempt.loudness_lufs + 14.0) <= TOLERANCE_LU
    assert not found.held_back
    assert found.renders <= 3


def test_a_programme_under_its_headroom_needs_one_render():
    assert solve(programme(-20.0, 10.0), 6.0, -14.0, 6.0).renders == 1


@given(st.floats(0.5, 12.0))
def test_the_reduction_limit_wins_over_loudness(limit_db):
    found = solve(programme(-30.0, -4.0), 16.0, -14.0, limit_db)
    assert found.held_back
    assert limit_db - 0.2 <= found.attempt.reduction_db <= limit_db + TOLERANCE_LU
    assert found.attempt.loudness_lufs < -14.0


def test_the_search_is_bounded_where_nothing_helps():
    found = solve(lambda drive_db: Attempt(drive_db, -30.0, 0.0), 0.0, -14.0, 6.0)
    assert found.renders == MOST_ATTEMPTS
