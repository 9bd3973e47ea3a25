r"""What a JSON Schema shows of values that only checks of ours look at, so that an editor says it as it is typed.

A schema is never laxer than a check, but for what no schema can say; it is stricter where a check mends what a mail or
a spreadsheet has added. Patterns are those of ECMA-262 with the flag u, as JSON Schema 2020-12 wants them (Core, 6.4),
without look-around and classes like \p{L}, which not all editors have.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

_CONTROLS = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"  # Unicode's Cc, Zl and Zp
_UNSEEN = (  # Unicode's Zs and Cf, of which no text may consist alone
    r"\u0020\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u1680\u180e\u2000-\u200f\u202a-\u202f"
    r"\u205f-\u2064\u2066-\u206f\u3000\ufeff\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
_BUT_NEW_LINES = _CONTROLS.replace(r"\u0000-\u001f", r"\u0000-\u0009\u000b-\u001f")
ONE_LINE = f"^[^{_CONTROLS}]*[^{_CONTROLS}{_UNSEEN}][^{_CONTROLS}]*$"
"""One line that holds something to read, see `albums.value_types.one_line`."""
LINES = rf"^[^{_BUT_NEW_LINES}]*[^{_CONTROLS}{_UNSEEN}][^{_BUT_NEW_LINES}]*$"
"""The same of several lines."""
ISRC = "^[A-Za-z]{2}[- ]?[A-Za-z0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{5}$"
"""ISO 3901."""
ISWC = "^[Tt][-. ]?[0-9]{3}[-. ]?[0-9]{3}[-. ]?[0-9]{3}[-. ]?[0-9]$"
"""ISO 15707; whether the check digit is right, no pattern can say."""
UPC = "^[0-9]([- ]?[0-9]){11,12}$"
"""12 or 13 digits; whether the check digit is right, no pattern can say."""


DPID = "^PA-?DPIDA-?[0-9]{10}-?[0-9A-Z]$"
"""DDEX Party Identification Standard; whether the check character is right, no pattern can say."""


def template(*names: str, needs: str = "") -> str:
    """The pattern of a text with placeholders, {upc} or {track:03}; {`needs`} stands there as it is."""
    free = rf"([^{{}}]|\{{({'|'.join(names)})(:0[1-9])?\}})*"
    return rf"^{free}\{{{needs}\}}{free}$" if needs else f"^{free}$"


class Shown:
    """Keys that the schema of a value has as well, as metadata of its type."""

    def __init__(self, **keys: Any) -> None:
        """The keys, as JSON Schema calls them."""
        self._keys = keys

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of the type itself, and the keys."""
        return {**handler(core), **self._keys}


class _OneOrSeveral:
    """For a list that may be written as its one item."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        several = handler(core)
        return {"anyOf": [several["items"], several]}


class _FirstWithout:
    """For a list whose first item has not some keys that the others may have."""

    def __init__(self, *keys: str) -> None:
        self._keys = keys

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = handler(core)
        first = [found["items"], *({"not": {"required": [key]}} for key in self._keys)]
        return {**found, "prefixItems": [{"allOf": first}]}


ONE_OR_SEVERAL = _OneOrSeveral()
"""A single text stands for a list of one."""
FIRST_OVERLAPS_NOTHING = _FirstWithout("crossfade_s")
"""The first track has no track before it; see `albums.loading`, as for all rules on keys that go together."""

_SILENCE = {"silence_s": {"exclusiveMinimum": 0}}
_OF_MIX = {"of_mix_s": {"exclusiveMinimum": 0}}
PREGAP_RULES: dict[str, Any] = {
    "oneOf": [
        {"required": ["mix"]},
        {"required": ["silence_s"], "properties": _SILENCE},
        {"required": ["of_mix_s"], "properties": _OF_MIX},
    ]
}
"""Just one of the three; zero seconds are none."""


def _never_both(one: str, other: str, found: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Two keys exclude each other; where `found` is given, only if the other's value is such."""
    return {"not": {"required": [one, other], **({"properties": {other: found}} if found else {})}}


TRACK_RULES: dict[str, Any] = {
    "allOf": [
        _never_both("crossfade_s", "gap_s"),
        _never_both("crossfade_s", "pregap"),
        _never_both("gain_db", "level_wish_lu", {"not": {"const": 0}}),
        _never_both("eq", "tone_exempt", {"const": False}),
    ],
    "dependentRequired": {"crossfade_shape": ["crossfade_s"]},
}
REACH_RULES: dict[str, Any] = {
    "allOf": [
        {
            "not": {
                "required": ["territories", "excluded_territories"],
                "properties": {"territories": {"minItems": 1}, "excluded_territories": {"minItems": 1}},
            }
        },
        {"properties": {"excluded_territories": {"items": {"not": {"const": "Worldwide"}}}}},
    ]
}
"""Where something is sold, or where it is not."""
INTENT_RULES: dict[str, Any] = {"allOf": [_never_both("target_curve", "reference", {"minItems": 1})]}
"""An album has one target."""
