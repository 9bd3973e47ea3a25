"""Faults: what is wrong with what was given, where and how badly, all of it told at once.

Messages are for the person who must act. A place is written as the manifest has it, `tracks[3].isrc`, and tracks
count from 1, as they do on a sleeve.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

Severity = Literal["note", "warning", "refusal"]
Item = TypeVar("Item")

MOST_TOLD = 40  # faults that a refusal tells one by one: more than are read at one sitting; taste
_NAMES = re.compile(r"'[^']*'|\"[^\"]*\"|[0-9]+")  # what differs between faults that are of one kind


@dataclass(frozen=True)
class Fault:
    """One thing found: `where` (a field, a file, a second), what and what was wanted in `words`, and how bad it is.

    One that stands for others, which are not told, says in `untold` how many they are.
    """

    where: str
    words: str
    severity: Severity = "refusal"
    untold: int = 0

    def __str__(self) -> str:
        """One line, as it is printed."""
        return f"{self.where}: {self.words}" if self.where else self.words


class Refusal(Exception):  # noqa: N818 - the word the reports use
    """The input cannot be mastered as it is; `faults` says everything that stands in the way, see `shortened`."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep the faults; the message is one line for each."""
        self.faults = shortened(faults)
        super().__init__("\n".join(map(str, self.faults)))

    def __reduce__(self) -> tuple[type["Refusal"], tuple[tuple[Fault, ...]]]:
        """Pickle by the faults, so that a refusal crosses a process or a task unharmed."""
        return Refusal, (self.faults,)


def refuse(faults: Iterable[Fault]) -> None:
    """Raise Refusal with all of `faults` if any of them is a refusal; notes and warnings pass."""
    found = tuple(fault for fault in faults if fault.severity == "refusal")
    if found:
        raise Refusal(found)


def refuses(faults: Iterable[Fault]) -> bool:
    """Whether any of `faults` is a refusal."""
    return any(fault.severity == "refusal" for fault in faults)


def place(file: str, location: Sequence[str | int]) -> str:
    """`album.toml: tracks[3].isrc` for ("tracks", 2, "isrc"): tracks count from 1."""
    path = ""
    for part in location:
        path += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if path else ''}{_key(part)}"
    return f"{file}: {path}" if path else file


def shortened(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """`faults`, but of more than MOST_TOLD only so many, the first of every kind before others; the rest is counted."""
    given = tuple(faults)
    single = [fault for fault in given if not fault.untold]
    told = first_of_each(single, lambda fault: (_NAMES.sub("", fault.where), _NAMES.sub("", fault.words)))
    untold = len(single) - len(told) + sum(fault.untold for fault in given)
    return (*told, the_rest(untold, given[-1].severity)) if untold else tuple(told)


def first_of_each(items: Sequence[Item], kind: Callable[[Item], object]) -> list[Item]:
    """At most MOST_TOLD of `items`, in their order: the first of every `kind`, as far as they go, then the foremost."""
    if len(items) <= MOST_TOLD:
        return list(items)
    firsts = dict[object, int]()
    for index, item in enumerate(items):
        firsts.setdefault(kind(item), index)
    chosen = dict.fromkeys([*list(firsts.values())[:MOST_TOLD], *range(MOST_TOLD)])
    return [items[index] for index in sorted(list(chosen)[:MOST_TOLD])]


def the_rest(untold: int, severity: Severity = "refusal") -> Fault:
    """The fault that stands for `untold` more."""
    return Fault("", f"and {untold:,} more", severity, untold)


def short(found: object) -> str:
    """What was found, as it is told: quoted, nothing in it that is not printable, and cut where it is long."""
    try:
        text = repr(found)
    except ValueError:  # Python writes no number of more than 4300 digits
        return "a number of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."


def _key(key: str) -> str:
    """A key as it is, or quoted if long or not printable: it may hold anything, and is printed to a terminal."""
    return key if key.isprintable() and len(key) <= 60 else short(key)
