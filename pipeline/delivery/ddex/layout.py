"""Where the files of a batch lie: paths from templates, each once, none out of the batch's folder."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from albums import MANIFEST
from albums.ddex import filled
from albums.faults import Fault, refuse
from pipeline.delivery.ddex.message.new_release import Dispatch
from pipeline.delivery.ddex.submission import Submission

LONGEST_PATH = 200  # characters, a guard: systems that receive batches differ
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")  # a name that means the same on every system, and in a URI


@dataclass(frozen=True)
class Laid:
    """Paths from the batch's folder: of each certified file by its own path, of the message, of what comes last."""

    resources: dict[str, str]
    message: str
    complete: str

    @property
    def uris(self) -> dict[str, str]:
        """Where each file lies from the message's own folder, by its certified path."""
        folder = str(PurePosixPath(self.message).parent)
        return {path: posixpath.relpath(there, folder) for path, there in self.resources.items()}


def laid_out(given: Submission, dispatch: Dispatch) -> Laid:
    """The paths as the layout's templates have them; raises Refusal where two are one, or one is no plain path."""
    layout, values = given.ddex.layout, {"upc": given.album.release.upc, "time": dispatch.number}
    values["batch"] = dispatch.batch
    resources = {
        recording.stored.file.path: filled(layout.track, {**values, "disc": disc, "track": track})
        + recording.stored.suffix
        for recording, (disc, track) in zip(given.resources.recordings, given.places, strict=True)
    }
    stored = given.cover.stored
    resources[stored.file.path] = filled(layout.cover, values) + stored.suffix
    laid = Laid(resources, filled(layout.message, values), filled(layout.complete, values))
    refuse(_faults(laid))
    return laid


def batch_name(given: Submission, number: str) -> str:
    """The name of the batch's folder; raises Refusal where it is none."""
    name = filled(given.ddex.layout.batch, {"upc": given.album.release.upc, "time": number})
    refuse(_unfit("batch", name) if "/" not in name else [_fault("batch", f"{name!r} is no folder's name")])
    return name


def _faults(laid: Laid) -> Iterator[Fault]:
    seen = dict[str, str]()
    found = [("message", laid.message), *(("complete", laid.complete) for _ in (1,) if laid.complete)]
    for key, path in (*found, *(("track and cover", path) for path in laid.resources.values())):
        yield from _unfit(key, path)
        if other := seen.get(path.casefold()):
            yield _fault(key, f"{path!r} is also the place of {other}; each file has its own")
        seen[path.casefold()] = f"{key}, {path!r}"


def _unfit(key: str, path: str) -> Iterator[Fault]:
    plain = all(_PLAIN.fullmatch(part) and not part.endswith(".") for part in path.split("/"))
    if not plain or len(path) > LONGEST_PATH:
        words = f"{path!r} is no plain path of up to {LONGEST_PATH} letters, digits, dots, _ and - between slashes"
        yield _fault(key, words)


def _fault(key: str, words: str) -> Fault:
    return Fault(f"{MANIFEST}: ddex.layout.{key}", words)
