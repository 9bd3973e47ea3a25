"""What an album's run left behind: loudness and true peak of its files by FFmpeg, beside what the certificate says."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.bench.measure import SOUNDS, ffmpeg_figures

GRAPH = "ebur128=peak=true:framelog=verbose"

Figures = tuple[float, float]
"""Integrated loudness in LUFS, true peak in dBTP."""


def certificate(out: Path) -> Mapping[str, Any]:
    """What the certificate at `out` says; ValueError where it does not say that all passed."""
    found: Mapping[str, Any] = json.loads((out / "certificate.json").read_text("utf-8"))
    if found["passed"] is not True:
        raise ValueError(f"{out}: the certificate says passed = {found['passed']}, expected True")
    return found


def table(out: Path, *, by_ffmpeg: bool) -> Iterator[str]:
    """A line for each deliverable at `out`: renders taken, and the loudest track and the highest true peak."""
    known = certificate(out)
    yield f"{'':20}{'renders':>9}{'certificate: LUFS':>20}{'dBTP':>8}{'ffmpeg: LUFS':>16}{'dBTP':>8}  (loudest file)"
    for name, deliverable in known["deliverables"].items():
        after = [track["after"][name] for track in known["tracks"]]
        loudest_lufs = max(heard["integrated_lufs"] for heard in after)
        highest_dbtp = max(heard["true_peak_dbtp"] for heard in after)
        line = f"{name:20}{deliverable['promise']['renders']:9}{loudest_lufs:20.2f}{highest_dbtp:8.2f}"
        yield line + (read_by_ffmpeg(out / name) if by_ffmpeg else "")


def read_by_ffmpeg(folder: Path) -> str:
    """The loudest file in `folder` and the highest true peak of all, with the one decimal that FFmpeg prints."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SOUNDS)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        found: Sequence[Figures] = list(pool.map(_figures, files))
    return f"{max(lufs for lufs, _ in found):16.1f}{max(dbtp for _, dbtp in found):8.1f}"


def _figures(path: Path) -> Figures:
    command = ["ffmpeg", "-hide_banner", "-nostats", "-nostdin", "-i", str(path), "-af", GRAPH, "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    integrated_lufs, _, peak_dbtp = (float(figure or 0.0) for figure in ffmpeg_figures(said))
    return integrated_lufs, peak_dbtp
