"""Encoding ends with the program that asked for it, however that ends."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

RATE_HZ = 44100
ASKS = """
import sys
from pathlib import Path
from formats.codecs.encoding import encode
from profiles.codecs import codec_named
folder = Path(sys.argv[1])
encode(folder / "samples.raw", {rate}, [codec_named("aac-256")], folder)
"""


def encoders(folder: Path) -> list[str]:
    """The processes whose temporary files go below `folder`: the one that speaks with FFmpeg, and FFmpeg."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={folder}/".encode() in (each / "environ").read_bytes():
                found.append(each.name)
        except OSError:  # it has ended meanwhile
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="it looks at processes in /proc")
def test_a_program_that_is_killed_leaves_no_encoder_behind(tmp_path: Path) -> None:
    with (tmp_path / "samples.raw").open("wb") as file:
        file.truncate(600 * RATE_HZ * 8)  # ten minutes: more than an encoder does while the test looks
    asks = subprocess.Popen([sys.executable, "-c", ASKS.format(rate=RATE_HZ), str(tmp_path)])
    until = time.monotonic() + 60
    while len(encoders(tmp_path)) < 2 and time.monotonic() < until:
        assert asks.poll() is None
        time.sleep(0.01)
    assert len(encoders(tmp_path)) == 2
    asks.kill()
    asks.wait()
    while encoders(tmp_path) and time.monotonic() < until:
        time.sleep(0.01)
    assert not encoders(tmp_path)
    written = tmp_path / "aac-256.m4a"
    assert not written.exists() or b"moov" not in written.read_bytes(), "it went on to the end of the track"
