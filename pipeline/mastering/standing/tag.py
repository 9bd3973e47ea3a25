"""Other texts for masters that stand: written, audited and certified anew, and nothing rendered.

What was edited in the manifest since may be texts, codes and the cover. Whatever else was edited is sound, and is
refused by its name. The recordings need not be at hand; where they are, the report shows them as before.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import formats
from albums import MANIFEST, Album, Credits, load
from albums.faults import Fault, Refusal, place, refuse, short
from pipeline.analysis.analysis import Analysis
from pipeline.deliverables.approval import approval_state
from pipeline.deliverables.certificate import (
    VERSION,
    Certificate,
    Origin,
    album_facts,
    as_told,
    read_certificate,
    source_key,
    versions,
    with_sheets_as_delivered,
)
from pipeline.deliverables.figures import figures_of, quiet_tracks
from pipeline.deliverables.make import Receipt
from pipeline.deliverables.output_folder import finish, held, stands
from pipeline.deliverables.rewrite import rewrite
from pipeline.deliverables.verify import certified_album
from pipeline.intake.album_mixes import cover_hash, hash_recordings
from pipeline.mastering.opening import open_album
from pipeline.mastering.workers import ThreadWorkers
from pipeline.plan.edited_plan import open_plan
from pipeline.plan.plan import PLAN, Plan
from pipeline.settings.merging import with_defaults
from pipeline.settings.schema import NO_SETTINGS, Settings
from pipeline.system.progress import Advance, JobProgress

TEXTS = frozenset({*Credits.model_fields, "title", "version", "artist", "featured_artists", "isrc", "iswc", "explicit"})
"""Of a track, what is no sound."""


def tag(folder: Path, out: Path, work: JobProgress | None = None, settings: Settings = NO_SETTINGS) -> Certificate:
    """Give the masters in `out` the texts that the album in `folder` has now; their new certificate.

    What the manifest leaves out is as the user's `settings` have it. Raises Refusal, and leaves all as it was, where
    anything but texts was edited, where what stands there is not what was certified, and where new texts cannot be
    written.
    """
    work = work or JobProgress()
    album = with_defaults(load(folder, recordings=False), settings)
    with held(out):
        earlier = read_certificate(out)
        refuse(chain(_other_sound(album, certified_album(earlier)), _not_as_certified(out, earlier)))
        made = [name for name, deliverable in earlier.deliverables.items() if deliverable.passed]
        plans = {name: retitled(open_plan(out / name / PLAN), album) for name in made}
        refuse(chain(*(formats.judged(plan.profile, album, plan.layouts) for plan in plans.values())))
        before = _mixes_measured(folder, earlier, work)
        compressions = tuple(track.compression for track in earlier.tracks)
        receipts, cover_sha256 = [], cover_hash(album)
        for name, plan in plans.items():
            known = Receipt(name, earlier.deliverables[name], (), compressions)
            with work.at_work(name, plan.sound_s) as advance:
                origin = _origin(as_told(album, plan.profile), earlier, plans)
                receipts.append(rewrite(album, plan, out, known, _halved(advance), cover_sha256, origin))
        certificate = _certificate(album, earlier, _origin(album, earlier, plans), receipts)
        from pipeline.reporting.report import report_html  # half a second that only a finished run should pay

        page = report_html(certificate, plans, before, {receipt.name: receipt.tracks for receipt in receipts})
        finish(out, certificate, page)
    return certificate


def retitled(plan: Plan, album: Album) -> Plan:
    """`plan`, whose treatments have the titles that the tracks have now."""
    titled = [t.model_copy(update={"title": album.tracks[t.track - 1].title}) for t in plan.treatments]
    return plan.model_copy(update={"treatments": tuple(titled)})


def _halved(advance: Advance) -> Advance:
    """What tells `advance` of half the seconds: each is passed twice, written and audited."""
    return lambda sound_s: advance(sound_s / 2.0)


def _other_sound(album: Album, certified: Album) -> Iterator[Fault]:
    """A fault for each key of the manifest that says other sound than what was delivered."""
    if len(album.tracks) != len(certified.tracks):
        words = f"has {len(album.tracks)} tracks; what was delivered has {len(certified.tracks)}"
        yield Fault(place(MANIFEST, ["tracks"]), words)
        return
    yield from _unlike(album.intent.model_dump(), certified.intent.model_dump(), ["intent"])
    for index, (track, other) in enumerate(zip(album.tracks, certified.tracks, strict=True)):
        yield from _unlike(track.model_dump(exclude={*TEXTS}), other.model_dump(exclude={*TEXTS}), ["tracks", index])


def _unlike(now: Mapping[str, Any], then: Mapping[str, Any], where: list[str | int]) -> Iterator[Fault]:
    for key, value in now.items():
        if value != then[key]:
            words = f"is {short(value)}, and was {short(then[key])} when this was mastered: that is no text"
            yield Fault(place(MANIFEST, [*where, key]), f"{words}; `glassmaster master` makes it")


def _not_as_certified(out: Path, earlier: Certificate) -> Iterator[Fault]:
    if not any(deliverable.passed for deliverable in earlier.deliverables.values()):
        yield Fault(str(out), "holds nothing that passed; `glassmaster master` makes it")
    for name, deliverable in earlier.deliverables.items():
        if deliverable.passed and not stands(out, deliverable.files):
            yield Fault(str(out / name), "is no longer what was certified; `glassmaster verify` says what changed")
    if approval_state(out) is not None:
        words = "holds masters that a person decides on; `glassmaster master` puts others up for approval"
        yield Fault(str(out), words)


def _mixes_measured(folder: Path, earlier: Certificate, work: JobProgress) -> Sequence[Analysis]:
    """What was measured of the mixes, for the report; nothing where they are not at hand as they were."""
    try:
        sources = hash_recordings(open_album(folder))
    except Refusal:
        return ()
    if [source.sha256 for source in sources.mixes] != [track.mix_sha256 for track in earlier.tracks]:
        return ()
    return ThreadWorkers(work).measure(sources.mixes)


def _origin(album: Album, earlier: Certificate, plans: Mapping[str, Plan]) -> Origin:
    """What the masters are made from now: the recordings as they were, and the album as it is."""
    pregaps = [treatment.mix_sha256 for treatment in next(iter(plans.values())).pregaps]
    return Origin(
        source=source_key(album, [*plans.values()], pregaps),
        album=album_facts(album),
        before=tuple(track.before for track in earlier.tracks),
        remarks=tuple(track.remarks for track in earlier.tracks),
    )


def _certificate(album: Album, earlier: Certificate, origin: Origin, receipts: Sequence[Receipt]) -> Certificate:
    quiet = quiet_tracks(origin.before)
    tracks = tuple(
        account.model_copy(
            update={
                "title": track.display_title,
                "after": {each.name: figures_of(each.tracks[number]) for each in receipts if number < len(each.tracks)},
            }
        )
        for number, (account, track) in enumerate(zip(earlier.tracks, album.tracks, strict=True))
    )
    certificate = earlier.model_copy(
        update={
            "version": VERSION,
            "passed": all(receipt.deliverable.passed for receipt in receipts),
            "source": origin.source,
            "album": origin.album,
            "deliverables": {receipt.name: receipt.certified(quiet) for receipt in receipts},
            "tracks": tracks,
            "versions": versions(),
        }
    )
    return with_sheets_as_delivered(certificate)
