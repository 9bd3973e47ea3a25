"""Addresses of places: a local folder, or a URL such as s3://bucket/folder. None may hold a secret.

A secret in an address would be kept wherever a command line is: in histories, in lists of processes, in logs.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from albums.faults import Fault, Refusal

ADDRESS = "--to"  # where a fault in an address is told; never the address itself, which may hold a secret
LONGEST_NAME_BYTES = 200  # lies under the 255 that file systems take
_URL = re.compile(r"(?P<protocol>[A-Za-z][A-Za-z0-9+.-]+)://(?P<rest>.*)", re.DOTALL)
_PASSWORD = re.compile(r"(://)[^@]*:.*@", re.DOTALL)


@dataclass(frozen=True)
class Address:
    """Where an album is delivered to: `folder` on this machine, or the `url` of a place elsewhere."""

    folder: Path | None = None
    url: str = ""

    @property
    def protocol(self) -> str:
        """`s3`, `sftp` and so on; "" for a local folder."""
        return self.url.partition("://")[0].lower()

    def __str__(self) -> str:
        """As it is told."""
        return self.url or str(self.folder)


def address_of(text: str) -> Address:
    """The address that `text` is; raises Refusal, in words that repeat none of it, where it may hold a secret."""
    found = _URL.fullmatch(text)
    if found is None:
        if not text.strip() or "\0" in text:
            raise Refusal([Fault(ADDRESS, "names no place; wanted a folder, or an address as in s3://bucket/folder")])
        if "://" in text:
            raise Refusal([Fault(ADDRESS, "is neither a folder nor an address as in s3://bucket/folder")])
        return Address(Path(text))
    protocol, rest = found["protocol"].lower(), found["rest"]
    what = f"the {protocol}:// address"
    if _PASSWORD.search(text):
        words = f"{what} holds a password, or a colon before an @; credentials come from the environment alone"
        raise Refusal([Fault(ADDRESS, words)])
    if "?" in rest or "#" in rest or "::" in text:
        words = f"{what} has a part after ?, # or ::, where secrets may stand; wanted protocol://place/folder alone"
        raise Refusal([Fault(ADDRESS, words)])
    if not rest.strip("/") or not rest.isprintable():
        raise Refusal([Fault(ADDRESS, f"{what} names no place")])
    if protocol == "file":
        from urllib.request import url2pathname  # only here: every command imports this module, and that one is slow

        return Address(Path(url2pathname(rest)))
    return Address(url=f"{protocol}://{rest.rstrip('/')}")


def without_password(text: str) -> str:
    """`text` with what may be a password in an address left out: for whatever keeps a command line."""
    return _PASSWORD.sub(r"\1***@", text)


def refuse_name(name: str) -> None:
    """Raise Refusal unless `name` can be a folder's name anywhere."""
    plain = name.isprintable() and name.strip() == name and not re.search(r'[/\\:*?"<>|#]', name)
    if not name or not plain or name.startswith(".") or len(name.encode()) > LONGEST_NAME_BYTES:
        words = f'is no name for a folder on every system; wanted up to {LONGEST_NAME_BYTES} bytes, none of /\\:*?"<>|#'
        raise Refusal([Fault("--name", f"{name!r} {words}, no dot first")])
