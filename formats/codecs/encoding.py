"""Samples encoded by one or several codecs: the same samples give the same bytes, each time and on every machine.

Without FFmpeg's `bitexact` a Vorbis or Opus stream gets a random serial number; with the processor's own instructions
AAC comes out differently from one processor to the next. AAC's noise substitution is off: every decoder fills it with
random numbers of its own, so that what one decoder shows would say nothing of another.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from albums.faults import Fault, Refusal
from formats.codecs.ffmpeg import ENCODERS, installed
from profiles.codecs import Codec, Kind

PROCESS = Path(__file__).with_name("pydub_process.py")
SAME_BYTES = ("-cpuflags", "0", "-threads", "1", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact")
FRAME_BYTES = 8  # of what is encoded: two channels of int32
LOOK_S = 0.1  # between looks at whether it is done or was stopped
LONGEST_WORDS = 300  # characters of what FFmpeg says that are told


@dataclass(frozen=True)
class Container:
    """How FFmpeg calls the container of a kind of codec, the suffix of its files, and what its encoder is told."""

    name: str
    suffix: str
    parameters: tuple[str, ...] = ()


CONTAINERS: dict[Kind, Container] = {
    "aac": Container("ipod", ".m4a", ("-aac_pns", "0")),
    "mp3": Container("mp3", ".mp3"),
    "opus": Container("opus", ".opus"),
    "vorbis": Container("ogg", ".ogg"),
}


def encode(
    samples: Path, rate_hz: int, codecs: Sequence[Codec], folder: Path, wait: Callable[[], object] = lambda: None
) -> dict[Codec, Path]:
    """Encode the raw stereo file `samples`, int32 of full scale 2^31, by each of `codecs`, to files in `folder`.

    Opus takes 48000 Hz and nothing else. `wait` is called again and again meanwhile, and may raise to stop. Raises
    Refusal where FFmpeg cannot do it, and OSError.
    """
    program = installed()
    written = {codec: folder / f"{codec.name}{CONTAINERS[codec.kind].suffix}" for codec in codecs}
    files = [
        {"path": str(path), "container": CONTAINERS[codec.kind].name, "parameters": parameters(codec)}
        for codec, path in written.items()
    ]
    orders = {"ffmpeg": str(program.path), "samples": str(samples), "rate_hz": rate_hz, "files": files}
    # Python and pydub put whole tracks where temporary files go: unreleased music belongs with the rest of the work.
    with TemporaryDirectory(dir=folder, prefix=".encoding-") as temporary, Path(temporary, "said").open("w+b") as said:
        environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary)}
        process = _begun(environment, said.fileno())
        try:
            _feed(process, json.dumps(orders).encode())
            while process.poll() is None:
                wait()
                _look(process)
        finally:
            _end(process)
        if process.returncode:
            said.seek(0)
            words = " ".join(said.read().decode(errors="replace").split())[-LONGEST_WORDS:]
            names = ", ".join(codec.name for codec in codecs)
            raise Refusal([Fault("", f"{names}: cannot be encoded by {program.path}: {words or 'it ended'}")])
    return written


def parameters(codec: Codec) -> list[str]:
    """What FFmpeg is told about `codec`."""
    rate = ["-b:a", f"{codec.kbps}k"] if codec.kbps else ["-q:a", str(codec.quality)]
    return [*SAME_BYTES, "-c:a", ENCODERS[codec.kind], *rate, *CONTAINERS[codec.kind].parameters]


def _begun(environment: dict[str, str], said: int) -> "subprocess.Popen[bytes]":
    """The process, in a group of its own, so that FFmpeg ends with it."""
    return subprocess.Popen(  # noqa: S603 - Python, and a module of this program
        [sys.executable, "-P", str(PROCESS)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=os.name == "posix",
    )


def _feed(process: "subprocess.Popen[bytes]", orders: bytes) -> None:
    if process.stdin is None:
        raise ValueError("the process has no standard input")
    try:
        process.stdin.write(orders + b"\n")
        process.stdin.flush()  # and is left open: its end is the end of the process
    except BrokenPipeError:  # it has ended; its exit code says so
        return


def _look(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(LOOK_S)
    except subprocess.TimeoutExpired:
        return


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
    if process.stdin is not None:
        with suppress(BrokenPipeError):  # orders that it did not read
            process.stdin.close()
