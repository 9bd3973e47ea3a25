"""The folder of an album's masters: held for one run, nothing of others overwritten, the certificate put in last."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import profiles
from albums.faults import Fault, Refusal
from pipeline.deliverables.certificate import CERTIFICATE, REPORT, Certificate
from pipeline.deliverables.files import DeliveredFile, as_it_lies
from pipeline.plan.plan import PLAN
from pipeline.system.page_cache import flush_to_disk

SUPERSEDED = profiles.RESERVED


def stands(out: Path, files: Sequence[DeliveredFile]) -> bool:
    """Whether every one of `files` is in its place below `out`, byte for byte."""
    return bool(files) and all(as_it_lies(file, out) == file for file in files)


def obstacles(out: Path, names: Sequence[str], earlier: Certificate | None) -> Iterator[Fault]:
    """What stands where a deliverable would go and was not written by this program: it is never overwritten."""
    known = {file.path for d in (earlier.deliverables.values() if earlier else ()) for file in d.files}
    for name in names:
        place = out / name
        found = {path.relative_to(out).as_posix() for path in place.rglob("*") if path.is_file()}
        if place.exists() and (f"{name}/{PLAN}" not in found or len(found) == 1):
            yield Fault(str(place), "is in the way and no earlier deliverable; move it, or choose another --out")
        elif earlier and name in earlier.deliverables and (strangers := sorted(found - known)):
            yield Fault(str(place), f"also holds {', '.join(strangers[:3])}, which was put there by hand; move it")


def finish(out: Path, certificate: Certificate, page: str) -> None:
    """Write the report and, last of all, the certificate; set aside deliverables that it does not speak for."""
    for folder in sorted(path.parent for path in out.glob(f"*/{PLAN}")):
        known = certificate.deliverables.get(folder.name)
        if known is None or not known.passed:
            _set_aside(folder, out / SUPERSEDED)
    _replace(out / REPORT, page)
    _replace(out / CERTIFICATE, certificate.json_text())


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Hold the output folder, made if need be, for this run alone; raises Refusal where that cannot be."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(out, os.O_RDONLY)
    except FileExistsError:
        raise Refusal([Fault(str(out), "is a file; the masters want a folder: choose another --out")]) from None
    except OSError as error:
        raise Refusal([Fault(str(out), f"cannot be made a folder for the masters: {error.strerror}")]) from None
    try:
        probe = out / ".probe.part"
        probe.touch()
        probe.unlink()
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Refusal([Fault(str(out), "another run is writing there; wait for it or choose another --out")]) from None
    except (PermissionError, FileNotFoundError) as error:
        raise Refusal([Fault(str(out), f"cannot be written to: {error.strerror}")]) from None
    finally:
        os.close(descriptor)


def put_in_place(staged: Path, final: Path) -> None:
    """Move a finished deliverable to its name. The old certificate goes first: it no longer tells the truth."""
    (final.parent / CERTIFICATE).unlink(missing_ok=True)
    (final.parent / REPORT).unlink(missing_ok=True)
    replaced = staged.parent / "replaced"
    if final.exists():
        final.rename(replaced)
    try:
        staged.rename(final)
    except OSError:
        if replaced.exists():
            replaced.rename(final)
        raise


def _set_aside(folder: Path, where: Path) -> None:
    where.mkdir(exist_ok=True)
    taken = {path.name for path in where.iterdir()}
    names = (f"{folder.name}-{number}" for number in count(1))
    folder.rename(where / next(name for name in names if name not in taken))


def _replace(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(text, "utf-8")
    flush_to_disk([aside])
    aside.replace(path)
