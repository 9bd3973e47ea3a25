"""This process asks its own Prefect server itself, whatever proxies the environment names for the rest of the world.

Prefect's clients, of HTTP and of websockets alike, take proxies from the environment and cannot be told otherwise.
"""

import os
from collections.abc import Mapping
from threading import Lock
from urllib.request import getproxies_environment

NAMES = ("NO_PROXY", "no_proxy")  # which of them counts differs from library to library
EVERYTHING = "*"


class Direct:
    """While at least one has begun and not ended, nothing at `host` is asked through a proxy by this process."""

    def __init__(self, host: str) -> None:
        """Nothing changes yet."""
        self._host, self._lock, self._count = host, Lock(), 0
        self._before: dict[str, str | None] = {}
        self._set: dict[str, str] = {}

    def begin(self) -> None:
        """From now on `host` is asked directly; what the user has excepted from proxies stays excepted."""
        with self._lock:
            self._count += 1
            proxies = getproxies_environment()
            excepted = proxies.get("no", "")
            if self._count > 1 or not proxies or excepted.strip() == EVERYTHING:
                return
            self._before = {name: os.environ.get(name) for name in NAMES}
            self._have(dict.fromkeys(NAMES, ",".join(filter(None, [excepted, self._host]))))
            if not _clients_can_be_made():
                self._have(dict.fromkeys(NAMES, EVERYTHING))

    def end(self) -> None:
        """The environment is as it was, but where another has changed it meanwhile."""
        with self._lock:
            self._count -= 1
            if self._count:
                return
            for name, value in self._set.items():
                if os.environ.get(name) == value:
                    _set(name, self._before[name])
            self._set = {}

    def _have(self, values: Mapping[str, str]) -> None:
        self._set = dict(values)
        os.environ.update(values)


def _clients_can_be_made() -> bool:
    """Whether httpx makes do with the environment: it fails at a proxy that it cannot use, even if it need not use it.

    Such are proxies of a kind that it has no library for (SOCKS), and addresses that it cannot read ("::1").
    """
    import httpx  # a third of a second that only those with proxies pay here

    try:
        httpx.Client(verify=False).close()  # noqa: S501 - nothing is asked
    except Exception:
        return False
    return True


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
