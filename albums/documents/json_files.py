"""JSON from outside, looked through before a schema is held against it: plans, signatures, certificates.

Schemas take the last of two values under one key, and work for minutes on a million unknown keys.
"""

import json
from collections import Counter
from typing import Any

from albums.faults import Fault, Refusal, short

MOST_MARKS = 400_000  # commas: a certificate of a thousand tracks in four deliverables has two thirds of that
MOST_BRACKETS = 100_000  # and half of that
MOST_ITEMS = 20_000  # in one list; of a thousand tracks there are a few thousand findings
MOST_KEYS = 2_000  # in one object; the deliverables and tracks of any album are fewer


class _Wrong(Exception):  # noqa: N818 - what is wrong with it, in words
    """Why a document is refused that is JSON."""


def checked_json(text: str, file: str) -> str:
    """`text`, if it is JSON that a schema may be given; raises Refusal for what is not, with its line."""
    if text.count(",") > MOST_MARKS or text.count("[") + text.count("{") > MOST_BRACKETS:
        raise Refusal(
            [
                Fault(
                    file,
                    f"holds more than {MOST_MARKS:,} values or {MOST_BRACKETS:,} lists; that is more than is taken",
                )
            ]
        )
    try:
        json.loads(text, object_pairs_hook=_keys)
    except _Wrong as wrong:
        raise Refusal([Fault(file, str(wrong))]) from None
    except json.JSONDecodeError as error:
        where = f"{file}: line {error.lineno}, column {error.colno}"
        raise Refusal([Fault(where, f"is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}")]) from None
    except RecursionError:
        raise Refusal(
            [Fault(file, "holds brackets within brackets, hundreds deep; nothing here is nested so")]
        ) from None
    except ValueError:  # the one other thing that the parser refuses
        raise Refusal([Fault(file, "holds a number of thousands of digits")]) from None
    return text


def _keys(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > MOST_KEYS:
        raise _Wrong(f"has {len(pairs):,} keys in one object; at most {MOST_KEYS:,} are taken")
    longest = max((len(value) for _, value in pairs if isinstance(value, list)), default=0)
    if longest > MOST_ITEMS:
        raise _Wrong(f"has {longest:,} items in one list; at most {MOST_ITEMS:,} are taken")
    count = Counter(key for key, _ in pairs)
    for key, times in count.items():
        if times > 1:
            raise _Wrong(f"has the key {short(key)} {times} times in one object; delete all but one")
