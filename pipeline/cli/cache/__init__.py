"""`glassmaster cache`: what is remembered from run to run, shown and cleared."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from albums.faults import Fault, refuse
from pipeline.cli.options import AsJson
from pipeline.cli.shown import door

if TYPE_CHECKING:
    from pipeline.system.result_cache.account import Account


def show(as_json: AsJson = False) -> None:
    """Print where results are remembered, how much of what kind that is, and what bounds it."""
    folder, account = _account()
    from pipeline.system.result_cache.bounds import bounds_in

    bounds = bounds_in(os.environ)
    if as_json:
        limits = {"bytes": bounds.most_bytes, "days": bounds.days}
        door.print_json({"folder": str(folder), **document(account), "bounds": limits})
        return
    from pipeline.cli.shown.tables.cache import print_account

    print_account(folder, account, bounds)


def clear(
    everything: Annotated[
        bool,
        typer.Option("--all/--other-versions", help="All of it, or only what other versions have left."),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Forget what is remembered: the next run measures and renders anew. Nothing of other programs is touched."""
    folder, account = _account()
    from pipeline.cli.shown.tables.cache import print_cleared
    from pipeline.system.result_cache import remove

    gone, failed = remove(account.entries if everything else account.of_others)
    freed = sum(entry.bytes for entry in gone)
    refuse(Fault(str(error.filename), f"cannot be removed: {error.strerror}") for error in failed)
    if as_json:
        door.print_json({"folder": str(folder), "removed": len(gone), "bytes": freed})
    else:
        print_cleared(folder, len(gone), freed)


def document(account: "Account") -> dict[str, Any]:
    """What is remembered, as it stands in JSON; the oldest by when it was last used, in UTC, null where nothing is."""
    return {
        "entries": account.whole.entries,
        "bytes": account.whole.bytes,
        "kinds": {kind: {"entries": found.entries, "bytes": found.bytes} for kind, found in account.kinds.items()},
        "other_versions": {"entries": account.others.entries, "bytes": account.others.bytes},
        "oldest_used": account.oldest_used,
    }


def _account() -> "tuple[Path, Account]":
    """Where results are remembered, and the account of them; raises Refusal where it cannot be looked into."""
    from pipeline.flows.cache_folder import cache_folder
    from pipeline.flows.cache_keys import program
    from pipeline.system.result_cache import entries
    from pipeline.system.result_cache.account import Account

    folder = cache_folder()
    try:
        return folder, Account(tuple(entries(folder)), program())
    except OSError as error:
        refuse([Fault(str(folder), f"is where results are remembered, and cannot be looked into: {error.strerror}")])
        raise
