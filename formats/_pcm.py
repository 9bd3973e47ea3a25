"""Samples as the bytes that files hold and that checksums are taken over: interleaved, signed, little-endian.

Source: Microsoft/IBM Multimedia Programming Interface, 1991, "Data Format of the Samples"; RFC 9639, 8.2 (the same
bytes are what FLAC's MD5 is taken over).
"""

from collections.abc import Iterable, Iterator

import numpy as np

from formats import Block

CHANNELS = 2


def frame_bytes(bits: int) -> int:
    """How many bytes one frame takes at `bits` (16 or 24)."""
    return CHANNELS * bits // 8


def fitting(block: Block, bits: int) -> Block:
    """`block` as it is; raises ValueError for a sample that `bits` do not hold, which would else be wrapped."""
    limit = 1 << (bits - 1)
    if block.size and (int(block.min()) < -limit or int(block.max()) >= limit):
        raise ValueError(f"samples run from {block.min()} to {block.max()}; {bits} bit holds {-limit} to {limit - 1}")
    return block


def pack(block: Block, bits: int) -> bytes:
    """The bytes of `block` at `bits` (16 or 24), two's complement; raises ValueError for a sample that does not fit."""
    block = fitting(block, bits)
    if bits == 16:
        return block.astype("<i2").tobytes()
    of_four = np.ascontiguousarray(block, "<i4").view(np.uint8).reshape(-1, 4)
    of_three = np.empty((len(of_four), 3), np.uint8)
    for place in range(3):  # six times as fast as one strided copy
        of_three[:, place] = of_four[:, place]
    return of_three.tobytes()


def unpack(data: bytes, bits: int) -> Block:
    """What `pack` packed: int32 of shape (frames, 2)."""
    if bits == 16:
        return np.frombuffer(data, "<i2").astype(np.int32).reshape(-1, CHANNELS)
    with_byte_below: Block = np.ndarray(len(data) // 3, "<i4", b"\0" + data, strides=(3,))
    return (with_byte_below >> 8).astype(np.int32, copy=False).reshape(-1, CHANNELS)  # the shift carries the sign


def counted(blocks: Iterable[Block], frames: int) -> Iterator[Block]:
    """`blocks` as they are; raises ValueError at their end unless they held exactly `frames`."""
    found = 0
    for block in blocks:
        found += len(block)
        yield block
    if found != frames:
        raise ValueError(f"the programme gave {found} frames where its layout has {frames}")
