"""Lossy codecs: encoded by pydub, decoded to float, both with the FFmpeg that imageio-ffmpeg ships.

pydub has FFmpeg encode what it is given in 32-bit integers, exactly. It is never asked to decode: it clips at full
scale, and what goes beyond that is just what matters here.
"""

from formats.codecs.decoding import decoded
from formats.codecs.encoding import FRAME_BYTES, encode
from formats.codecs.ffmpeg import Ffmpeg, codec_faults, installed
from formats.codecs.gapless import TrackSpan, encode_exact, surroundings_of, tracks_of

__all__ = [
    "FRAME_BYTES",
    "Ffmpeg",
    "TrackSpan",
    "codec_faults",
    "decoded",
    "encode",
    "encode_exact",
    "installed",
    "surroundings_of",
    "tracks_of",
]
