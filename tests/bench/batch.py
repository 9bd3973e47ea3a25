"""How many albums an hour a batch does, beside a shell loop of `glassmaster master`, and what it takes.

`python -m tests.bench.batch [RECORDING or FOLDER...] [--albums 4 --minutes 20 --tracks 10 --rate 44100]`

Albums are made of the recordings, each of others first, so that nothing that is remembered of one serves another. Each
contender begins with nothing remembered; kernels are compiled, Prefect's database is made, and the mixes are in the
page cache. `library` masters the albums one after another in one process, without Prefect: what a batch takes beyond
that is orchestration. Memory is that of all processes together, beside what was promised for so many workers.
`unchanged` is a second batch over albums that are as they were. At the end stands what follows for many albums a night,
with its arithmetic.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

if __package__ is None:  # run by its path
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.cost import ROOT, Cost, cost_of
from tests.bench.measure import recordings_in

DELIVERABLES = ("cd-wav", "streaming")
NIGHT_H = 8.0
NIGHTS = (1_000, 10_000, 100_000)  # albums
LIBRARY = """
import sys, glassmaster
for album, out in zip(sys.argv[1::2], sys.argv[2::2]):
    glassmaster.master(album, out=out)
"""
SERVER = "pipeline.flows.server.serving"
SETTLE_S = 6.0  # until what was written counts as unchanged without a look at it
# What one of each bears, for the table of many machines: round figures, to be measured where it matters.
SHARED_DISK_MB_S = 1_000.0  # a file server on 10 Gbit/s
SERVER_CORES = 1.0  # Prefect's server is one process of Python


@dataclass(frozen=True)
class Run:
    """What one contender took, with so many workers."""

    name: str
    workers: int
    cost: Cost


def make_inbox(inbox: Path, options: argparse.Namespace) -> list[Path]:
    """The albums, each made by a process of its own."""
    albums = []
    for number in range(options.albums):
        turned = options.recordings[number:] + options.recordings[:number]
        album, track_s = inbox / f"album-{number + 1:02}", 60.0 * options.minutes / options.tracks
        words = ["-m", "tests.bench.albumfolder", album, options.rate, options.tracks, track_s, ",".join(DELIVERABLES)]
        subprocess.run([sys.executable, *map(str, words), *map(str, turned)], cwd=ROOT, check=True)
        albums.append(album)
    return albums


def promised_mb(albums: list[Path], workers: int) -> float:
    """What `workers` albums at once, a batch and its server are admitted with."""
    from pipeline.batch.admission import memory_needed_bytes
    from pipeline.batch.request import RESERVED_BYTES
    from pipeline.mastering.opening import open_album
    from pipeline.system.parallel import processors
    from profiles import load_all

    needs = sorted(memory_needed_bytes(open_album(each), load_all(DELIVERABLES), processors()) for each in albums)
    return float(sum(needs[-workers:]) + RESERVED_BYTES) / 2**20


def timed(name: str, command: list[str], scratch: Path, workers: int = 1, home: str = "") -> Run:
    """One contender's run, with a home of its own unless `home` names one that is there."""
    environment = {**os.environ, "PREFECT_HOME": str(scratch / (home or f"home-{name}"))}
    if not home:
        make_database(environment)
    run = Run(name, workers, cost_of(command, environment, scratch / f"{name}.log"))
    print(f"{name}: {run.cost.wall_s:.1f} s", file=sys.stderr, flush=True)
    return run


def make_database(environment: dict[str, str]) -> None:
    """Prefect's, as every run but the first on a machine finds it."""
    command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"]
    subprocess.run(command, env=environment, check=True, capture_output=True)


def contenders(albums: list[Path], scratch: Path) -> list[Run]:
    """All of them, one after another."""
    python, inbox = sys.executable, albums[0].parent
    pairs = [str(path) for album in albums for path in (album, scratch / "out-library" / album.name)]
    loop = [f"{python} -m pipeline master {each} --out {scratch}/out-loop/{each.name} -q" for each in albums]
    batch = [python, "-m", "pipeline", "batch", str(inbox)]
    found = [timed("library", [python, "-c", LIBRARY, *pairs], scratch)]
    found.append(timed("loop", ["sh", "-c", " && ".join(loop)], scratch))
    for workers in (1, 2):
        out = ["--out", str(scratch / f"out-{workers}"), "--workers", str(workers)]
        found.append(timed(f"batch-{workers}", [*batch, *out], scratch, workers))
    time.sleep(SETTLE_S)
    found.append(timed("unchanged", [*batch, *out], scratch, 2, "home-batch-2"))
    return found


def print_runs(runs: list[Run], albums: list[Path]) -> None:
    """A line for each contender."""
    print(f"{'':11}{'wall s':>8}{'CPU s':>8}{'albums/h':>10}{'MB':>7}{'promised':>10}{'server CPU s':>14}")
    for run in runs:
        cost, count = run.cost, len(albums)
        promised = f"{promised_mb(albums, run.workers):.0f}" if run.name.startswith("batch") else ""
        print(f"{run.name:11}{cost.wall_s:8.1f}{cost.cpu_s:8.1f}{3600 * count / cost.wall_s:10.1f}", end="")
        print(f"{cost.memory_mb:7.0f}{promised:>10}{cost.cpu_s_of.get(SERVER, 0.0):14.2f}")
    by_name = {run.name: run.cost for run in runs}
    library, batch = by_name["library"], by_name["batch-1"]
    wall_s, cpu_s = (batch.wall_s - library.wall_s) / len(albums), (batch.cpu_s - library.cpu_s) / len(albums)
    share = 100 * (batch.wall_s - library.wall_s) / library.wall_s
    print(f"\norchestration, an album: {wall_s:.2f} s of wall ({share:.1f} %), {cpu_s:.2f} s of processor")


def print_many(cost: Cost, albums: list[Path], out: Path) -> None:
    """What follows from a batch for a night of many albums, and which part is full first."""
    count, cores, night_s = len(albums), len(os.sched_getaffinity(0)), NIGHT_H * 3600
    read_mb = sum(path.stat().st_size for album in albums for path in album.rglob("*.wav")) / count / 1e6
    written_mb = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / count / 1e6
    moved_mb = 3 * (read_mb + written_mb)  # mixes: hashed, measured, mixed down; masters: written, hashed, measured
    each_s, server_s = cost.wall_s / count, cost.cpu_s_of.get(SERVER, 0.0) / count
    took = f"{cost.cpu_s / count:.1f} CPU s, {each_s:.1f} s on {cores} cores, the server {server_s:.2f} CPU s"
    moved = f"{read_mb:.0f} MB of mixes, {written_mb:.0f} MB of masters, {moved_mb:.0f} MB moved"
    print(f"\nan album: {took}; {moved}; nights of {NIGHT_H:g} h\n")
    heads = ("albums", f"machines of {cores} cores", "storage MB/s", "file servers", "server cores")
    print("".join(f"{head:>{len(head) + 3}}" for head in heads))
    for number in NIGHTS:
        mb_s = number * moved_mb / night_s
        cells = [f"{number}", f"{-(-number * each_s // night_s):.0f}", f"{mb_s:.0f}", f"{mb_s / SHARED_DISK_MB_S:.2f}"]
        cells.append(f"{number * server_s / night_s:.2f}")
        print("".join(f"{cell:>{len(head) + 3}}" for cell, head in zip(cells, heads, strict=True)))
    storage, server = SHARED_DISK_MB_S * night_s / moved_mb, SERVER_CORES * night_s / max(server_s, 1e-9)
    print(f"\na file server of {SHARED_DISK_MB_S:g} MB/s is full at {storage:,.0f} albums a night,")
    print(f"one server process at {server:,.0f}: {'storage' if storage < server else 'the server'} gives way first")


def asked() -> argparse.Namespace:
    """The options, with the recordings in the folders and files named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="*", type=Path, default=sorted(ROOT.glob("albums/*/mixes")))
    parser.add_argument("--albums", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--tracks", type=int, default=10)
    parser.add_argument("--rate", type=int, default=44_100)
    parser.add_argument("--folder", type=Path, help="where albums and masters are kept meanwhile")
    options = parser.parse_args()
    options.recordings = recordings_in(options.recordings)
    if not options.recordings:
        parser.error("no recordings; `python -m albums.examples.compose` makes some")
    return options


def main() -> None:
    options = asked()
    for name in ("PYTHONDONTWRITEBYTECODE", "PREFECT_API_URL"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        scratch = Path(folder)
        albums = make_inbox(scratch / "inbox", options)
        what = f"{options.minutes:g} min, {options.tracks} tracks, {options.rate} Hz"
        print(f"{options.albums} albums of {what}\n", flush=True)
        runs = contenders(albums, scratch)
        print_runs(runs, albums)
        print_many(next(run.cost for run in runs if run.name == "batch-2"), albums, scratch / "out-2")


if __name__ == "__main__":
    main()
