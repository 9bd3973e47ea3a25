"""Deliveries that this machine remembers: by them an unchanged album is told in a hundredth of a second.

What went into a delivery and what came of it is remembered by sizes and times, as file systems keep them, beside the
results that a run remembers, never in the album's folder: what a stranger left there is not believed. Any difference
only means that the album is looked at as a whole.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from albums import OPERATORS_KEYS, SIGNATURE, Album, Frozen
from albums.faults import Refusal
from albums.regular_files import identity_of, read_regular
from pipeline.deliverables.certificate import CERTIFICATE, REPORT, Certificate
from pipeline.deliverables.journal import certificate_hash, last_entry
from pipeline.mastering.job import Job
from pipeline.mastering.program_key import program_key
from pipeline.system.placing import write_whole
from pipeline.system.result_cache import entry_name
from profiles import SHIPPED

LARGEST_BYTES = 16 * 2**20
SETTLED_S = 5.0  # what changed so shortly before a run may change once more under the same time of its file system

Seen = tuple[int, int, int, int, int] | None
"""A file's device, inode, size in bytes, and when it was written and changed, in nanoseconds; None where none is."""


class Remembered(Frozen):
    """One delivery: by which program, of which album, and how every file of it was seen."""

    program: str
    album: str
    certificate_sha256: str
    files: dict[str, Seen]


def remember(folder: Path, job: Job, album: Album, certificate: Certificate, began_s: float) -> None:
    """Remember in `folder` that `certificate` was delivered for `job` by a run that began at `began_s` of the clock.

    `album` is what the run opened. Nothing is remembered where the delivery failed, or where something that went into
    it has changed since shortly before the run began; nor what cannot be written.
    """
    place = _place(folder, job.place)
    with suppress(OSError):
        inputs = {str(path): _seen(path) for path in _inputs(job, album)}
        is_settled = all(seen is None or seen[-1] / 1e9 < began_s - SETTLED_S for seen in inputs.values())
        if not certificate.passed or not is_settled or job.plan is not None:
            place.unlink(missing_ok=True)
            return
        outputs = {str(path): _seen(path) for path in _outputs(certificate, _where(job))}
        found = Remembered(
            program=program_key(),
            album=_asked(job, album),
            certificate_sha256=certificate_hash(certificate),
            files=inputs | outputs,
        )
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, found.model_dump_json())


def is_unchanged(folder: Path, job: Job, album: Album) -> bool:
    """Whether `job` was delivered, as `folder` remembers, and all that went into it and came of it is as it was."""
    with suppress(OSError, Refusal, ValidationError):
        known = Remembered.model_validate_json(read_regular(_place(folder, job.place), LARGEST_BYTES))
        if known.program != program_key() or known.album != _asked(job, album):
            return False
        if any(_seen(Path(path)) != seen for path, seen in known.files.items()):
            return False
        entered = last_entry(_where(job))
        return entered is not None and entered.certificate_sha256 == known.certificate_sha256
    return False


def _place(folder: Path, out: Path) -> Path:
    return folder / entry_name(program_key(), "known", hashlib.sha256(str(out.resolve()).encode()).hexdigest())


def _where(job: Job) -> Path:
    """Where the masters lie of which this is remembered: where they wait, or where they were approved."""
    return job.out if (job.out / CERTIFICATE).exists() else job.place


def _asked(job: Job, album: Album) -> str:
    """What is asked for, as one hash: the manifest, where it lies, and the profiles by their names."""
    parts = [str(album.folder.resolve()), album.model_dump_json(exclude={*OPERATORS_KEYS}), *job.names]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _inputs(job: Job, album: Album) -> Iterator[Path]:
    """Every file that has a say in what is delivered, also where it is not there."""
    named = [album.release.cover, album.intent.target_curve, *album.intent.reference, SIGNATURE]
    named += [name for track in album.tracks for name in (track.mix, track.lead_in.mix)]
    yield from (album.folder / name for name in dict.fromkeys(named) if name)
    for name in job.names:
        yield from (folder / f"{name}.toml" for folder in (*job.profile_folders, SHIPPED))


def _outputs(certificate: Certificate, out: Path) -> Iterable[Path]:
    files = [file.path for deliverable in certificate.deliverables.values() for file in deliverable.files]
    return [out / name for name in (*files, CERTIFICATE, REPORT)]


def _seen(path: Path) -> Seen:
    """How the file at `path` is seen now; raises OSError where it cannot be."""
    try:
        found = identity_of(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.device, found.inode, found.size_bytes, found.written_ns, found.changed_ns
