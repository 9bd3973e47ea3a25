"""What stands where a folder was asked for: taken for what is meant, or refused with the line to type next."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from albums import MANIFEST, MASTERS
from albums.faults import Fault, Refusal

DEEPEST = 4  # folders that are looked into for what was meant (taste)
MOST_LOOKED_AT = 2000  # of them
MOST_NAMED = 5


def album_folder(given: Path) -> Path:
    """The album's folder that `given` means: itself, or where its album.toml lies.

    Raises Refusal where there is no album, with what to type instead.
    """
    if given.name == MANIFEST and given.is_file():
        return given.parent
    if (given / MANIFEST).exists() or (given / MANIFEST).is_symlink():
        return given
    raise Refusal([Fault(str(given), _no_album(given))])


def _no_album(given: Path) -> str:
    if not given.exists():
        return f"is not there; {_typed('new', 'FOLDER')} writes an {MANIFEST} for a folder of mixes"
    if not given.is_dir():
        kind = "one sound file" if _is_sound(given) else "a file"
        folder = given.parent
        verb = "check" if (folder / MANIFEST).is_file() else "new"
        return f"is {kind}, and an album is a folder of mixes with an {MANIFEST}; next: {_typed(verb, folder)}"
    near = [folder for folder in given.absolute().parents[:2] if (folder / MANIFEST).is_file()]
    if near:
        return f"holds no {MANIFEST}; the album is the folder above; next: {_typed('check', near[0])}"
    below = [*_below(given, MANIFEST)]
    if below:
        return f"holds no {MANIFEST}, but folders in it do; next: {_one_of('check', below)}"
    count = _sounds(given)
    if count:
        files = "1 sound file" if count == 1 else f"{count} sound files"
        return f"holds {files} and no {MANIFEST}; next: {_typed('new', given)}"
    return f"holds no {MANIFEST} and no sound files; put the finished mixes there, then: {_typed('new', given)}"


def delivered_folder(given: Path, verb: str = "verify") -> Path:
    """The folder of masters that `given` means, with its certificate; itself where there is none to be found.

    Raises Refusal where `given` lies beside it, with what to type instead; `verb` is the command that asks.
    """
    from pipeline.deliverables.certificate import CERTIFICATE

    if given.name == CERTIFICATE and given.is_file():
        return given.parent
    if not given.is_dir():
        raise Refusal([Fault(str(given), "is no folder" if given.exists() else "is not there")])
    from pipeline.plan.plan import PLAN

    above = given.absolute().parent
    is_one = (given / PLAN).is_file() and (above / CERTIFICATE).is_file()
    if (given / CERTIFICATE).exists() and not (is_one and verb != "verify"):
        return given
    if (above / CERTIFICATE).is_file():
        words = f"is one deliverable of several; they are certified together; next: {_typed(verb, above)}"
        raise Refusal([Fault(str(given), words)])
    if (given / MASTERS / CERTIFICATE).is_file():
        words = f"is an album; its masters lie in a folder of their own; next: {_typed(verb, given / MASTERS)}"
        raise Refusal([Fault(str(given), words)])
    if (given / MANIFEST).is_file():
        words = f"is an album that has no masters yet, in {MASTERS}; next: {_typed('master', given)}"
        raise Refusal([Fault(str(given), words)])
    found = [*_below(given, CERTIFICATE)]
    below = [folder for folder in found if folder.parent not in found or not (folder / PLAN).is_file()]
    if below:
        words = f"holds no {CERTIFICATE}, but folders in it do; next: {_one_of(verb, below)}"
        raise Refusal([Fault(str(given), words)])
    return given


def fileset_folder(given: Path) -> Path:
    """`given`, where there is a DDP fileset, whole or broken; else Refusal, which names those in folders below."""
    if not given.is_dir():
        raise Refusal([Fault(str(given), "is no folder" if given.exists() else "is not there")])
    if any(_is_fileset(folder) for folder in (given, *given.glob("disc-*"))):
        return given
    found = [folder.parent if folder.name.startswith("disc-") else folder for folder in _below(given, "DDPID", "DDPMS")]
    below = [*dict.fromkeys(found)]
    words = f"holds no DDP fileset, but folders in it do; next: {_one_of('ddp show', below)}"
    none = "holds no DDP fileset: neither DDPID nor DDPMS lies there"
    raise Refusal([Fault(str(given), words if below else none)])


def _is_fileset(folder: Path) -> bool:
    """Whether any file of a fileset lies there: what is missing of it is for `ddp show` to say."""
    return any((folder / name).exists() for name in ("DDPID", "DDPMS", "PQDESCR", "IMAGE.DAT"))


def _below(folder: Path, *names: str) -> Iterator[Path]:
    """The folders in `folder`, a few levels deep, that hold a file with one of `names`."""
    for looked_at, (place, folders, files) in enumerate(os.walk(folder)):
        here = Path(place)
        if len(here.relative_to(folder).parts) >= DEEPEST or looked_at > MOST_LOOKED_AT:
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if any(name in files for name in names):
            yield here


def _sounds(folder: Path) -> int:
    from pipeline.intake.left_out import SOUNDS

    return sum(
        Path(name).suffix.lower() in SOUNDS
        for place, _, files in os.walk(folder)
        for name in files
        if not any(part.startswith(".") for part in (*Path(place).relative_to(folder).parts, name))
    )


def _is_sound(path: Path) -> bool:
    from pipeline.intake.left_out import SOUNDS

    return path.suffix.lower() in SOUNDS


def _typed(verb: str, folder: Path | str) -> str:
    return f"`glassmaster {verb} {folder if isinstance(folder, str) else shlex.quote(str(folder))}`"


def _one_of(verb: str, folders: list[Path]) -> str:
    rest = len(folders) - MOST_NAMED
    more = f", and {rest} more" if rest > 0 else ""
    return ", ".join(_typed(verb, folder) for folder in folders[:MOST_NAMED]) + more
