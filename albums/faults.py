"""Faults: what is wrong with what was given, where and how badly, all of it told at once.

Messages are for the person who must act. A place is written as the manifest has it, `tracks[3].isrc`, and tracks
count from 1, as they do on a sleeve.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

Severity = Literal["note", "warning", "refusal"]


@dataclass(frozen=True)
class Fault:
    """One thing found: `where` (a field, a file, a second), what and what was wanted in `words`, and how bad it is."""

    where: str
    words: str
    severity: Severity = "refusal"

    def __str__(self) -> str:
        """One line, as it is printed."""
        return f"{self.where}: {self.words}" if self.where else self.words


class Refusal(Exception):  # noqa: N818 - the word the reports use
    """The input cannot be mastered as it is; `faults` says everything that stands in the way."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep the faults; the message is one line for each."""
        self.faults = tuple(faults)
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


def faults_of(error: ValidationError, file: str, model: type[BaseModel]) -> list[Fault]:
    """Pydantic's findings on `file` as faults; `model` has the keys of each place, to suggest one for a misspelling."""
    found = list[Fault]()
    items = error.errors(include_url=False)
    words = {item["loc"][:-1]: item["ctx"]["expected"] for item in items if _is_choice(item)}
    for item in items:
        whole = item["loc"][:-1]
        if whole not in words:
            found.append(Fault(place(file, item["loc"]), _words(item, model)))
        elif not _is_choice(item):  # a number or a word: pydantic reports both, each under its own name
            found.append(Fault(place(file, whole), f"{_words(item, model)}, or {words[whole]}"))
    return found


def _is_choice(item: Any) -> bool:
    """Whether an error is about the word that a field takes instead of a number."""
    return item["type"] == "literal_error" and str(item["loc"][-1]).startswith("literal[")


def _known_keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The keys that `model` has at `location`, following its nested models."""
    for part in location[:-1]:
        if isinstance(part, str):
            field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
            nested = field and _model_within(field.annotation)
            if nested is None:
                return []
            model = nested
    return [field.alias or name for name, field in model.model_fields.items() if not field.exclude]


def _model_within(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for a in getattr(annotation, "__args__", ()) if (m := _model_within(a))), None)


def _words(item: Any, model: type[BaseModel]) -> str:
    found, kind = item["input"], item["type"]
    if kind == "missing":
        return "is missing; it is required"
    if kind == "extra_forbidden":
        known = _known_keys(model, item["loc"])
        near = difflib.get_close_matches(str(item["loc"][-1]), known, n=1)
        return "unknown key" + (f"; did you mean {near[0]!r}?" if near else f"; known here: {', '.join(sorted(known))}")
    if kind == "date_type" and isinstance(found, datetime):
        return f"{found.isoformat()} has a time of day; wanted a date, 2026-11-27"
    message = item["msg"].removeprefix("Value error, ").removeprefix("Input ")
    message = message[:1].lower() + message[1:]
    message = message.replace("a valid tuple", "an array").replace("a valid dictionary", "a table")
    message = re.sub(r" or instance of \w+", "", message)
    return message if kind == "value_error" else f"found {_short(found)}: {message}"


def _key(key: str) -> str:
    """A key as it is, or quoted if long or not printable: it may hold anything, and is printed to a terminal."""
    return key if key.isprintable() and len(key) <= 60 else _short(key)


def _short(found: Any) -> str:
    try:
        text = repr(found)
    except ValueError:  # Python writes no number of more than 4300 digits
        return "a number of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."
