"""What people see of the cache: how much of what kind is remembered, and what was cleared."""

from pathlib import Path

from pipeline.cli.shown.door import output
from pipeline.cli.shown.tables.sheet import Column, Sheet
from pipeline.system.result_cache.account import Account
from pipeline.system.result_cache.bounds import Bounds

KINDS = {"measure": "mixes measured", "deliver": "deliverables made"}
UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def print_account(folder: Path, account: Account, bounds: Bounds) -> None:
    """Where it lies, a row for each kind, and what bounds it."""
    output.say(f"remembered in {folder}")
    sums = {**{KINDS.get(kind, kind): found for kind, found in account.kinds.items()}, "together": account.whole}
    if account.others.entries:
        sums["by other versions"] = account.others
    rows = [(what, str(found.entries), size(found.bytes)) for what, found in sums.items()]
    output.show(Sheet("", (Column("what"),), (Column("entries"), Column("size")), rows))
    if account.oldest_used:
        output.say(f"the oldest was last used at {account.oldest_used}")
    output.say(f"kept within {size(bounds.most_bytes)}; what has not been used for {bounds.days:g} days is forgotten")


def print_cleared(folder: Path, count: int, freed: int) -> None:
    """What was forgotten, and what that freed."""
    output.say(f"{count} {'entry' if count == 1 else 'entries'} forgotten, {size(freed)} freed in {folder}")


def size(count: int) -> str:
    """A number of bytes in the largest unit of which there is one, to three digits: `812 bytes`, `1.53 MB`."""
    number, unit = float(count), UNITS[0]
    for larger in UNITS[1:]:
        if number < 999.5:
            break
        number, unit = number / 1000.0, larger
    return f"{number:.3g} {unit}"
