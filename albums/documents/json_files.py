"""JSON from outside, looked through before a schema is held against it: plans, signatures, certificates.

Schemas take the last of two values under one key, and work for minutes on a million unknown keys.
"""

import json
from collections import Counter
from typing import Any

from albums.faults import Fault, Refusal, short

MOST_MARKS = 1_000_000  # commas and brackets: the certificate of a thousand tracks has about half as many
MOST_KEYS = 2_000  # in one object; the deliverables and tracks of any album are fewer


class _Wrong(Exception):  # noqa: N818 - what is wrong with it, in words
    """Why a document is refused that is JSON."""


def checked_json(text: str, file: str) -> str:
    """`text`, if it is JSON that a schema may be given; raises Refusal for what is not, with its line."""
    if sum(map(text.count, ",[{")) > MOST_MARKS:
        raise Refusal([Fault(file, f"holds more than {MOST_MARKS:,} values; that is more than is taken")])
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
    count = Counter(key for key, _ in pairs)
    for key, times in count.items():
        if times > 1:
            raise _Wrong(f"has the key {short(key)} {times} times in one object; delete all but one")
