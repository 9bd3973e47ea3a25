"""What people see of settings: a row for each key, its value, and whose word that is."""

from collections.abc import Sequence
from typing import Any

from albums import MANIFEST
from pipeline.cli.shown.door import output
from pipeline.cli.shown.tables.sheet import Column, Sheet
from pipeline.settings.merging import Held

NOTHING = "–"


def print_held(found: Sequence[Held]) -> None:
    """Each key with what holds, in the order of a manifest."""
    rows = [(each.key, _shown(each.value), MANIFEST if each.origin == "album" else each.origin) for each in found]
    more = (Column("value", texts=True), Column("from"))
    output.show(Sheet("", (Column("key"),), more, rows))


def _shown(value: Any) -> str:
    """A value as a person reads it: lines of a list with semicolons between."""
    if isinstance(value, list):
        return "; ".join(map(str, value)) or NOTHING
    return NOTHING if value in ("", None) else f"{value:g}" if isinstance(value, float) else str(value)
