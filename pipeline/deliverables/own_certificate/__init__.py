"""The certificate in a deliverable's own folder, which speaks for it alone, so that the folder can be sent alone.

It is written beside the plan before the deliverable has its place, and is one of its files: a kill leaves both or
neither, and whatever knows the deliverable by its files, from `verify` to what is sent, knows it by its hash. It says
what the certificate of all masters says, but for its own hash, and for the other deliverables. Beside a DDP fileset it
lies as the plan and the PQ sheet do: a fileset is what DDPMS and the list of checksums name, and this is in neither.
"""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from albums import Album
from pipeline.analysis.analysis import Analysis
from pipeline.deliverables.certificate import (
    CERTIFICATE,
    VERSION,
    Certificate,
    Deliverable,
    Origin,
    accounts,
    versions,
)
from pipeline.deliverables.files import DeliveredFile, file_of
from pipeline.deliverables.findings import ReductionFigures
from pipeline.plan.plan import Plan


def certified_alone(
    deliverable: Deliverable,
    album: Album,
    plan: Plan,
    origin: Origin,
    tracks: Sequence[Analysis],
    compressions: Sequence[ReductionFigures | None] = (),
) -> Certificate:
    """The certificate of one `deliverable`, whose files' paths begin with its name; `tracks` as delivered, in order."""
    name = plan.profile.name
    files = tuple(
        file.model_copy(update={"path": PurePosixPath(file.path).relative_to(name).as_posix()})
        for file in deliverable.files
    )
    return Certificate(
        version=VERSION,
        alone=True,
        passed=deliverable.passed,
        source=origin.source,
        album=origin.album,
        deliverables={name: deliverable.model_copy(update={"files": files})},
        tracks=accounts(album, plan.treatments, origin, {name: tracks}, compressions),
        versions=versions(),
    )


def written(certificate: Certificate, staged: Path, files: Sequence[DeliveredFile]) -> tuple[DeliveredFile, ...]:
    """The `files` of the deliverable in the folder `staged`, and the certificate, now one of them; raises OSError."""
    text = certificate.json_text().encode()
    (staged / CERTIFICATE).write_bytes(text)
    own = file_of(f"{staged.name}/{CERTIFICATE}", text)
    return tuple(sorted((*files, own), key=lambda file: PurePosixPath(file.path)))
