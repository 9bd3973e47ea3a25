"""The FFmpeg that encodes and decodes: which program it is, and what it can do.

The bytes of a lossy file, and of a master that was shaped for one, depend on the program. So its version and its hash
go into the certificate.
"""

import hashlib
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from albums.faults import Fault, Refusal
from profiles.codecs import Codec, Kind

ENCODERS: dict[Kind, str] = {"aac": "aac", "mp3": "libmp3lame", "opus": "libopus", "vorbis": "libvorbis"}
PATIENCE_S = 60.0  # for a program that only lists what it can do
REMEDY = "install imageio-ffmpeg, or name an FFmpeg in IMAGEIO_FFMPEG_EXE"


@dataclass(frozen=True)
class Ffmpeg:
    """One program: where it is, the first line that it says of itself, its SHA-256, and the encoders that it has."""

    path: Path
    version: str
    sha256: str
    encoders: frozenset[str]

    @property
    def described(self) -> str:
        """The version and the hash, as a certificate and a report have them."""
        return f"{self.version}, SHA-256 {self.sha256}"


@cache
def installed() -> Ffmpeg:
    """The FFmpeg of this process; raises Refusal where there is none that runs."""
    import imageio_ffmpeg  # only where codecs have a part: most commands are done before it is imported

    try:
        path = Path(imageio_ffmpeg.get_ffmpeg_exe())
        version = _said(path, "-version").splitlines()[0]
        listed = _said(path, "-encoders").split("------", 1)[1].splitlines()
        encoders = frozenset(words[1] for line in listed if len(words := line.split(maxsplit=2)) > 1)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, RuntimeError, IndexError, subprocess.SubprocessError) as error:
        raise Refusal([Fault("", f"there is no FFmpeg that runs ({error}); {REMEDY}")]) from None
    return Ffmpeg(path, version.strip(), sha256, encoders)


def codec_faults(codecs: Sequence[Codec]) -> Iterator[Fault]:
    """A refusal for each of `codecs` that this machine's FFmpeg cannot encode, and where there is no FFmpeg."""
    if not codecs:
        return
    try:
        program = installed()
    except Refusal as refusal:
        yield from refusal.faults
        return
    for codec in codecs:
        if (encoder := ENCODERS[codec.kind]) not in program.encoders:
            yield Fault("", f"{codec.name} wants the encoder {encoder}, which {program.path} has not; {REMEDY}")


def _said(path: Path, question: str) -> str:
    command = [str(path), "-hide_banner", question]
    done = subprocess.run(  # noqa: S603 - FFmpeg, and two words
        command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=PATIENCE_S
    )
    return done.stdout.decode(errors="replace")
