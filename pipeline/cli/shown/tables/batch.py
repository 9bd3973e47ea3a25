"""What people see of a batch: the albums that need a person first, with why and what to do, then how many are done."""

from pathlib import Path

from pipeline.batch.outcome import BATCH, KINDS, Outcome, Outcomes
from pipeline.cli.shown import door
from pipeline.cli.shown.tables.sheet import Column, Sheet
from pipeline.system.times import clock

STYLES = {"delivered": "green", "unchanged": "green", "failed": "red", "waiting": "yellow", "held": "yellow"}


def print_batch(outcomes: Outcomes, folder: Path) -> None:
    """Every album with what came of it; failed ones with their reasons, a line each."""
    if not outcomes.known:
        door.output.say("The inbox holds no albums.")
        return
    if not door.telling.quiet:
        rows = [(each.name, each.kind, clock(each.took_s) if each.took_s else "") for each in _in_order(outcomes)]
        more = (Column("outcome"), Column("took"))
        door.output.show(Sheet("", (Column("album", texts=True),), more, rows))
    for each in outcomes.of("failed"):
        for reason in each.reasons:
            door.errors.say(door.Styled("failed", "red"), f" {each.name}: {reason}")
    verdict = "failed" if outcomes.of("failed") else "passed"
    door.output.say(
        door.Styled(verdict, "red" if verdict == "failed" else "green"), f"  {outcomes.in_words}; see {folder / BATCH}."
    )


def _in_order(outcomes: Outcomes) -> list[Outcome]:
    return [each for kind in KINDS for each in outcomes.of(kind)]
