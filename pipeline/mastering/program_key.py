"""One hash of this program: a change in its sources or its libraries makes anew whatever was remembered."""

import hashlib
from functools import cache
from pathlib import Path

from pipeline.deliverables.certificate import versions

ROOMS = ("albums", "profiles", "formats", "pipeline")


@cache
def program_key() -> str:
    """The SHA-256 of this program's sources and of the libraries' versions, in hexadecimal."""
    digest = hashlib.sha256(repr(sorted(versions().items())).encode())
    root = Path(__file__).parents[2]
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
