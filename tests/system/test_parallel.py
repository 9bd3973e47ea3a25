"""Work side by side gives what it gives one after another, holds little, and stops when its reader does."""

import threading
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.system.parallel import AHEAD, in_background, parallel_map, prefetch, processors


@given(st.lists(st.integers()), st.integers(1, 5))
def test_results_come_in_the_order_of_the_items(items, workers):
    assert list(parallel_map(str, items, workers)) == [str(item) for item in items]


def test_two_workers_work_at_once():
    meeting = threading.Barrier(2, timeout=30)
    assert len(list(parallel_map(lambda _: meeting.wait(), range(8), 2))) == 8


@pytest.mark.parametrize("workers", [1, 3])
def test_what_is_raised_comes_out_in_its_place(workers):
    results = parallel_map(lambda number: 6 // (number - 3), range(9), workers)
    assert list(islice(results, 3)) == [-2, -3, -6]
    with pytest.raises(ZeroDivisionError):
        next(results)


@pytest.mark.parametrize("workers", [1, 3])
def test_only_so_much_is_held(workers):
    taken = []

    def endless():
        for number in count():
            taken.append(number)
            yield number

    assert list(islice(parallel_map(abs, endless(), workers), 10)) == list(range(10))
    assert 10 <= len(taken) <= 10 + workers


@given(st.lists(st.one_of(st.none(), st.integers())))
def test_items_taken_ahead_are_the_same(items):
    assert list(prefetch(items)) == items


def test_what_a_source_raises_comes_after_its_items():
    def failing():
        yield from (1, 2)
        raise OSError("gone")

    taken = prefetch(failing())
    assert list(islice(taken, 2)) == [1, 2]
    with pytest.raises(OSError, match="gone"):
        next(taken)


def test_what_is_taken_ahead_is_little_and_ends_with_whoever_asked():
    taken = []

    def endless():
        for number in count():
            taken.append(number)
            yield number

    before = threading.active_count()
    items = prefetch(endless())
    assert list(islice(items, 10)) == list(range(10))
    items.close()
    assert threading.active_count() == before
    assert 10 <= len(taken) <= 10 + AHEAD + 2


def test_what_is_begun_is_not_waited_for():
    going = threading.Event()
    future = in_background(lambda: going.wait(30))
    assert not future.done()
    going.set()
    assert future.result(30) is True
    with pytest.raises(ZeroDivisionError):
        in_background(lambda: 1 // 0).result(30)


def test_there_is_a_processor():
    assert processors() >= 1
