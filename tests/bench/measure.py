"""How fast the meters are, beside those that people use today: whole processes on one core, over the same long files.

`python -m tests.bench.measure [RECORDING or FOLDER...] [--rate 44100 --rate 96000] [--hours 1] [--runs 3]`

Without recordings, the mixes of the composed albums are taken. They are joined and repeated to the length asked for,
16 bits up to 48 kHz and 24 above. Kernels are compiled and the file is in the page cache before a clock starts. Meters
take turns, and each is judged by its best run. `--memory 3` measures instead how much memory the full analysis takes
of three hours at 24 bits and 96 kHz. `--peers` names a Python that has pyebur128, which Glassmaster does not need.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# Nothing of weight is imported here: the kernel counts the memory of the process that starts a meter as the meter's.

ROOT = Path(__file__).resolve().parents[2]
SOUNDS = {".wav", ".flac", ".ogg", ".aif", ".aiff", ".caf", ".w64"}
WARM_UP_S = 20.0
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "NUMBA")}
BASELINES = ("libebur128 in C", "pyebur128")
FFMPEG_FIGURE = re.compile(r"^\s+(?:I|LRA|Peak):\s+(\S+) (?:LUFS|LU|dBFS)$", re.MULTILINE)

Figures = Sequence[float | None]


@dataclass(frozen=True)
class Meter:
    """A meter's name, the command that runs it (the file comes last or for `{}`), and how its output is read."""

    name: str
    command: Sequence[str]
    figures: Callable[[str], Figures] = json.loads
    longest_s: float = float("inf")

    def run(self, path: Path) -> "Run":
        """Measure `path` in a process of its own."""
        command = [part.replace("{}", str(path)) for part in self.command]
        with tempfile.TemporaryFile() as output:
            start = time.perf_counter()
            process = subprocess.Popen(command, stdout=output, stderr=output, cwd=ROOT, env=os.environ | ONE_THREAD)
            _, status, usage = os.wait4(process.pid, 0)
            wall_s = time.perf_counter() - start
            output.seek(0)
            text = output.read().decode()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{self.name} failed:\n{text}")
        return Run(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, self.figures(text))


@dataclass(frozen=True)
class Run:
    """What one process took, and what it read: LUFS, LU, dBTP."""

    wall_s: float
    cpu_s: float
    memory_mb: float
    figures: Figures


def python_meter(name: str, key: str, python: str = sys.executable, longest_s: float = float("inf")) -> Meter:
    return Meter(name, [python, "-m", "tests.bench.meters", key, "{}"], longest_s=longest_s)


FULL = python_meter("Glassmaster, all", "full-analysis")
REFERENCE = python_meter("reference", "reference-peak")


def meters(folder: Path, peers: str) -> Iterator[Meter]:
    """The meters that can be run here; what is absent is said to be."""
    yield FULL
    yield python_meter("Glassmaster, three", "three-figures")
    if program := libebur128_in_c(folder):
        yield Meter(BASELINES[0], [str(program), "{}"])
    else:
        print("absent: libebur128 in C (needs cc, libebur128-dev, libsndfile1-dev)")
    if has(peers, "pyebur128"):
        yield python_meter(BASELINES[1], "pyebur128", peers)
    else:
        print(f"absent: pyebur128 (pip install pyebur128, or --peers with a Python that has it; {peers} has not)")
    if shutil.which("ffmpeg"):
        graph = "ebur128=peak=true:framelog=verbose"
        command = ["ffmpeg", "-hide_banner", "-nostats", "-nostdin", "-i", "{}", "-af", graph, "-f", "null", "-"]
        yield Meter("ffmpeg ebur128", command, ffmpeg_figures)
    else:
        print("absent: ffmpeg")
    yield python_meter("pyloudnorm", "pyloudnorm", longest_s=600.0)


def has(python: str, module: str) -> bool:
    return subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0


def libebur128_in_c(folder: Path) -> Path | None:
    """The small program beside this one, compiled; None where that cannot be done."""
    compiler, program = shutil.which("cc"), folder / "libebur128"
    if compiler is None:
        return None
    source = str(Path(__file__).with_name("libebur128.c"))
    command = [compiler, "-O2", source, "-o", str(program), "-lebur128", "-lsndfile", "-lm"]
    return None if subprocess.run(command, capture_output=True).returncode else program


def ffmpeg_figures(text: str) -> Figures:
    """The three figures of the summary, with the one decimal that ffmpeg prints."""
    return [float(figure) for figure in FFMPEG_FIGURE.findall(text.split("Summary:")[1])]


def programme(folder: Path, rate_hz: int, duration_s: float, recordings: Sequence[Path]) -> Path:
    """The recordings, joined and repeated, in the page cache if there is room."""
    out = folder / f"{rate_hz}-{duration_s:.0f}.wav"
    needed = 2.0 * duration_s * rate_hz * (4 if rate_hz <= 48_000 else 6)
    if shutil.disk_usage(folder).free < needed + 2**30:
        sys.exit(f"{folder} has no room for {needed / 1e9:.1f} GB; name another with --folder")
    command = [sys.executable, "-m", "tests.bench.programme", str(out), str(rate_hz), str(duration_s)]
    subprocess.run([*command, *map(str, recordings)], cwd=ROOT, check=True)
    with out.open("rb") as file:
        while file.read(2**20):
            pass
    return out


def benchmark(contenders: Sequence[Meter], short: Path, long: Path, runs: int) -> dict[str, list[Run]]:
    """The runs of each contender over `long`, by name, taken in turns after one over `short`."""
    for meter in contenders:
        meter.run(short)
    found: dict[str, list[Run]] = {meter.name: [] for meter in contenders}
    for _ in range(runs):
        for meter in contenders:
            found[meter.name].append(meter.run(long))
    return found


def print_speeds(contenders: Sequence[Meter], found: dict[str, list[Run]], duration_s: float) -> None:
    """One line for each meter: the least that it took, beside the least that the baselines took."""
    best_s = {name: min(run.wall_s for run in runs) for name, runs in found.items()}
    baselines = [name for name in BASELINES if name in found]
    print(f"{'':20}{'wall s':>9}{'median':>9}{'CPU s':>9}{'MB':>7}{'x real time':>13}", end="")
    print("".join(f"{'x ' + name:>19}" for name in baselines))
    for meter in contenders:
        runs, share = found[meter.name], min(1.0, meter.longest_s / duration_s)
        wall_s = best_s[meter.name] / share
        median_s = statistics.median(run.wall_s for run in runs) / share
        cpu_s = min(run.cpu_s for run in runs) / share
        memory_mb = max(run.memory_mb for run in runs)
        line = f"{meter.name:20}{wall_s:9.2f}{median_s:9.2f}{cpu_s:9.2f}{memory_mb:7.0f}{duration_s / wall_s:13.0f}"
        line += "".join(f"{best_s[name] / wall_s:19.2f}" for name in baselines)
        print(line + (f"  (of the first {meter.longest_s:.0f} s)" if share < 1.0 else ""))


def print_figures(found: dict[str, list[Run]], reference_dbtp: float) -> None:
    """What each meter read, of as much as it was timed over, and how far its true peak lies from the reference."""
    print(f"\n{'':20}{'LUFS':>9}{'LU':>9}{'dBTP':>9}{'off by dB':>11}")
    for name, runs in found.items():
        integrated, width, peak_dbtp = runs[0].figures
        line = f"{name:20}{written(integrated)}{written(width)}{written(peak_dbtp)}"
        print(line + (f"{peak_dbtp - reference_dbtp:+11.3f}" if peak_dbtp is not None else ""))
    print(f"{'8x, 96 taps':20}{'':18}{written(reference_dbtp)}\n", flush=True)


def written(figure: float | None) -> str:
    return f"{'-':>9}" if figure is None else f"{figure:9.3f}"


def compare(folder: Path, options: argparse.Namespace, recordings: Sequence[Path]) -> None:
    """The tables: speeds, then figures, for each rate."""
    contenders = list(meters(folder, options.peers))
    for rate_hz in options.rate or (44_100, 96_000):
        duration_s = 3600 * options.hours
        short, long = (programme(folder, rate_hz, length_s, recordings) for length_s in (WARM_UP_S, duration_s))
        print(f"\n{duration_s / 60:.0f} minutes at {rate_hz} Hz, best of {options.runs} runs on one core", flush=True)
        found = benchmark(contenders, short, long, options.runs)
        print_speeds(contenders, found, duration_s)
        print_figures(found, REFERENCE.run(long).figures[2] or 0.0)
        long.unlink()


def measure_memory(folder: Path, hours: float, recordings: Sequence[Path]) -> None:
    """How much memory the full analysis of a long file takes."""
    run = FULL.run(programme(folder, 96_000, 3600 * hours, recordings))
    print(f"{hours:g} h at 24 bits, 96 kHz: {run.memory_mb:.0f} MB at the most, {run.wall_s:.0f} s")


def recordings_in(named: Sequence[Path]) -> list[Path]:
    """The files of sound among those that are named, and in the folders that are."""
    paths = [path.resolve() for path in named]
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return [file for file in files if file.suffix.lower() in SOUNDS]


def asked() -> tuple[argparse.Namespace, list[Path]]:
    """The options, and the recordings in the folders and files named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="*", type=Path, default=sorted(ROOT.glob("albums/*/mixes")))
    parser.add_argument("--rate", type=int, action="append")
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", type=float, metavar="HOURS")
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--folder", type=Path, help="where the long files are kept meanwhile")
    options = parser.parse_args()
    recordings = recordings_in(options.recordings)
    return options, recordings or parser.error("no recordings; `python -m albums.examples.compose` makes some")


def main() -> None:
    options, recordings = asked()
    if hasattr(os, "sched_setaffinity"):  # Linux; what is started later inherits it
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if options.memory:
            measure_memory(Path(folder), options.memory, recordings)
        else:
            compare(Path(folder), options, recordings)


if __name__ == "__main__":
    main()
