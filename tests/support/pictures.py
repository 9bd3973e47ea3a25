"""Pictures as shops object to them, and colour profiles as cameras and programs embed them."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

# Red, green and blue against the white of D50, as profiles have them.
SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
DISPLAY_P3 = ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841))
ADOBE_RGB = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))


def picture(kind: str = "JPEG", mode: str = "RGB", side: int = 1500, **saved: Any) -> bytes:
    """A picture with some colours in it, encoded."""
    data = io.BytesIO()
    Image.linear_gradient("L").resize((side, side)).convert("RGB").convert(mode).save(data, kind, **saved)
    return data.getvalue()


def profile(colorants: tuple[tuple[float, ...], ...], gamma: float, name: str) -> bytes:
    """An ICC profile, version 2, of three colorants and one gamma."""
    text = name.encode() + b"\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
        b"wtpt": _xyz((0.9642, 1.0, 0.8249)),
        **{key: _xyz(colorant) for key, colorant in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants, strict=True)},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), struct.pack(">4s4xIH2x", b"curv", 1, round(gamma * 256))),
    }
    place, index, body = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for key, data in tags.items():
        data += bytes(-len(data) % 4)
        index += struct.pack(">4sII", key, place + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s12x4s", place + len(body), b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    head += bytes(68 - len(head)) + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + index + body


def with_chunk(png: bytes, kind: bytes, data: bytes) -> bytes:
    """A PNG with one chunk more behind its header."""
    return png[:33] + struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) + png[33:]


def in_sixteen_bits(colour_type: int, side: int = 1500) -> bytes:
    """A PNG of 16 bits a channel, grey (0) or in colour (2), which Pillow reads but does not write."""
    row = b"\0" + b"\x12\x34" * (3 if colour_type == 2 else 1) * side
    head = struct.pack(">IIBBBBB", side, side, 16, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(row * side)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">iii", *(round(value * 65536) for value in values))
