"""What a batch and the process of one album tell each other: a line of JSON each, over pipes.

The album's process tells what it needs, waits until it may begin, tells how far it is, and at last what came of it.
"""

import json
from dataclasses import asdict, dataclass

GO = b"go\n"  # what the album's process waits for; the end of its standard input asks it to stop


@dataclass(frozen=True)
class Needs:
    """An album was opened: its title, and how much memory its process will take at the most."""

    title: str
    memory_bytes: int


@dataclass(frozen=True)
class Stage:
    """How far an album is, in a few words and as a fraction."""

    words: str
    fraction: float


@dataclass(frozen=True)
class Ended:
    """What came of an album: the exit code as of `glassmaster master`, and what is to be said of it.

    `is_server_lost`: nothing came of it for want of Prefect's server, and it is to be tried again as it is.
    """

    code: int
    reasons: tuple[str, ...] = ()
    is_unchanged: bool = False
    is_waiting: bool = False
    is_server_lost: bool = False


Message = Needs | Stage | Ended
KINDS: dict[str, type[Needs] | type[Stage] | type[Ended]] = {each.__name__: each for each in (Needs, Stage, Ended)}


def line_of(message: Message) -> bytes:
    """The line that says `message`."""
    return json.dumps({"kind": type(message).__name__, **asdict(message)}).encode() + b"\n"


def message_in(line: bytes) -> Message | None:
    """What a line says; None where it says nothing of the kind, as what a library prints does."""
    try:
        found = json.loads(line)
        message = KINDS[found.pop("kind")](**found)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Ended(**{**asdict(message), "reasons": tuple(message.reasons)}) if isinstance(message, Ended) else message
