"""Kernels that have to be compiled: a watcher is told, since that takes half a minute, once for an installation."""

from contextlib import suppress
from threading import Lock, Timer
from typing import Any, Protocol

from pipeline.system.writable_folders import kernels_are_kept

COMPILING = "compiling, once"
COMPILING_EACH_TIME = "compiling, for this run alone: set NUMBA_CACHE_DIR to a folder that can be written to"
KIND = "numba:compile"  # numba's own event; it has none for a kernel that it finds compiled
QUIET_S = 1.0  # without compiling, until it counts as over: one kernel follows another


class Told(Protocol):
    """What is told of compiling: a watcher."""

    def begin(self, work: str, sound_s: float) -> None:
        """A piece of work starts."""

    def end(self, work: str) -> None:
        """It is done."""


class CompilingTold:
    """As long as work is within it, a watcher is told when kernels begin to be compiled, and when no more are."""

    def __init__(self, watcher: Told) -> None:
        """Nothing is told to `watcher` yet."""
        self._watcher, self._lock = watcher, Lock()
        self._within, self._depth, self._told = 0, 0, ""
        self._listener: Any = None
        self._over: Timer | None = None

    def __enter__(self) -> None:
        """One more piece of work is within it."""
        with self._lock:
            self._within += 1
            if self._within == 1:
                self._depth = 0
                self._listener = _listening(self)

    def __exit__(self, *_: object) -> None:
        """One less."""
        with self._lock:
            self._within -= 1
            if not self._within:
                from numba.core import event

                event.unregister(KIND, self._listener)  # type: ignore[no-untyped-call]
                self._quiet()

    def begun(self) -> None:
        """A kernel is being compiled, it may be within another."""
        with self._lock:
            self._depth += 1
            if self._over:
                self._over.cancel()
            if not self._told:
                self._told = COMPILING if kernels_are_kept() else COMPILING_EACH_TIME
                self._watcher.begin(self._told, 0.0)

    def ended(self) -> None:
        """It is compiled; it may have been begun before anybody listened."""
        with self._lock:
            self._depth = max(0, self._depth - 1)
            if not self._depth:
                self._over = Timer(QUIET_S, self._over_now)
                self._over.daemon = True
                self._over.start()

    def _over_now(self) -> None:
        with self._lock:
            if not self._depth:
                self._quiet()

    def _quiet(self) -> None:
        if self._over:
            self._over.cancel()
        told, self._told = self._told, ""
        with suppress(Exception):  # what a watcher has to say, it says again where a piece of work hears it
            if told:
                self._watcher.end(told)


def _listening(told: CompilingTold) -> Any:
    from numba.core import event  # whoever works has imported it already

    class Listener(event.Listener):
        def on_start(self, _: object) -> None:
            told.begun()

        def on_end(self, _: object) -> None:
            told.ended()

    listener = Listener()
    event.register(KIND, listener)  # type: ignore[no-untyped-call]
    return listener
