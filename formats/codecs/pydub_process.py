"""A process of its own in which pydub has FFmpeg encode: run as a script, its orders the first line of standard input.

So pydub's settings, its warnings on import and its temporary files, which are whole tracks, stay out of the program
that wants something encoded, and it can be stopped at any moment. It leads a group of processes, and the group ends
when standard input does: a program that was killed leaves no FFmpeg behind that writes on. Nothing of this project is
imported here.
"""

import json
import mmap
import os
import signal
import sys
import time
import warnings
from contextlib import closing
from pathlib import Path
from threading import Thread

WIDTH_BYTES = 4
CHANNELS = 2
LET_GO_S = 0.02  # in which a tenth of a track is written


def let_go(samples: mmap.mmap) -> None:
    """Have the system take the pages of `samples` that were read, again and again: they count as memory."""
    while hasattr(mmap, "MADV_DONTNEED"):
        samples.madvise(mmap.MADV_DONTNEED)
        time.sleep(LET_GO_S)


def end_with_the_program() -> None:
    """End this process, and FFmpeg with it, once nobody holds the other end of standard input any more."""
    while os.read(0, 1):
        continue
    if os.name == "posix":
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


def main() -> int:
    """Encode as the orders say; 0 when all is written, else 1 with the reason on standard error."""
    orders = json.loads(sys.stdin.buffer.readline())
    Thread(target=end_with_the_program, daemon=True).start()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of syntax, audioop and a PATH without FFmpeg, all known
        from pydub import AudioSegment
        from pydub.exceptions import CouldntEncodeError

    AudioSegment.converter = orders["ffmpeg"]
    with Path(orders["samples"]).open("rb") as file:
        samples = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # a long track is not held in memory
        Thread(target=let_go, args=(samples,), daemon=True).start()
        sound = AudioSegment(samples, sample_width=WIDTH_BYTES, frame_rate=orders["rate_hz"], channels=CHANNELS)
        for order in orders["files"]:
            try:
                written = sound.export(order["path"], format=order["container"], parameters=order["parameters"])
            except (CouldntEncodeError, OSError) as error:
                sys.stderr.write(f"{error}\n")
                return 1
            with closing(written):
                pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
