"""Under which keys Prefect remembers results: the content of the mixes, the decisions, and this program itself."""

import hashlib
from functools import cache
from pathlib import Path

from pipeline.deliverables.certificate import versions
from pipeline.intake.mixes import Source
from pipeline.mastering.steps import Order

ROOMS = ("albums", "profiles", "formats", "pipeline")


def measure_key(source: Source) -> str:
    """One for every stretch of every file's content."""
    return _key("measure", source.sha256, source.start, source.stop)


def deliver_key(order: Order) -> str:
    """One for every plan, manifest and cover, and for where the deliverable goes."""
    manifest = order.album.model_dump_json(exclude={"deliverables"})
    return _key("deliver", order.plan.json_text(), manifest, order.cover_sha256, order.out.resolve())


def _key(*parts: object) -> str:
    joined = "\0".join([*map(str, parts), _program()])
    return f"glassmaster-{parts[0]}-{hashlib.sha256(joined.encode()).hexdigest()}"


@cache
def _program() -> str:
    """One hash of this program's sources and of the libraries' versions: a change in either makes results anew."""
    digest = hashlib.sha256(repr(sorted(versions().items())).encode())
    root = Path(__file__).parents[2]
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
