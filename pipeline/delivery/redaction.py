"""Secrets kept out of texts: what a driver says in errors and logs is masked before anybody reads or keeps it."""

import base64
import json
import logging
import os
import re
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST = 6  # characters of a variable's value that is masked: "true" and "1" stand in many texts
_SECRET = re.compile(r"secret|passw|passphrase|token|credential|key|auth|sas", re.IGNORECASE)
# Options whose values may be told; all others are taken for secrets.
HARMLESS = frozenset({"endpoint_url", "region_name", "host", "port", "username", "user", "anon", "use_ssl", "project"})

_active, _guard = list["Redactor"](), Lock()


class Redactor:
    """Masks every secret that a driver may know: from its options, and from the environment."""

    def __init__(self, options: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> None:
        """`options` are those of the driver; `environment` is this process's unless it is given."""
        variables = os.environ if environment is None else environment
        secrets = {value for name, value in variables.items() if _SECRET.search(name) and len(value) >= SHORTEST}
        forms = {form for secret in secrets | {*_strings(options)} for form in _forms(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        """`text` without them."""
        return self._pattern.sub(MASK, text) if self._pattern else text


def _strings(found: Any) -> Iterator[str]:
    if isinstance(found, Mapping):
        for key, value in found.items():
            if key not in HARMLESS:
                yield from _strings(value)
    elif isinstance(found, list | tuple | set):
        for value in found:
            yield from _strings(value)
    elif isinstance(found, bytes):
        yield from _strings(found.decode(errors="replace"))
    elif isinstance(found, str) and found:
        yield found


def _forms(secret: str) -> Iterator[str]:
    """A secret as it may stand in a text: as it is, quoted, and encoded as in a URL or a header."""
    yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))
    yield from (repr(secret)[1:-1], json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode())


@contextmanager
def logs_redacted(redact: Redactor) -> Iterator[None]:
    """Have whatever is logged in this process meanwhile pass through `redact`, whoever keeps it."""
    with _guard:
        _install()
        _active.append(redact)
    try:
        yield
    finally:
        with _guard:
            _active.remove(redact)


def _install() -> None:
    """Make log records by `_redacted`, from the first delivery on; while none is under way it changes nothing."""
    before = logging.getLogRecordFactory()
    if not getattr(before, "redacts", False):

        def made(*args: Any, **more: Any) -> logging.LogRecord:
            record = before(*args, **more)
            return _redacted(record) if _active else record

        made.redacts = True  # type: ignore[attr-defined]
        logging.setLogRecordFactory(made)


def _redacted(record: logging.LogRecord) -> logging.LogRecord:
    try:
        text = record.getMessage()
    except (TypeError, ValueError, KeyError):  # arguments that do not fit the message
        text = str(record.msg)
    if record.exc_info:
        text += "\n" + "".join(traceback.format_exception(*record.exc_info))
        record.exc_info = None
    for redact in tuple(_active):
        text = redact(text)
    record.msg, record.args = text, ()
    return record
