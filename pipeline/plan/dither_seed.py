"""The seed of the dither as files have it: a number of 63 bits, written as text.

JSON readers that hold every number in double precision, JavaScript's among them, round whole ones from 2^53 on: a plan
that went through one would be rendered with other dither. Numbers, as older files have them, are read as well.
"""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer

from albums.shown import Shown


def _number(found: Any) -> Any:
    return int(found) if isinstance(found, str) and re.fullmatch("[0-9]{1,19}", found) else found


_SHOWN = Shown(type=["string", "integer"], pattern="^[0-9]{1,19}$")
DitherSeed = Annotated[
    int,
    Field(ge=0, lt=2**63),
    BeforeValidator(_number),
    PlainSerializer(str, return_type=str, when_used="json"),
    _SHOWN,
]
