"""A deliverable whose sound was made before, written anew with other texts: its samples are read from where it stands.

Nothing is assembled, limited or dithered, nothing lossy is encoded again, and no mix is opened. That the samples are
the same is not believed but shown: what is written is read back and audited in full, against what the render promised.
"""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import formats
from albums import Album
from pipeline.deliverables.audit import read_back
from pipeline.deliverables.certificate import Origin
from pipeline.deliverables.make import Receipt, delivered, with_own_cover
from pipeline.deliverables.output_folder import refusing, staging_folder
from pipeline.plan.plan import Plan
from pipeline.system.memory import release
from pipeline.system.placing import fresh_folder, remove
from pipeline.system.progress import Advance


def rewrite(
    album: Album,
    plan: Plan,
    out: Path,
    earlier: Receipt,
    advance: Advance = lambda _: None,
    cover_sha256: str = "",
    origin: Origin | None = None,
) -> Receipt:
    """Write the deliverable that stands in `out`, as `earlier` has it, with the texts of `album` and `plan`.

    `plan` decides the same sound as the plan before it, to be heard at the same places. The new one takes the place of
    the old if its audit passes. Raises Refusal where what stands there cannot be read; `cover_sha256` and `origin` are
    as in `make`.
    """
    promise = earlier.deliverable.promise
    if promise is None:
        raise ValueError(f"nothing was promised of {earlier.name}: there is nothing to hold its samples against")
    name = plan.profile.name
    aside = staging_folder(out, name)
    try:
        with refusing(out, name):
            own, changed = with_own_cover(album, plan, aside, cover_sha256)
            staged = fresh_folder(aside / name)
            _write_anew(out / name, staged, own, plan, advance)
            found = read_back(staged, own, plan, advance)
            return delivered(own, plan, found, promise, earlier.compressions, staged, out, changed, origin)
    finally:
        with suppress(OSError):  # what has its place has it; the next run removes the rest
            remove(aside)
        release()


def _write_anew(standing: Path, staged: Path, album: Album, plan: Plan, advance: Advance) -> None:
    """What stands in the folder `standing`, written into `staged` with the texts of `album`.

    Tagged tracks are copied and tagged: what is encoded is not encoded again.
    """
    if tagged := formats.tagged(plan.profile.format):
        tagged.retag(standing, staged, album, plan.layouts[0])
        advance(plan.sound_s)
        return
    kind = formats.named(plan.profile.format)
    programmes = zip(kind.read(standing).programmes, plan.layouts, strict=True)
    kind.write(staged, album, [replace(each, layout=planned).telling(advance) for each, planned in programmes])
