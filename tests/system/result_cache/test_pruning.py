"""The cache within its bounds: what goes first, what never goes, and how often it is looked after."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.system.result_cache import Entry, entries, entry_name
from pipeline.system.result_cache.bounds import SECONDS_OF_A_DAY, Bounds
from pipeline.system.result_cache.pruning import BETWEEN_S, FRESH_S, MARKER, prune_hourly, surplus

OURS, OTHER = "0123abcd", "ffffffff"
NOW_S = 1e9
ROOMY = Bounds(10**9, 90 * SECONDS_OF_A_DAY)


def entry(name, size=10, unused_s=2 * FRESH_S, program=OURS):
    return Entry(Path(name), program, "measure", size, NOW_S - unused_s)


def gone(found, bounds=ROOMY):
    return [each.path.name for each in surplus(found, bounds, OURS, NOW_S)]


def test_what_fits_and_is_used_stays():
    assert gone([entry("a"), entry("b", program=OTHER)]) == []


def test_what_was_not_used_for_too_long_goes():
    assert gone([entry("a", unused_s=91 * SECONDS_OF_A_DAY), entry("b", unused_s=89 * SECONDS_OF_A_DAY)]) == ["a"]


def test_the_least_recently_used_go_until_the_rest_fits():
    found = [entry("a", unused_s=3 * FRESH_S), entry("b", unused_s=5 * FRESH_S), entry("c", unused_s=4 * FRESH_S)]
    assert gone(found, Bounds(10, ROOMY.longest_s)) == ["b", "c"]


def test_what_other_versions_made_goes_first():
    found = [entry("a", unused_s=9 * FRESH_S), entry("b", unused_s=2 * FRESH_S, program=OTHER)]
    assert gone(found, Bounds(10, ROOMY.longest_s)) == ["b"]


def test_what_is_at_work_or_being_written_stays_whatever_its_size():
    assert gone([entry("a", size=10**12, unused_s=0.0), entry("b", unused_s=FRESH_S - 1)], Bounds(0, 0.0)) == []


@given(
    st.lists(st.tuples(st.integers(0, 100), st.floats(0.0, 1e7), st.booleans())), st.integers(0, 500), st.floats(0, 1e7)
)
def test_what_is_left_is_within_the_bounds_or_fresh(made, most_bytes, longest_s):
    found = [entry(str(n), size, age_s, OURS if own else OTHER) for n, (size, age_s, own) in enumerate(made)]
    names = set(gone(found, Bounds(most_bytes, longest_s)))
    left = [each for each in found if each.path.name not in names]
    old = [each for each in left if NOW_S - each.used_s >= FRESH_S]
    assert all(NOW_S - each.used_s <= longest_s for each in old)
    assert not old or sum(each.bytes for each in left) <= most_bytes


def put(folder, digit, unused_s):
    path = folder / entry_name(OURS, "measure", digit * 64)
    path.write_bytes(b"1")
    used_s = time.time() - unused_s
    os.utime(path, (used_s, used_s))


def test_the_cache_is_looked_after_once_an_hour(tmp_path):
    put(tmp_path, "a", 200 * SECONDS_OF_A_DAY)
    prune_hourly(tmp_path, ROOMY, OURS)
    assert [*entries(tmp_path)] == []
    put(tmp_path, "b", 200 * SECONDS_OF_A_DAY)
    prune_hourly(tmp_path, ROOMY, OURS)
    assert len([*entries(tmp_path)]) == 1
    before_s = time.time() - BETWEEN_S - 1
    os.utime(tmp_path / MARKER, (before_s, before_s))
    prune_hourly(tmp_path, ROOMY, OURS)
    assert [*entries(tmp_path)] == []


def test_a_marker_from_the_future_holds_nothing_up(tmp_path):
    """As a clock that was wrong leaves it."""
    put(tmp_path, "a", 200 * SECONDS_OF_A_DAY)
    (tmp_path / MARKER).touch()
    os.utime(tmp_path / MARKER, (time.time() + 1e8,) * 2)
    prune_hourly(tmp_path, ROOMY, OURS)
    assert [*entries(tmp_path)] == []


def test_there_need_be_no_cache_to_look_after(tmp_path):
    (tmp_path / "file").touch()
    for place in ("none", "file"):
        prune_hourly(tmp_path / place, ROOMY, OURS)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_several_runs_that_look_after_it_at_once_do_not_disturb_each_other(tmp_path):
    for digit in "0123456789abcdef":
        put(tmp_path, digit, 200 * SECONDS_OF_A_DAY)
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(prune_hourly, tmp_path, ROOMY, OURS) for _ in range(8)]
    assert [future.result() for future in futures] == [None] * 8
    assert [*entries(tmp_path)] == []
