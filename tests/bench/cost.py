"""What a command takes: wall time, processors and memory, of its process and of all its descendants.

Read from outside, from Linux's /proc, twice a second; the kernel's own account of processors is used where it has
more, since it also knows those that lived between two looks.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

ROOT = Path(__file__).resolve().parents[2]
LOOK_S = 0.5  # between looks: a look takes some 10 ms of one core
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
PARENT, USER, SYSTEM, STARTED, RESIDENT = 1, 11, 12, 19, 21  # proc_pid_stat(5), counted from the state on
SHARES_TOLD = Path("/proc/self/smaps_rollup").exists()

Stat = Sequence[bytes]


@dataclass(frozen=True)
class Cost:
    """What one run took. Memory is what all processes together held at their most; `holders` who held how much then."""

    wall_s: float
    cpu_s: float
    memory_mb: float
    holders: Sequence[tuple[str, float]]
    largest_mb: float
    history: Sequence[tuple[float, float]]
    """Seconds since the start, and processor seconds used until then."""
    cpu_s_of: Mapping[str, float] = field(default_factory=dict)
    """Processor seconds by what processes are called, as far as they were seen."""

    def cores_at_work(self, pieces: int) -> list[float]:
        """How many processors were at work, on average, in each of so many equal pieces of the run."""
        width_s = self.wall_s / pieces
        used_s = [self._used_s(piece * width_s) for piece in range(pieces + 1)]
        return [(after - before) / width_s for before, after in pairwise(used_s)]

    def _used_s(self, at_s: float) -> float:
        before, used_s = 0.0, 0.0
        for time_s, cpu_s in self.history:
            if time_s >= at_s:
                return used_s + (cpu_s - used_s) * (at_s - before) / (time_s - before)
            before, used_s = time_s, cpu_s
        return used_s


@dataclass
class Watch:
    """What has been seen so far of the process `root` and of all that came of it."""

    root: int
    cpu_s: dict[tuple[int, bytes], float] = field(default_factory=dict)
    names: dict[tuple[int, bytes], str] = field(default_factory=dict)
    history: list[tuple[float, float]] = field(default_factory=list)
    memory_mb: float = 0.0
    largest_mb: float = 0.0
    holders: Sequence[tuple[str, float]] = ()

    def look(self, at_s: float) -> None:
        """Count once what is there."""
        held = list[tuple[str, float]]()
        for pid, stat in _family(self.root):
            # A number is given again once its process is gone; together with its start it is one process.
            self.cpu_s[pid, stat[STARTED]] = (int(stat[USER]) + int(stat[SYSTEM])) / TICKS_PER_S
            name = self.names[pid, stat[STARTED]] = _name(pid)
            held.append((name, _memory_mb(pid, stat)))
        self.history.append((at_s, sum(self.cpu_s.values())))
        together_mb = sum(memory_mb for _, memory_mb in held)
        self.largest_mb = max([self.largest_mb, *(memory_mb for _, memory_mb in held)])
        if together_mb > self.memory_mb:
            self.memory_mb, self.holders = together_mb, sorted(held, key=lambda one: -one[1])

    def cpu_s_of(self) -> dict[str, float]:
        """Processor seconds by what processes are called."""
        found = dict[str, float]()
        for process, cpu_s in self.cpu_s.items():
            found[self.names[process]] = found.get(self.names[process], 0.0) + cpu_s
        return found


def cost_of(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Cost:
    """Run `command` and say what it took; its output goes to `log`, and where it fails the bench ends with it."""
    with log.open("wb") as output:
        start_s = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=ROOT, env=environment)
        with _watched(process.pid, start_s) as watch:
            _, status, usage = os.wait4(process.pid, 0)
            wall_s = time.perf_counter() - start_s
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command[:4])} ... ended with {process.returncode}:\n{log.read_text(errors='replace')}")
    cpu_s = max(sum(watch.cpu_s.values()), usage.ru_utime + usage.ru_stime)
    history = [*watch.history, (wall_s, cpu_s)]
    return Cost(wall_s, cpu_s, watch.memory_mb, watch.holders, watch.largest_mb, history, watch.cpu_s_of())


@contextmanager
def _watched(root: int, start_s: float) -> Iterator[Watch]:
    """A watch that looks again and again while the block lasts."""
    watch, over = Watch(root), Event()

    def look_on() -> None:
        while not over.wait(LOOK_S):
            watch.look(time.perf_counter() - start_s)

    thread = Thread(target=look_on, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()


def _family(root: int) -> Iterator[tuple[int, Stat]]:
    """`root` and all that came of it and live, as far as their parents live too."""
    stats = dict[int, Stat]()
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            with suppress(OSError):
                stats[int(path.name)] = (path / "stat").read_bytes().rpartition(b")")[2].split()
    family = [root]
    for parent in family:  # which grows meanwhile
        family += [pid for pid, stat in stats.items() if int(stat[PARENT]) == parent]
    yield from ((pid, stats[pid]) for pid in family if pid in stats)


def _memory_mb(pid: int, stat: Stat) -> float:
    """A process's proportional share of memory, nothing once it has ended; else, untold, all that it has in memory."""
    if not SHARES_TOLD:
        return int(stat[RESIDENT]) * PAGE_BYTES / 2**20
    with suppress(OSError):
        for line in Path("/proc", str(pid), "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _name(pid: int) -> str:
    """What a process is called by people: its program, or the module that Python runs."""
    words = list[str]()
    with suppress(OSError):
        words = Path("/proc", str(pid), "cmdline").read_bytes().decode(errors="replace").split("\0")
    if "-m" in words[1:-1]:
        return words[words.index("-m") + 1]
    for module in ("pipeline.flows.server.serving", "pipeline.cli.batch.child", "pipeline.cli.batch.warm"):
        if any(module in word for word in words):
            return module
    return Path(words[0]).name if words else "?"
