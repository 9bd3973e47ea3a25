"""An album as it was released, kept: its signature written into its folder, with the drives of its masters."""

from collections.abc import Sequence
from pathlib import Path

from albums import SIGNATURE, Album
from albums.faults import Fault, Refusal
from pipeline.analysis.analysis import Analysis
from pipeline.deliverables.certificate import CERTIFICATE, read_certificate, source_key
from pipeline.matching.baseline import Baseline, baseline_of
from pipeline.plan.plan import Plan
from pipeline.sequencing.spacing import Spacing


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
    drives_db = _drives_db(masters, album, plans) if (masters / CERTIFICATE).is_file() else {}
    frozen = baseline.model_copy(update={"drives_db": drives_db})
    try:
        with path.open("x", encoding="utf-8") as file:  # follows no link
            file.write(frozen.json_text())
    except FileExistsError:
        words = "is there already: the album is frozen. Move it away to freeze the album as it is now"
        raise Refusal([Fault(str(path), words)]) from None
    return frozen


def _drives_db(masters: Path, album: Album, plans: Sequence[Plan]) -> dict[str, float]:
    certificate = read_certificate(masters)
    if certificate.source != source_key(album, plans):
        words = "are not masters of this album as it is now: master it, or name a folder without masters"
        raise Refusal([Fault(str(masters), words)])
    promises = {name: deliverable.promise for name, deliverable in certificate.deliverables.items()}
    # Without a limiter the highest peak decides, and a later track may have it: that is a new cut, at a new level.
    names = [plan.profile.name for plan in plans if plan.profile.level.limiter]
    return {name: promise.drive_db for name in names if (promise := promises.get(name))}
