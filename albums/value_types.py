"""The kinds of text and numbers that a manifest holds, each with its bounds and what is said where it is broken."""

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from albums.faults import short
from albums.schema_faults import EMPTY
from albums.shown import ONE_LINE, ONE_OR_SEVERAL, Shown

MOST_NAMES = 99  # a guard: an orchestra is one name
LONGEST_TEXT = 500  # characters: a guard against hostile input, which lies far above any title
_ESCAPES = frozenset("\b\t\n\f\r\x1b")  # what "\b", "\t" ... in a text become
_CONTROLS = {"\0": "NUL", "\t": "a tab", "\n": "a line break", "\r": "a line break", "\x1b": "escape"}


class Frozen(BaseModel):
    """A value that cannot change, whose types are meant as written and whose keys are all known."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)


def one_line(text: str) -> str:
    """`text`, if it is one line that holds something to read."""
    bad = sorted({_named(c) for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")})
    if bad:
        meant = '; a backslash in "..." begins an escape: double it, or write /' if set(text) & _ESCAPES else ""
        raise ValueError(f"holds control characters ({', '.join(bad[:3])}); wanted one line of plain text{meant}")
    if not any(unicodedata.category(c) not in ("Cf", "Zs") for c in text):
        raise PydanticCustomError(EMPTY, "is empty")
    return text


def _named(letter: str) -> str:
    name = _CONTROLS.get(letter)
    return f"U+{ord(letter):04X}" + (f", {name}" if name else "")


def _printable(text: str) -> str:
    return one_line(unicodedata.normalize("NFC", text).strip())


def _formed(pattern: str, wanted: str) -> AfterValidator:
    """A check of a text's form that says in words what is wanted."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"found {short(text)}; wanted {wanted}")
        return text

    return AfterValidator(check)


Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_printable), Shown(pattern=ONE_LINE)]
_TEXT: TypeAdapter[str] = TypeAdapter(Text, config=ConfigDict(strict=True))


def _one_or_several(found: object, several: ValidatorFunctionWrapHandler) -> tuple[str, ...]:
    """A single text stands for a list of one; what is wrong with it is told as of a text."""
    if not isinstance(found, str):
        names: tuple[str, ...] = several(tuple(found) if isinstance(found, list) else found)  # as JSON has them
        return names
    try:
        return (_TEXT.validate_python(found),)
    except ValidationError as error:
        first = error.errors()[0]
        words = first["msg"].removeprefix("Value error, ")
        raise (
            ValueError(words)
            if first["type"] == "value_error"
            else PydanticCustomError(first["type"], "{words}", {**first.get("ctx", {}), "words": words})
        ) from None


Names = Annotated[tuple[Text, ...], Field(max_length=MOST_NAMES), WrapValidator(_one_or_several), ONE_OR_SEVERAL]
"""One text, or a list of several: people, or genres."""
FileName = Annotated[  # as the disk has it: no NFC
    str, Field(max_length=LONGEST_TEXT), AfterValidator(one_line), Shown(pattern=ONE_LINE)
]
_NAME, _SIDE, _LANGUAGE = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "[A-Z]", "[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"
Name = Annotated[
    str,
    _formed(_NAME, "a profile's name: 1 to 64 of A-Z, a-z, 0-9, dot, _ and -, a letter or digit first"),
    Shown(pattern=f"^{_NAME}$"),
]
Seconds = Annotated[float, Field(ge=0.0, le=3600.0)]
Gap = Seconds | Literal["auto"]
Side = Annotated[str, _formed(_SIDE, "one capital letter, A for the first side"), Shown(pattern=f"^{_SIDE}$")]
Approval = Literal["required", "none"]
Packing = Literal["folder", "ddex"]
Language = Annotated[str, _formed(_LANGUAGE, 'a code as in "en", "de" or "pt-BR"'), Shown(pattern=f"^{_LANGUAGE}$")]
