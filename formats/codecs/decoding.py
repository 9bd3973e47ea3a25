"""A lossy file decoded to float: nothing is clipped, so that what goes beyond full scale is seen.

FFmpeg is told which container to expect and may open nothing but that file: a stranger's file could name others.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import soundfile
from numpy.typing import NDArray

from albums.faults import Fault, Refusal
from albums.regular_files import open_regular, unreadable
from formats.codecs.ffmpeg import installed
from profiles.codecs import Kind

DEMUXERS: dict[Kind, str] = {"aac": "mov", "mp3": "mp3", "opus": "ogg", "vorbis": "ogg"}
# FFmpeg's own decoder of Opus strays from the reference: by 0.02 of full scale at 64 kbit/s, by 0.004 at 128. libopus
# is the reference; two builds of it differ by 5e-7.
DECODERS: dict[Kind, tuple[str, ...]] = {"opus": ("-request_sample_fmt", "flt", "-c:a", "libopus")}
BLOCK = 65536  # frames that are read at a time; no result depends on it
CHANNELS = 2
FRAME_BYTES = 4 * CHANNELS
LONGEST_WORDS = 300  # characters of what FFmpeg says that are told
# FFmpeg 9 misjudges Vorbis of a single page, which holds up to a second: it leaves out 128 samples at the beginning, or
# gives up to a thousand more at the end. libsndfile and oggdec read it right.
ONE_PAGE_S = 2


def decoded(path: Path, kind: Kind) -> Iterator[NDArray[np.float32]]:
    """The samples of the stereo file at `path`, blocks of shape (frames, 2), full scale 1.0, at the file's own rate.

    What the file says of its beginning and its end is heeded. Raises Refusal for what cannot be decoded without a
    complaint.
    """
    if kind == "vorbis" and (short := _of_one_page(path)) is not None:
        yield short
        return
    question = ["-v", "error", "-xerror", "-cpuflags", "0", "-threads", "1", "-protocol_whitelist", "file,pipe",
                *DECODERS.get(kind, ()), "-f", DEMUXERS[kind], "-i", f"file:{path.absolute()}", "-map", "0:a:0",
                "-f", "f32le", "-"]  # fmt: skip
    with TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - FFmpeg, and a path that it takes for nothing else
            [installed().path, "-nostdin", "-hide_banner", *question],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said)  # fmt: skip
        try:
            yield from _blocks(process)
            process.wait()
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
        said.seek(0)
        words = " ".join(said.read(LONGEST_WORDS * 4).decode(errors="replace").split())[:LONGEST_WORDS]
    if process.returncode or words:
        raise Refusal([Fault(path.name, f"cannot be decoded: {words or 'the decoder ended'}")])


def _of_one_page(path: Path) -> NDArray[np.float32] | None:
    """What libsndfile decodes of a Vorbis file that may be a single page; None of a longer one."""
    try:
        with open_regular(path) as raw, soundfile.SoundFile(raw.fileno(), closefd=False) as file:
            if file.frames > ONE_PAGE_S * file.samplerate or file.channels != CHANNELS:
                return None
            samples: NDArray[np.float32] = file.read(dtype="float32", always_2d=True)
            return samples
    except soundfile.LibsndfileError as error:
        raise Refusal([Fault(path.name, f"cannot be decoded: {error.error_string}")]) from None
    except OSError as error:
        raise Refusal([Fault(path.name, unreadable(error))]) from None


def _blocks(process: "subprocess.Popen[bytes]") -> Iterator[NDArray[np.float32]]:
    while process.stdout and (data := process.stdout.read(BLOCK * FRAME_BYTES)):
        yield np.frombuffer(data[: len(data) // FRAME_BYTES * FRAME_BYTES], "<f4").reshape(-1, CHANNELS)
