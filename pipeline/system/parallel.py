"""Work done in parallel on the machine's processors, its results in order, so that none depends on their number.

Threads are enough: kernels, transforms, hashes and codecs release the interpreter. Only a few items are held at a time,
whatever the length of the programme.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 4  # items that are taken ahead: neither side waits for one slow block of the other


def processors() -> int:
    """How many of the machine's processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def parallel_map(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """`function` of each of `items`, in their order, by `workers` threads; by the caller's own where that is 1.

    What `function` raises comes out where its result would have; what `items` raise, at once.
    """
    if workers == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def in_background(work: Callable[[], Result]) -> Future[Result]:
    """`work` in a thread of its own, begun now; what it returns or raises is the future's."""
    future: Future[Result] = Future()
    Thread(target=settle, args=(future, work), daemon=True).start()
    return future


def settle(future: Future[Result], work: Callable[[], Result]) -> None:
    """Do `work`, and let `future` have what it returns or raises."""
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)


def prefetch(items: Iterable[Item]) -> Generator[Item, None, None]:
    """The same items, taken by a thread of its own a little before they are asked for.

    What `items` raises comes out after the items before it. Once the result is closed, nothing more is taken.
    """
    lane = _Lane[Item](SimpleQueue(), SimpleQueue(), Event())
    for _ in range(AHEAD):
        lane.room.put(None)
    thread = Thread(target=lane.take, args=(items,), daemon=True)
    thread.start()
    try:
        while True:
            found, error = lane.ready.get()
            if error is not None:
                raise error
            if not found:
                return
            lane.room.put(None)
            yield found[0]
    finally:
        lane.unwanted.set()
        lane.room.put(None)
        thread.join()


@dataclass(frozen=True)
class _Lane(Generic[Item]):
    """What one thread hands to another: an item, or nothing at the end, or what was raised; and room for more."""

    ready: SimpleQueue[tuple[list[Item], BaseException | None]]
    room: SimpleQueue[None]
    unwanted: Event

    def take(self, items: Iterable[Item]) -> None:
        """Take all of `items`, as long as there is room and they are wanted."""
        try:
            for item in items:
                self.room.get()
                if self.unwanted.is_set():
                    return
                self.ready.put(([item], None))
            self.ready.put(([], None))
        except BaseException as error:
            self.ready.put(([], error))
