"""Sound files as bytes, and with other numbers in their headers, as writers leave them that stream or break off."""

import io
import struct
from collections.abc import Callable

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE_HZ, FRAMES = 48000, 3000
CONTAINERS = ("WAV", "WAVEX", "AIFF", "FLAC", "RF64", "W64", "CAF")
W64_GUID = bytes.fromhex("f3acd3118cd100c04f8edb8a")  # what all its identifiers end in, after four letters


def noise(frames: int = FRAMES, channels: int = 2, seed: int = 1) -> NDArray[np.float64]:
    """Noise whose samples are whole numbers at 16 bit, so that every encoding holds it exactly."""
    rng = np.random.default_rng(seed)
    return rng.integers(-(2**15), 2**15, (frames, channels)) / 2**15


def sound_bytes(
    kind: str, sound: NDArray[np.float64] | None = None, encoding: str = "PCM_24", rate_hz: int = RATE_HZ
) -> bytes:
    """A file of that kind that holds `sound`, or else `noise()`."""
    file = io.BytesIO()
    soundfile.write(file, noise() if sound is None else sound, rate_hz, encoding, format=kind)
    return file.getvalue()


def _wave(data: bytes, size: int) -> bytes:
    place = data.find(b"data")
    return data[: place + 4] + struct.pack("<I", size % 2**32) + data[place + 8 :]


def _rf64(data: bytes, size: int) -> bytes:
    place = data.find(b"ds64") + 8
    return data[:place] + struct.pack("<QQQ", *[size % 2**64] * 3) + data[place + 24 :]


def _w64(data: bytes, size: int) -> bytes:
    place = data.find(b"data" + W64_GUID) + 16
    return data[:place] + struct.pack("<Q", size % 2**64) + data[place + 8 :]


def _caf(data: bytes, size: int) -> bytes:
    place = data.find(b"data") + 4
    return data[:place] + struct.pack(">q", size) + data[place + 8 :]


def _aiff(data: bytes, size: int) -> bytes:
    place = data.find(b"SSND") + 4
    return data[:place] + struct.pack(">I", size % 2**32) + data[place + 4 :]


def with_frames(data: bytes, frames: int) -> bytes:
    """An AIFF whose COMM, or a FLAC whose STREAMINFO, promises `frames`."""
    if data.startswith(b"fLaC"):
        fields = int.from_bytes(data[18:26], "big") >> 36 << 36 | frames
        return data[:18] + fields.to_bytes(8, "big") + data[26:]
    place = data.find(b"COMM") + 10
    return data[:place] + struct.pack(">I", frames) + data[place + 4 :]


WITH_SIZE: dict[str, Callable[[bytes, int], bytes]] = {
    "WAV": _wave, "WAVEX": _wave, "RF64": _rf64, "W64": _w64, "CAF": _caf, "AIFF": _aiff,
}  # fmt: skip
"""For each kind, its file with another size of sound in the header."""
NEVER_WRITTEN = {
    "WAV": (0, 0x7FFFFFFF, 0x7FFFF000, 0x7FFFFFDB, 0x80000000, 0x80000024, 0xFFFFFFFF, 0xFFFFFFDB),
    "WAVEX": (0, 0x7FFFFFFF, 0xFFFFFFFF),
    "RF64": (0, 2**63 - 1, -1, 0xFFFFFFFF),
    "W64": (0, 24, 2**62, 2**63 - 1, -1),
    "CAF": (-1, 0, 4, 2**62),
    "AIFF": (0, 8, 0x7F000008, 0x7FFFFFFF, 0xFFFFFFFF),
}
"""What writers leave there that never come back."""
