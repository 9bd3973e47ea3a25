"""Under which keys Prefect remembers results: the content of the mixes, the decisions, and this program itself."""

import hashlib

from albums import OPERATORS_KEYS
from pipeline.intake.mixes import Source
from pipeline.mastering.program_key import program_key
from pipeline.mastering.steps import Order


def measure_key(source: Source) -> str:
    """One for every stretch of every file's content."""
    return _key("measure", source.sha256, source.start, source.stop)


def deliver_key(order: Order) -> str:
    """One for every plan, manifest and cover, and for where the deliverable goes."""
    manifest = order.album.model_dump_json(exclude={*OPERATORS_KEYS})
    return _key("deliver", order.plan.json_text(), manifest, order.cover_sha256, order.out.resolve())


def _key(*parts: object) -> str:
    joined = "\0".join([*map(str, parts), program_key()])
    return f"glassmaster-{parts[0]}-{hashlib.sha256(joined.encode()).hexdigest()}"
