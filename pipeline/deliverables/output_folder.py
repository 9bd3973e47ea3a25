"""The folder of an album's masters: held for one run, nothing of others overwritten, the certificate put in last."""

import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path

import profiles
from albums.faults import Fault, Refusal
from pipeline.deliverables.certificate import (
    APPROVAL,
    CERTIFICATE,
    REPORT,
    Certificate,
    read_any_certificate,
    read_certificate,
)
from pipeline.deliverables.files import DeliveredFile, is_as_certified
from pipeline.deliverables.journal import enter
from pipeline.plan.plan import PLAN
from pipeline.system.page_cache import flush_to_disk
from pipeline.system.placing import fresh_folder, own_folder, remove, restore, sync_folder, take_place, write_whole
from pipeline.system.processes.folder_lock import LOCK, FolderHeldError, locked, lost
from pipeline.system.processes.this_process import aside_name, name_made_aside

SUPERSEDED = profiles.RESERVED
EARLIER = f".earlier.{CERTIFICATE}"  # what a run keeps of the last certificate until it has written its own
ASSEMBLED = "assembled"  # what all deliverables of a run begin from, made aside
REPLACED, MIXED_DOWN, COVER = "replaced", "assembled", "cover"  # what lies where one is made


def stands(out: Path, files: Sequence[DeliveredFile]) -> bool:
    """Whether every one of `files` is in its place below `out`, byte for byte."""
    return bool(files) and all(is_as_certified(file, out) for file in files)


def earlier_certificate(out: Path) -> Certificate | None:
    """The certificate of the run before, if there is one that can be read; a broken one vouches for nothing.

    Where that run was killed after the first new file, it is the one that was there before it.
    """
    for name in (CERTIFICATE, EARLIER):
        if (out / name).is_file():
            try:
                return read_certificate(out, name)
            except Refusal:
                continue
    return None


def obstacles(out: Path, names: Sequence[str], earlier: Certificate | None) -> Iterator[Fault]:
    """What stands where a deliverable would go and was not written by this program: it is never overwritten."""
    if (out / PLAN).is_file() and _speaks_alone(out):
        yield Fault(str(out), "is one deliverable, with a certificate of its own; choose another --out")
    known = _vouched(earlier)
    for name in names:
        place = out / name
        if place.is_symlink():
            yield Fault(str(place), "is a link, which is not followed; move it, or choose another --out")
            continue
        found = {path.relative_to(out).as_posix() for path in place.rglob("*") if path.is_symlink() or path.is_file()}
        if place.exists() and (f"{name}/{PLAN}" not in found or len(found) == 1):
            yield Fault(str(place), "is in the way and no earlier deliverable; move it, or choose another --out")
        elif earlier and name in earlier.deliverables and (strangers := sorted(found - known)):
            yield Fault(str(place), f"also holds {', '.join(strangers[:3])}, which was put there by hand; move it")


def _speaks_alone(folder: Path) -> bool:
    """Whether a deliverable lies in `folder` itself, with the certificate that speaks for it alone."""
    try:
        return read_any_certificate(folder).alone
    except Refusal:
        return False


def _vouched(certificate: Certificate | None) -> set[str]:
    """The paths of the files that `certificate` names."""
    deliverables = certificate.deliverables.values() if certificate else ()
    return {file.path for deliverable in deliverables for file in deliverable.files}


def finish(out: Path, certificate: Certificate, page: str) -> None:
    """Write the report and, last of all, the certificate; set aside deliverables that it does not speak for."""
    finish_with(out, certificate, {REPORT: page, CERTIFICATE: certificate.json_text()})


def finish_with(out: Path, certificate: Certificate, documents: Mapping[str, str]) -> None:
    """As `finish`, with the texts of `documents`, each whole and in their order: `certificate`'s own is the last."""
    refuse_lost(out)
    with refusing(out, "report and certificate"):
        for folder in sorted(path.parent for path in out.glob(f"*/{PLAN}")):
            known = certificate.deliverables.get(folder.name)
            if known is None or not known.passed:
                folder.rename(_next_superseded(folder))
        sync_folder(out)
        for name, text in documents.items():
            write_whole(out / name, text)
        enter(out, certificate)
    with suppress(OSError):  # certified is certified: the next run removes it, or another failure tells of the disk
        remove(out / EARLIER)


@contextmanager
def refusing(out: Path, what: str) -> Iterator[None]:
    """Have the system's refusal to write `what` to `out` told as one of the program's."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        words = f"{what} cannot be written there: {error.strerror or error}{where}"
        raise Refusal([Fault(str(out), words)]) from None
    except UnicodeEncodeError as error:
        if error.encoding != sys.getfilesystemencoding():
            raise
        words = f"{what} has files whose names {error.encoding} cannot write; set LANG or LC_ALL to C.UTF-8, run again"
        raise Refusal([Fault(str(out), words)]) from None


@contextmanager
def held(out: Path, patience_s: float = 0.0) -> Iterator[None]:
    """Hold the output folder, made if need be, for this run alone; raises Refusal where that cannot be.

    Another run's end is waited for as long as `patience_s`. What a run that was killed has left unfinished is cleared
    away.
    """
    with ExitStack() as stack:
        try:
            out.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(out, patience_s))
        except FolderHeldError as other:
            words = f"another run is writing there{other.in_brackets}; wait for it or choose another --out"
            raise Refusal([Fault(str(out), words)]) from None
        except FileExistsError:
            raise Refusal([Fault(str(out), "is a file; the masters want a folder: choose another --out")]) from None
        except OSError as error:
            words = f"cannot be made a folder for the masters, or not be written to: {error.strerror}"
            if error.filename == str(out / LOCK):
                words = f"cannot be written to: {LOCK}, which keeps runs apart there: {error.strerror}"
            raise Refusal([Fault(str(out), words)]) from None
        with refusing(out, "what a killed run has left"):
            _clear_away(out)
        yield


def _clear_away(out: Path) -> None:
    """Remove what a killed run has left; what it was about to replace gets its name back first."""
    for aside in out.glob(".*.part"):
        name = name_made_aside(aside)
        if name in (CERTIFICATE, REPORT, APPROVAL, ASSEMBLED) or (name and aside.is_symlink()):
            remove(aside)
        elif name and aside.is_dir() and _is_staging(aside, name):
            restore(aside / REPLACED, out / name)
            remove(aside)


def _is_staging(aside: Path, name: str) -> bool:
    """Whether a run that made the deliverable `name` there has left all that is in it: what others have made stays."""
    return all(path.name in (name, REPLACED, MIXED_DOWN) or path.stem == COVER for path in aside.iterdir())


def staging_folder(out: Path, name: str) -> Path:
    """An empty folder in `out` in which the deliverable `name` is made before it has its place."""
    with refusing(out, name):
        out.mkdir(parents=True, exist_ok=True)
        aside = out / aside_name(name)
        if aside.is_dir() and not aside.is_symlink():
            restore(aside / REPLACED, out / name)
        return fresh_folder(aside)


def put_in_place(staged: Path, final: Path, files: Sequence[DeliveredFile]) -> None:
    """Move a finished deliverable, whose `files` lie in the folder `staged`, to its name, on the disk itself.

    The old certificate goes first: it no longer tells the truth. What is replaced is kept as superseded where somebody
    has put something there. Nothing is moved where it stands there already, or where the folder is no longer this
    run's: then Refusal is raised.
    """
    out = final.parent
    refuse_lost(out)
    flush_to_disk(staged.parent / file.path for file in files)
    for folder in sorted((path for path in staged.rglob("*") if path.is_dir()), reverse=True):
        sync_folder(folder)
    sync_folder(staged)
    earlier = earlier_certificate(out)
    if _stands_already(earlier, final, files):
        return
    known = {*_vouched(earlier), *(file.path for file in files)}
    with suppress(FileNotFoundError):  # nor is it there if another deliverable of this run came first
        (out / CERTIFICATE).replace(out / EARLIER)
    remove(out / REPORT)
    sync_folder(out)
    take_place(staged, final, staged.parent / REPLACED if is_ours(final, known) else _next_superseded(final))


def _stands_already(earlier: Certificate | None, final: Path, files: Sequence[DeliveredFile]) -> bool:
    """Whether just these `files` were delivered before: by a run that was at the same, or before a cache was lost."""
    known = earlier.deliverables.get(final.name) if earlier else None
    if known is None or known.files != tuple(files):
        return False
    return is_ours(final, {file.path for file in files}) and stands(final.parent, files)


def refuse_lost(out: Path) -> None:
    """Raise Refusal where another run has taken the folder that this one held: what is there now is that one's."""
    if taken_by := lost(out):
        words = f"was taken by {taken_by} while this run was stopped or cut off; nothing was put there, run again"
        raise Refusal([Fault(str(out), words)])


def is_ours(folder: Path, known: Set[str]) -> bool:
    """Whether all that lies in `folder` has the name of a file that this program has put there."""
    held = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
    return all(not path.is_symlink() and path.relative_to(folder.parent).as_posix() in known for path in held)


def _next_superseded(folder: Path) -> Path:
    """A free name for `folder` among those that were superseded, `streaming-1` and so on."""
    where = own_folder(folder.parent, SUPERSEDED)
    taken = {path.name for path in where.iterdir()}
    return where / next(name for number in count(1) if (name := f"{folder.name}-{number}") not in taken)
