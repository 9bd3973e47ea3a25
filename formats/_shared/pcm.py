"""Samples as the bytes that files hold and that checksums are taken over: interleaved, signed, little-endian.

Source: Microsoft/IBM Multimedia Programming Interface, 1991, "Data Format of the Samples"; RFC 9639, 8.2 (the same
bytes are what FLAC's MD5 is taken over).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from formats._shared.programme import Block

CHANNELS = 2


def frame_bytes(bits: int) -> int:
    """How many bytes one frame takes at `bits` (16 or 24)."""
    return CHANNELS * bits // 8


def fitting(block: Block, bits: int) -> Block:
    """`block` as it is; raises ValueError for a sample that `bits` cannot hold, which would wrap round."""
    limit = 1 << (bits - 1)
    if block.size and (int(block.min()) < -limit or int(block.max()) >= limit):
        raise ValueError(f"samples run from {block.min()} to {block.max()}; {bits} bit holds {-limit} to {limit - 1}")
    return block


def pack(block: Block, bits: int) -> memoryview:
    """The bytes of `block` at `bits` (16 or 24), two's complement; raises ValueError for a sample that does not fit."""
    samples = np.ascontiguousarray(fitting(block, bits)).reshape(-1)
    if bits == 16:
        return samples.astype("<i2").view(np.uint8).data
    data = np.empty(3 * len(samples), np.uint8)
    _pack_24(samples, data)
    return data.data


def unpack(data: bytes | memoryview, bits: int) -> Block:
    """What `pack` packed: int32 of shape (frames, 2)."""
    if bits == 16:
        return np.frombuffer(data, "<i2").astype(np.int32).reshape(-1, CHANNELS)
    packed = np.frombuffer(data, np.uint8)
    samples = np.empty(len(packed) // 3, np.int32)
    _unpack_24(packed, samples)
    return samples.reshape(-1, CHANNELS)


@njit(cache=True, nogil=True)
def _pack_24(samples: NDArray[np.int32], data: NDArray[np.uint8]) -> None:
    for i in range(len(samples)):
        data[3 * i] = samples[i]
        data[3 * i + 1] = samples[i] >> 8
        data[3 * i + 2] = samples[i] >> 16


@njit(cache=True, nogil=True)
def _unpack_24(data: NDArray[np.uint8], samples: NDArray[np.int32]) -> None:
    for i in range(len(samples)):
        # The highest byte carries the sign.
        samples[i] = np.int32(data[3 * i]) | np.int32(data[3 * i + 1]) << 8 | np.int32(np.int8(data[3 * i + 2])) << 16
