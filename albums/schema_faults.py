"""What a schema finds wrong with a document, as faults: each with its place, what was found and what to write."""

import difflib
import re
from collections.abc import Sequence
from datetime import date, datetime
from itertools import accumulate
from typing import Any

from pydantic import BaseModel, ValidationError

from albums.faults import Fault, first_of_each, place, short, the_rest

EMPTY = "empty_text"  # the type of the error that schemas raise for a text without a letter
AS_A_DATE = "a date is written 2026-11-27, without quotation marks"
MOST_LOOKED_AT = 30_000  # findings: pydantic makes them all at once, of a kilobyte each
LONGEST_LIST = 240  # characters of the keys that are known at a place: taste
LONGEST_MISSPELT = 60  # characters of a key: what is longer is no slip of a known one, and comparing takes long
_TYPES = {"a valid tuple": "an array", "a valid dictionary": "a table"}
_NUMBERS = ("float_type", "int_type", "float_parsing", "int_parsing")


def faults_of(error: ValidationError, file: str, model: type[BaseModel]) -> list[Fault]:
    """Pydantic's findings on `file` as faults; `model` has the keys of each place, to suggest one for a misspelling.

    Of very many, the first of every kind are told and the rest counted: there may be as many as the file has bytes.
    """
    if error.error_count() > MOST_LOOKED_AT:
        return [
            Fault(file, f"has {error.error_count():,} faults, more than are looked at; is it another kind of file?")
        ]
    items = error.errors(include_url=False)
    choices = {item["loc"][:-1]: item["ctx"]["expected"] for item in items if _is_choice(item)}
    # A number or a word: pydantic reports both, each under its own name.
    whole = [item for item in items if not _is_choice(item)] if choices else items
    told = first_of_each(whole, _kind)
    found = [_fault(item, choices, file, model) for item in told]
    return [*found, the_rest(len(whole) - len(told))] if len(told) < len(whole) else found


def _fault(item: Any, choices: dict[Any, str], file: str, model: type[BaseModel]) -> Fault:
    where = item["loc"][:-1]
    if where in choices:
        return Fault(place(file, where), f"{_words(item, model)}, or {choices[where]}")
    return Fault(place(file, item["loc"]), _words(item, model))


def _kind(item: Any) -> object:
    """What is alike in findings of one kind: what was found, and where, but for the number of a track."""
    kind, location = item["type"], item["loc"]
    return kind, *(part for part in location[: -1 if kind == "extra_forbidden" else None] if isinstance(part, str))


def _is_choice(item: Any) -> bool:
    """Whether an error is about the word that a field takes instead of a number."""
    return item["type"] == "literal_error" and str(item["loc"][-1]).startswith("literal[")


def _fields(model: type[BaseModel], location: Sequence[str | int]) -> dict[str, Any]:
    """The fields that `model` has at `location`, by their keys, following its nested models."""
    for part in location[:-1]:
        if isinstance(part, str):
            field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
            nested = field and _model_within(field.annotation)
            if nested is None:
                return {}
            model = nested
    return {field.alias or name: field for name, field in model.model_fields.items() if not field.exclude}


def _model_within(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for a in getattr(annotation, "__args__", ()) if (m := _model_within(a))), None)


def _words(item: Any, model: type[BaseModel]) -> str:
    found, kind = item["input"], item["type"]
    if kind == "missing":
        return "is missing; it is required"
    if kind == "extra_forbidden":
        return _unknown(str(item["loc"][-1]), sorted(_fields(model, item["loc"])))
    if kind in (EMPTY, "string_too_short"):
        return f"is empty; {_instead(item['loc'], model)}"
    if kind == "string_too_long":
        return f"found {short(found)}, {len(found)} characters; at most {item['ctx']['max_length']} are taken"
    if kind == "too_long":
        return f"has {len(found)} {item['loc'][-1]}; at most {item['ctx']['max_length']} are taken"
    if kind == "date_type" and isinstance(found, datetime):
        return f"{found.isoformat()} has a time of day; wanted a date, 2026-11-27"
    message = item["msg"].removeprefix("Value error, ").removeprefix("Input ")
    message = message[:1].lower() + message[1:]
    for theirs, ours in _TYPES.items():
        message = message.replace(theirs, ours)
    message = re.sub(r" or instance of \w+", "", message)
    hint = _hint(kind, found, str(item["loc"][-1]) if item["loc"] else "")
    return message if kind == "value_error" else f"found {short(found)}: {message}" + (f"; {hint}" if hint else "")


def _instead(location: Sequence[str | int], model: type[BaseModel]) -> str:
    """What to do about a text that is empty: one of a list is deleted, a key that is not required is left out."""
    if isinstance(location[-1], int):
        return "delete it or write a text"
    field = _fields(model, location).get(location[-1])
    return "it is required" if field is None or field.is_required() else "leave the key out or write a text"


def _unknown(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known) if len(key) <= LONGEST_MISSPELT else []
    exchanged = [each for each in near if sorted(each) == sorted(key)]  # the slip that is made most
    return "unknown key" + (
        f"; did you mean {[*exchanged, *near][0]!r}?" if near else f"; known here: {_listed(known)}"
    )


def _listed(keys: Sequence[str]) -> str:
    """The `keys` by name, or the first of them and how many more there are, so that a line stays one to read."""
    told = list(accumulate(len(key) + 2 for key in keys))
    fitting = sum(length <= LONGEST_LIST for length in told)
    more = f" and {len(keys) - fitting} more" if fitting < len(keys) else ""
    return ", ".join(keys[:fitting]) + more


def _hint(kind: str, found: Any, key: str) -> str:
    """What to write instead, where a value is of the wrong type but says what is meant."""
    if kind == "string_type" and isinstance(found, bool | int | float | date):
        text = str(found).lower() if isinstance(found, bool) else short(found) if isinstance(found, int) else str(found)
        return f'write it in quotation marks: "{text}"'
    if kind == "date_type":
        return AS_A_DATE
    if kind == "bool_type":
        return "write true or false, small and without quotation marks"
    if kind in _NUMBERS and isinstance(found, str) and re.fullmatch(r"\s*[+-]?[0-9]+([.,][0-9]+)?\s*", found):
        return f"write {found.strip().replace(',', '.')}, without quotation marks"
    if kind == "tuple_type" and isinstance(found, dict):
        return f"each of several tables begins in two pairs of brackets, [[{key}]]"
    if kind == "model_type" and isinstance(found, tuple | list):
        return f"a single table begins in one pair of brackets, [{key}]"
    return "write it in square brackets" if kind == "tuple_type" and isinstance(found, str) else ""
