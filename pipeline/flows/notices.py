"""What people are told: a table on Prefect's page, and short texts by its blocks: Slack, Teams, mail, webhooks.

What a block holds is a secret, so that of one that fails only its name and the kind of the error are told.
"""

from collections.abc import Sequence
from inspect import iscoroutine
from typing import Any

from prefect.artifacts import create_table_artifact
from prefect.blocks.abstract import NotificationBlock
from prefect.blocks.core import Block
from prefect.blocks.webhook import Webhook
from prefect.utilities.asyncutils import run_coro_as_sync

from albums.faults import Fault, Refusal, refuse
from pipeline.batch.outcome import Outcome, Outcomes

MOST_NAMED = 20  # albums in one text
MOST_REASONS = 5


def blocks_named(names: Sequence[str]) -> list[Block]:
    """The blocks of these names, as `slack-webhook/label`; raises Refusal with all that are none, or cannot notify."""
    found, faults = list[Block](), list[Fault]()
    for name in names:
        try:
            block: Any = Block.load(name)
        except ValueError:
            faults.append(
                Fault(f"notify: {name!r}", "is no block on Prefect's server; make it there, or mend the name")
            )
            continue
        if not isinstance(block, NotificationBlock | Webhook):
            faults.append(Fault(f"notify: {name!r}", "is a block that tells nobody; wanted one of notifications"))
        found.append(block)
    refuse(faults)
    return found


def tell(names: Sequence[str], subject: str, text: str) -> list[str]:
    """Tell it by each of the blocks; what is to be said of those that failed."""
    failed = list[str]()
    for name in names:
        try:
            for block in blocks_named([name]):
                _tell(block, subject, text)
        except Refusal as refusal:
            failed += map(str, refusal.faults)
        except Exception as error:  # a driver of the outside world may fail in any way, and no night fails with it
            failed.append(f"notify: {name!r}: cannot be told: {type(error).__name__}")
    return failed


def _tell(block: Any, subject: str, text: str) -> None:
    if isinstance(block, Webhook):
        answer: Any = run_coro_as_sync(block.call({"subject": subject, "text": text}))
        answer.raise_for_status()
        return
    told = block.notify(text, subject=subject)
    if iscoroutine(told):
        run_coro_as_sync(told)


def night_table(outcomes: Outcomes) -> None:
    """A table on Prefect's page of what came of each album, those first that need a person, with links to reports."""
    rows = [
        {"album": each.name, "outcome": each.kind, "why": "; ".join(each.reasons), "report": _link(each)}
        for each in sorted(outcomes.known.values(), key=lambda each: (each.kind != "failed", each.name))
    ]
    create_table_artifact(table=rows, key="night", description="What came of each album")


def _link(outcome: Outcome) -> str:
    return f"[report]({outcome.report.resolve().as_uri()})" if outcome.report else ""


def of_the_morning(outcomes: Outcomes) -> tuple[str, str]:
    """Subject and text on a batch that has ended."""
    said = outcomes.in_words or "no albums"
    failed = outcomes.of("failed")
    lines = [f"{each.name}: {_why(each)}" for each in failed[:MOST_NAMED]]
    if len(failed) > MOST_NAMED:
        lines.append(f"and {len(failed) - MOST_NAMED} more")
    waiting = [each.name for each in outcomes.of("waiting")]
    if waiting:
        lines.append(f"waiting for a person: {', '.join(waiting[:MOST_NAMED])}")
    return f"Glassmaster: {said}", "\n".join([said, *lines])


def of_an_album(outcome: Outcome) -> tuple[str, str]:
    """Subject and text on an album that needs a person."""
    if outcome.kind == "waiting":
        return f"Glassmaster: {outcome.name} waits", f"The masters of {outcome.name} wait for approval."
    return f"Glassmaster: {outcome.name} needs a person", f"{outcome.name}: {_why(outcome)}"


def _why(outcome: Outcome) -> str:
    more = len(outcome.reasons) - MOST_REASONS
    return "; ".join(outcome.reasons[:MOST_REASONS]) + (f"; and {more} more" if more > 0 else "")
