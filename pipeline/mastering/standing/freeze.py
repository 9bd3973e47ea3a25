"""An album as it was released, kept: its signature written into its folder, with the drives of its masters."""

from collections.abc import Sequence
from pathlib import Path

from albums import SIGNATURE, Album
from albums.faults import Fault, Refusal
from pipeline.analysis.analysis import Analysis
from pipeline.deliverables.certificate import CERTIFICATE, read_certificate, source_key
from pipeline.deliverables.findings import Promise
from pipeline.matching.baseline import Baseline, baseline_of
from pipeline.plan.plan import Plan
from pipeline.sequencing.spacing import Spacing
from pipeline.system.placing import write_new


def freeze(
    album: Album,
    spacing: Spacing,
    analyses: Sequence[Analysis],
    references: Sequence[Analysis],
    plans: Sequence[Plan],
    masters: Path,
) -> Baseline:
    """Write the baseline of `album`, whose mixes are placed as in `spacing`, to signature.json, and return it.

    It has the drives of the masters in `masters`, where there are any.

    Raises Refusal where there is a signature already, or where masters are there that are not of this album as it is.
    """
    path = album.folder / SIGNATURE
    baseline = baseline_of(spacing.album, spacing.sources, analyses, references)
    leading = [placed.source.sha256 for placed in spacing.pregaps if placed]
    promises = _promises(masters, album, plans, leading) if (masters / CERTIFICATE).is_file() else {}
    foreseen_db = {
        name: each.foreseen_drive_db for name, each in promises.items() if each.foreseen_drive_db is not None
    }
    drives_db = {name: promise.drive_db for name, promise in promises.items()}
    frozen = baseline.model_copy(update={"drives_db": drives_db, "foreseen_drives_db": foreseen_db})
    try:
        write_new(path, frozen.json_text())
    except FileExistsError:
        words = "is there already: the album is frozen. Move it away to freeze the album as it is now"
        raise Refusal([Fault(str(path), words)]) from None
    except OSError as error:
        raise Refusal([Fault(str(path), f"cannot be written: {error.strerror}")]) from None
    return frozen


def _promises(masters: Path, album: Album, plans: Sequence[Plan], pregap_sha256s: Sequence[str]) -> dict[str, Promise]:
    """What was promised of each of the masters whose drive can be kept."""
    certificate = read_certificate(masters)
    if certificate.source != source_key(album, plans, pregap_sha256s):
        words = "are not masters of this album as it is now: master it, or name a folder without masters"
        raise Refusal([Fault(str(masters), words)])
    promises = {name: deliverable.promise for name, deliverable in certificate.deliverables.items()}
    # Without a limiter the highest peak decides, and a later track may have it: that is a new cut, at a new level.
    names = [plan.profile.name for plan in plans if plan.profile.level.limiter]
    return {name: promise for name in names if (promise := promises.get(name))}
