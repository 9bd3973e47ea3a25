"""Lossy codecs: encoded by pydub, decoded to float, both with the FFmpeg that imageio-ffmpeg ships.

pydub has FFmpeg encode what it is given in 32-bit integers, exactly. It is never asked to decode: it clips at full
scale, and what goes beyond that is just what matters here.
"""

from formats.codecs.decoding import decoded
from formats.codecs.encoding import encode, encoded_name
from formats.codecs.ffmpeg import Ffmpeg, codec_faults, installed

__all__ = ["Ffmpeg", "codec_faults", "decoded", "encode", "encoded_name", "installed"]
