"""What people see of the profiles: all of them in a table, or one as its file has it."""

from collections.abc import Sequence

from pipeline.cli.shown.door import output
from pipeline.cli.shown.tables.sheet import Column, Sheet
from profiles import Profile


def print_profiles(known: Sequence[Profile]) -> None:
    """The profiles, a row each."""
    rows = []
    for profile in known:
        level = profile.level
        target = "none" if level.target_lufs is None else f"{level.anchor} at {level.target_lufs:g} LUFS"
        rows.append((profile.name, profile.title, target, f"{level.ceiling_dbtp:g} dBTP"))
    more = (Column("what it is", texts=True), Column("loudness"), Column("ceiling"))
    output.show(Sheet("", (Column("profile"),), more, rows))


def print_profile(text: str) -> None:
    """The text of a profile's file, line by line."""
    for line in text.rstrip("\n").split("\n"):
        output.say(line.expandtabs(4))
