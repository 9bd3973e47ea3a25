"""An album through what people use today, one output: a process for each track, as many at once as there are cores.

`python -m tests.bench.chains NAME PYTHON OUT MIX...`; `NAME` is a key of `CHAINS`, `PYTHON` has the modules.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "NUMBA")}
MATCHED = Path(__file__).with_name("matched.py")
LOUDNORM = "loudnorm=I=-14:TP=-1:LRA=11:print_format=json"
LIMITER = "alimiter=limit=0.89125:level=disabled"  # -1 dBFS, at the mix's rate
FLAC_24_44 = ("-ar", "44100", "-sample_fmt", "s32", "-bits_per_raw_sample", "24", "-c:a", "flac")

Chain = Callable[[str, Path, Sequence[str], str], None]


def ffmpeg(python: str, out: Path, mixes: Sequence[str], mix: str) -> None:  # noqa: ARG001 - a chain's form
    """FFmpeg's loudness normalisation in two passes, its limiter, and a 24-bit FLAC at 44.1 kHz."""
    found = _loudnorm(mix, LOUDNORM, "-f", "null", "-")
    measured = ":".join(f"measured_{key}={found[f'input_{key.lower()}']}" for key in ("I", "TP", "LRA", "thresh"))
    graph = f"{LOUDNORM}:linear=true:{measured}:offset={found['target_offset']},{LIMITER}"
    _loudnorm(mix, graph, *FLAC_24_44, str(out / f"{Path(mix).stem}.flac"))


def _loudnorm(mix: str, graph: str, *output: str) -> dict[str, str]:
    """Run FFmpeg over `mix`; what its filter says in the end."""
    command = ["ffmpeg", "-hide_banner", "-nostats", "-nostdin", "-y", "-i", mix, "-af", graph, *output]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    found: dict[str, str] = json.loads(said[said.rindex("{") : said.rindex("}") + 1])
    return found


def matchering(python: str, out: Path, mixes: Sequence[str], mix: str) -> None:
    """Every track matched to the album's first."""
    command = [python, str(MATCHED), mix, mixes[0], str(out / Path(mix).name)]
    subprocess.run(command, env=os.environ | ONE_THREAD, check=True)


CHAINS: dict[str, Chain] = {"ffmpeg": ffmpeg, "matchering": matchering}


def main() -> None:
    name, python, out, *mixes = sys.argv[1:]
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(partial(CHAINS[name], python, Path(out), mixes), mixes))


if __name__ == "__main__":
    main()
