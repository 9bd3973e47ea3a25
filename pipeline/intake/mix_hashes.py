"""The hashes of recordings: by them a file is the same wherever and whenever it is read."""

import hashlib
from dataclasses import replace
from io import BufferedReader
from pathlib import Path

from albums.faults import Fault, Refusal
from albums.regular_files import identity_of, open_regular, unreadable
from pipeline.intake.mixes import Mix, Source

PIECE_BYTES = 2**20  # hashed at a time: so large that other threads' work between two pieces costs little


def hashed(mix: Mix) -> str:
    """The SHA-256 of the file that was judged; raises Refusal where it cannot be read, or is another by now."""
    try:
        with open_regular(mix.path) as file:
            found = _digest(file)
            mix.refuse_another(file.fileno())
            return found
    except OSError as error:
        raise Refusal([Fault(mix.where, f"{mix.path.name!r} {unreadable(error)}")]) from None


def as_hashed(source: Source) -> Source:
    """`source` with its file as it lies there now, if that still has the hash; raises Refusal if not.

    A file that was copied elsewhere and back, or is seen from another machine, is the same as long as its bytes are.
    """
    mix = source.mix
    try:
        with open_regular(mix.path) as file:
            now = identity_of(file.fileno())
            if now == mix.identity:
                return source
            if _digest(file) == source.sha256:
                return replace(source, mix=replace(mix, identity=now))
    except OSError as error:
        raise Refusal([Fault(mix.where, f"{mix.path.name!r} {unreadable(error)}")]) from None
    words = f"{mix.path.name!r} is no longer the file that was measured; see that it is the right one, and run again"
    raise Refusal([Fault(mix.where, words)])


def fingerprint(path: Path) -> str:
    """The SHA-256 of the bytes of a regular file, in hexadecimal; raises OSError."""
    with open_regular(path) as file:
        return _digest(file)


def _digest(file: BufferedReader) -> str:
    digest, piece = hashlib.sha256(), memoryview(bytearray(PIECE_BYTES))
    while length := file.readinto(piece):
        digest.update(piece[:length])
    return digest.hexdigest()
