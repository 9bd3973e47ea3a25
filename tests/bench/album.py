"""How fast the main job is: a whole album, four outputs of it, beside what people use today for one.

`python -m tests.bench.album [RECORDING or FOLDER...] [--minutes 40 --tracks 10 --rate 96000] [--cores N] [--runs 3]`

Without recordings, the mixes of the composed albums are taken. An album folder is made of them, 24 bits, and mastered
by `glassmaster master` in a process of its own that remembers nothing; kernels are compiled and the mixes are in the
page cache before a clock starts. Contenders take turns, and each is judged by its best run. Memory is that of all
processes together. `--quick` tries the bench with four minutes; `--long` measures instead how memory grows: one track
of an hour beside fifteen of four minutes. `--peers` names a Python that has matchering, which Glassmaster does not
need. Linux alone: processes are watched through /proc.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

if __package__ is None:  # run by its path
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

# Nothing of weight is imported here: the memory of a process that starts another counts as its own for a moment.
from tests.bench import delivered
from tests.bench.contenders import OURS, Contender, glassmaster, peers
from tests.bench.cost import ROOT, Cost
from tests.bench.measure import recordings_in
from tests.bench.startup import prefect_server, start_up

DELIVERABLES = ("cd-wav", "flac-44", "streaming", "vinyl-12in-33")
UNSIDED = DELIVERABLES[:3]  # an hour in one piece fits on no side
PIECES = 20
SCRATCH_BYTES = 16  # a frame and deliverable, at the most: what is kept meanwhile, and what is delivered


def album_folder(
    folder: Path, options: argparse.Namespace, tracks: int, track_s: float, wanted: Sequence[str] = DELIVERABLES
) -> Path:
    """An album of the recordings, in a process of its own."""
    needed = tracks * track_s * options.rate * (6 + SCRATCH_BYTES * len(wanted))
    if shutil.disk_usage(folder.parent).free < needed + 2**30:
        sys.exit(f"{folder.parent} has no room for {needed / 1e9:.1f} GB; name another with --folder")
    command = [sys.executable, "-m", "tests.bench.albumfolder", folder, options.rate, tracks, track_s, ",".join(wanted)]
    subprocess.run([*map(str, command), *map(str, options.recordings)], cwd=ROOT, check=True)
    return folder


def benchmark(found: Sequence[Contender], album: Path, scratch: Path, runs: int) -> dict[str, list[Cost]]:
    """The runs of each contender by name, taken in turns; each one's last output stays in a folder of its name."""
    costs: dict[str, list[Cost]] = {contender.name: [] for contender in found}
    for _ in range(runs):
        for contender in found:
            costs[contender.name].append(contender.run(album, scratch / contender.name))
    return costs


def print_costs(found: Sequence[Contender], costs: dict[str, list[Cost]], album_s: float) -> None:
    """One line for each contender: what its best run took, and that for each output beside ours."""
    print(f"{'':13}{'wall s':>8}{'median':>8}{'CPU s':>8}{'MB':>7}{'largest':>9}{'x real time':>13}", end="")
    print(f"{'outputs':>9}{'CPU s each':>12}{'x ours':>8}{'wall s each':>13}{'x ours':>8}")
    best = {name: min(runs, key=lambda cost: cost.wall_s) for name, runs in costs.items()}
    ours_cpu_s, ours_wall_s = (each / found[0].outputs for each in (best[OURS].cpu_s, best[OURS].wall_s))
    for contender in found:
        cost, runs = best[contender.name], costs[contender.name]
        median_s = statistics.median(run.wall_s for run in runs)
        memory_mb, largest_mb = max(run.memory_mb for run in runs), max(run.largest_mb for run in runs)
        cpu_s, wall_s = cost.cpu_s / contender.outputs, cost.wall_s / contender.outputs
        print(f"{contender.name:13}{cost.wall_s:8.1f}{median_s:8.1f}{cost.cpu_s:8.1f}{memory_mb:7.0f}", end="")
        print(f"{largest_mb:9.0f}{album_s / cost.wall_s:13.1f}{contender.outputs:9}", end="")
        print(f"{cpu_s:12.2f}{cpu_s / ours_cpu_s:8.2f}{wall_s:13.2f}{wall_s / ours_wall_s:8.2f}")


def print_course(cost: Cost, cores: int) -> None:
    """Where a run left processors idle, and who held its memory."""
    whole_s = cores * cost.wall_s
    print(
        f"\n{OURS}, cores at work in each twentieth of the best run ({whole_s - cost.cpu_s:.1f} of {whole_s:.1f}",
        end="",
    )
    print(" core seconds idle, or taken by others):")
    print("  " + " ".join(f"{each:.1f}" for each in cost.cores_at_work(PIECES)))
    print("memory at its most: " + ", ".join(f"{name} {memory_mb:.0f} MB" for name, memory_mb in cost.holders))


def print_start_up(album: Path, scratch: Path, runs: int) -> None:
    """What passes before the first mix is measured: the best of some runs over a small album."""
    (scratch / "server").mkdir()
    with prefect_server(scratch / "server") as url:
        apart = min((start_up(album, scratch, url) for _ in range(runs)), key=lambda found: found.measuring_s)
    whole = start_up(album, scratch, None)
    print(f"\nstart-up, a Prefect server being there: first mix measured after {apart.measuring_s:.2f} s")
    print(f"  (imports {apart.imported_s:.2f} s, flow begun at {apart.flow_s:.2f} s)")
    print(f"  with Prefect's embedded server: {whole.measuring_s:.2f} s")


def print_stages(album: Path, small: Path) -> None:
    """Where ours spends its processor time, in a process of its own."""
    print("\nstage by stage, in one process, one render of each deliverable", flush=True)
    command = [sys.executable, "-m", "tests.bench.stages", str(album), str(small)]
    subprocess.run(command, cwd=ROOT, check=True)


def compare(scratch: Path, options: argparse.Namespace) -> None:
    """The tables: costs, the run's course, its stages, start-up, and what was delivered."""
    cores = len(os.sched_getaffinity(0))
    found = [glassmaster(len(DELIVERABLES)), *(() if options.ours_only else peers(options.peers))]
    small = album_folder(scratch / "small", options, 3, 20.0)
    for contender in found:
        contender.run(small, scratch / contender.name)
    album = album_folder(scratch / "album", options, options.tracks, 60 * options.minutes / options.tracks)
    title = f"{options.minutes:g} minutes in {options.tracks} tracks at 24 bits, {options.rate} Hz"
    print(f"\n{title}; best of {options.runs} runs on {cores} cores", flush=True)
    costs = benchmark(found, album, scratch, options.runs)
    print_costs(found, costs, 60 * options.minutes)
    print_course(min(costs[OURS], key=lambda cost: cost.wall_s), cores)
    print_stages(album, small)
    print_start_up(small, scratch, options.runs)
    print()
    ffmpeg = shutil.which("ffmpeg") is not None
    print("\n".join(delivered.table(scratch / OURS, by_ffmpeg=ffmpeg)))
    for contender in found[1:]:
        print(f"{contender.name:20}{'':37}" + (delivered.read_by_ffmpeg(scratch / contender.name) if ffmpeg else ""))


def measure_growth(scratch: Path, options: argparse.Namespace) -> None:
    """Memory over one long track beside that over as much sound in short ones."""
    ours = glassmaster(len(UNSIDED))
    ours.run(album_folder(scratch / "small", options, 3, 20.0, UNSIDED), scratch / OURS)
    for tracks in (1, 15):
        album = album_folder(scratch / "album", options, tracks, 60 * options.minutes / tracks, UNSIDED)
        cost = ours.run(album, scratch / OURS)
        delivered.certificate(scratch / OURS)
        print(f"{options.minutes:g} minutes in {tracks} tracks: {cost.memory_mb:.0f} MB together, ", end="")
        print(f"{cost.largest_mb:.0f} MB the largest process; {cost.wall_s:.1f} s", flush=True)
        shutil.rmtree(album)


def asked() -> argparse.Namespace:
    """The options, with the recordings in the folders and files named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="*", type=Path, default=sorted(ROOT.glob("albums/*/mixes")))
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--tracks", type=int)
    parser.add_argument("--rate", type=int, default=96_000)
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="four tracks of a minute")
    parser.add_argument("--long", action="store_true", help="memory alone, of an hour")
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--folder", type=Path, help="where the album and its masters are kept meanwhile")
    options = parser.parse_args()
    options.minutes = options.minutes or (4.0 if options.quick else 60.0 if options.long else 40.0)
    options.tracks = options.tracks or (4 if options.quick else 10)
    options.recordings = recordings_in(options.recordings)
    if not options.recordings:
        parser.error("no recordings; `python -m albums.examples.compose` makes some")
    return options


def main() -> None:
    options = asked()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])  # what is started later inherits it
    # The one would have every process compile Glassmaster's modules anew, the other lend it a server.
    for name in ("PYTHONDONTWRITEBYTECODE", "PREFECT_API_URL"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        (measure_growth if options.long else compare)(Path(scratch), options)


if __name__ == "__main__":
    main()
