"""A place that fsspec reaches, in memory: it wants a secret, fails in every way, and says the secret when it does."""

import io
import logging
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import fsspec
from fsspec.spec import AbstractFileSystem

SECRET = "correct/horse+battery staple"  # noqa: S105 - of no place but this
VARIABLE = "VAULT_SECRET_KEY"
log = logging.getLogger("vault")


class Vault(AbstractFileSystem):  # type: ignore[misc]
    """The driver; what is kept and how it fails are the class's, as of one server."""

    protocol = "vault"
    files: ClassVar[dict[str, bytes]] = {}
    calls: ClassVar[list[tuple[str, str]]] = []
    fails: ClassVar[str] = ""
    times: ClassVar[Counter[tuple[str, str]]] = Counter()

    def __init__(self, secret: str | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.given = secret or os.environ.get(VARIABLE, "")
        if self.given != SECRET:
            raise PermissionError(f"{self.given!r} is not the secret")

    def called(self, what: str, path: str) -> None:
        """Note a call, and fail once before it succeeds where calls are to."""
        self.calls.append((what, path))
        log.error("%s of %s with %s", what, path, self.given)
        self.times[what, path] += 1
        if self.fails == "calls" and self.times[what, path] == 1:
            raise ConnectionError(f"reset by peer; Authorization: {self.given}; {self.given!r}")
        if self.fails == "for ever":
            raise ValueError(f"no: {self.given}")

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        path = self._strip_protocol(path)
        self.called("info", path)
        if path not in self.files:
            raise FileNotFoundError(path)
        return {"name": path, "size": len(self.files[path]), "type": "file"}

    def _open(self, path: str, mode: str = "rb", **_: Any) -> io.BytesIO:
        self.called(mode, path)
        return Arriving(self, path) if mode == "wb" else io.BytesIO(self.files[path])

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Nothing is made: there are no folders."""

    def rm_file(self, path: str) -> None:
        self.called("rm", path)
        if self.files.pop(path, None) is None:
            raise FileNotFoundError(path)


class Arriving(io.BytesIO):
    """A file that is being written; it is there once it is closed."""

    def __init__(self, vault: Vault, path: str) -> None:
        super().__init__()
        self.vault, self.path = vault, path

    def close(self) -> None:
        if self.closed:
            return
        data = self.getvalue()
        times = self.vault.times["arriving", self.path] = self.vault.times["arriving", self.path] + 1
        if (self.vault.fails == "bytes" and times == 1) or self.vault.fails == "bytes for ever":
            data = data[:-1] + bytes([data[-1] ^ 1])
        if self.vault.fails == "cut" and times == 1:
            self.vault.files[self.path] = data[: len(data) // 2]
            super().close()
            raise TimeoutError(f"timed out, key {self.vault.given}")
        self.vault.files[self.path] = data
        super().close()


@contextmanager
def vault() -> Iterator[type[Vault]]:
    """The place, empty and without a fault."""
    Vault.files.clear()
    Vault.calls.clear()
    Vault.times.clear()
    Vault.fails = ""
    fsspec.register_implementation("vault", Vault, clobber=True)
    yield Vault
