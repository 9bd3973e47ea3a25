"""Work laid side by side on the machine's processors, its results in order, so that no result depends on how many.

Threads serve: kernels, transforms, hashes and codecs let go of the interpreter. Only so many items are held at a time,
whatever the length of the programme.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from queue import Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 4  # items: enough that neither side waits for one slow block of the other
LOOK_S = 0.1  # between looks at whether what is taken is still wanted


def processors() -> int:
    """How many of the machine's processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def abreast(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """`function` of each of `items`, in their order, by so many threads; by the caller's own where `workers` is 1.

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


def begun(work: Callable[[], Result]) -> Future[Result]:
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


def ahead(items: Iterable[Item]) -> Generator[Item, None, None]:
    """The same items, taken by a thread of its own a little before they are asked for.

    What `items` raises comes out after the items before it. Once the result is closed, nothing more is taken.
    """
    lane = _Lane[Item](Queue(AHEAD), Event())
    thread = Thread(target=lane.take, args=(items,), daemon=True)
    thread.start()
    try:
        while True:
            found, error = lane.ready.get()
            if error is not None:
                raise error
            if not found:
                return
            yield found[0]
    finally:
        lane.unwanted.set()
        thread.join()


@dataclass(frozen=True)
class _Lane(Generic[Item]):
    """What one thread hands to another: an item, or nothing at the end, or what was raised."""

    ready: Queue[tuple[list[Item], BaseException | None]]
    unwanted: Event

    def take(self, items: Iterable[Item]) -> None:
        """Take all of `items`, as long as they are wanted."""
        try:
            for item in items:
                self._hand_over([item])
                if self.unwanted.is_set():
                    return
            self._hand_over([])
        except BaseException as error:
            self._hand_over([], error)

    def _hand_over(self, found: list[Item], error: BaseException | None = None) -> None:
        while not self.unwanted.is_set():
            with suppress(Full):
                self.ready.put((found, error), timeout=LOOK_S)
                break
