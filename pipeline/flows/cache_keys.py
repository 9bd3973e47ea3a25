"""Under which keys Prefect remembers results: the content of the mixes, the decisions, and this program itself."""

import hashlib
from typing import Any

from albums import OPERATORS_KEYS
from formats.codecs import installed
from pipeline.deliverables.certificate import as_told
from pipeline.intake.mixes import Source
from pipeline.mastering.program_key import program_key
from pipeline.mastering.steps import Order
from pipeline.system.result_cache import DIGITS, entry_name

# What of a plan is read and never heard, and moves no sample. All else decides the sound, whatever may be added.
_SOURCE: dict[str, Any] = {"source": True}
_READ: dict[str, Any] = {"title": True, "reasons": True}
TEXTS: dict[str, Any] = {
    "profile": {
        **dict.fromkeys(("title", "source", "tags", "files"), True),
        **dict.fromkeys(("pcm", "level", "layout", "groove", "codec", "codec_check"), _SOURCE),
    },
    "treatments": {"__all__": _READ},
    "pregaps": {"__all__": _READ},
    "reasons": True,
}


def measure_key(source: Source) -> str:
    """One for every stretch of every file's content."""
    return _key("measure", source.sha256, source.start, source.stop)


def sound_key(order: Order) -> str:
    """One for all that decides the samples and the places of a deliverable, and for where it goes."""
    encoder = installed().sha256 if order.plan.profile.checked_codecs else ""
    return _key("deliver", order.plan.model_dump_json(exclude=TEXTS), order.out.resolve(), encoder)


def texts_key(order: Order) -> str:
    """One for all that is written beside the samples: the plan's words, manifest, cover, certificate.

    What sheets say of the job is left out where there is none: another telephone number leaves such files alone.
    """
    manifest = as_told(order.album, order.plan.profile).model_dump_json(exclude={*OPERATORS_KEYS})
    origin = order.origin.model_dump_json() if order.origin else ""
    return _key("texts", order.plan.json_text(), manifest, order.cover_sha256, origin)


def program() -> str:
    """What entries of this version of the program have in their names: the beginning of its hash."""
    return program_key()[:DIGITS]


def _key(kind: str, *parts: object) -> str:
    joined = "\0".join([kind, *map(str, parts), program_key()])
    return entry_name(program_key(), kind, hashlib.sha256(joined.encode()).hexdigest())
