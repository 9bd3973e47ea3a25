"""Albums measured, decided and delivered without a flow, for the tests of what happens on the way."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import albums
from albums import Album
from formats import split
from pipeline.analysis.analysis import Analysis, analyse
from pipeline.analysis.meters.loudness import LoudnessMeter
from pipeline.deliverables.certificate import (
    CERTIFICATE,
    VERSION,
    Certificate,
    Origin,
    accounts,
    as_told,
    origin_of,
    source_key,
    versions,
)
from pipeline.deliverables.findings import Promise
from pipeline.deliverables.journal import JOURNAL
from pipeline.deliverables.make import Receipt, make, promised
from pipeline.deliverables.output_folder import finish
from pipeline.dsp.types import Powers
from pipeline.intake.album_mixes import AlbumSources, hash_recordings, open_recordings
from pipeline.intake.mixes import Mix, Source
from pipeline.mastering.job import Job
from pipeline.mastering.plans import plans_for
from pipeline.plan.plan import Plan
from pipeline.plan.sequence import PlannedProgramme, SideOrDisc
from pipeline.rendering.assembly_cache import AssemblyCache
from pipeline.rendering.drive_search import Solution
from pipeline.rendering.render import RenderedAlbum, attempt, drive_search, render
from pipeline.sequencing.album_sequence import sequence_album
from pipeline.sequencing.spacing import PlacedMix, Spacing
from pipeline.sequencing.timeline import build_programmes
from pipeline.sequencing.transitions import Transition
from pipeline.system.progress import Advance
from profiles import Profile, load

RATE_HZ = 48000


def album_of(*tracks: Mapping[str, Any], **intent: float) -> Album:
    """An album whose tracks differ in the keys that are given, not on disk, without silence at its start and end."""
    intent = {"head_s": 0.0, "tail_s": 0.0, **intent}
    given = tuple({"mix": f"{n}.wav", "title": str(n), **track} for n, track in enumerate(tracks, start=1))
    return Album.model_validate({"album": {"title": "T", "artist": "A"}, "intent": intent, "tracks": given})


def programme_of(
    album: Album, lengths: Sequence[int], rate_hz: int = RATE_HZ, *, is_disc: bool = False
) -> PlannedProgramme:
    """Its tracks, of `lengths` frames, as one programme."""
    return build_programmes(
        spacing_of(album, lengths, rate_hz), rate_hz, [SideOrDisc()] * len(lengths), is_disc=is_disc
    )[0]


def spacing_of(
    album: Album, lengths: Sequence[int], rate_hz: int = RATE_HZ, transitions: Mapping[int, Transition] | None = None
) -> Spacing:
    """Tracks of `lengths` frames that are heard from first to last; `transitions` by the track's number."""
    tracks = [
        PlacedMix(
            Source(Mix(f"tracks[{n}].mix", Path(f"{n}.wav"), rate_hz, length, "PCM_24"), 0, length, f"{n:064x}"),
            0,
            length,
        )
        for n, length in enumerate(lengths, start=1)
    ]
    met = tuple((transitions or {}).get(n) for n in range(1, len(lengths) + 1))
    return Spacing(album, tuple(tracks), (None,) * len(lengths), met)


def profile_of(name: str, **level: Any) -> Profile:
    """A shipped profile with other values in its level, and without its codec check."""
    shipped = load(name)
    return shipped.model_copy(update={"level": shipped.level.model_copy(update=level), "codec_check": None})


def job_of(folder: Path, names: Sequence[str], out: Path, plan: Path | None = None) -> Job:
    """The job of mastering the album in a folder, which may have profiles of its own."""
    return Job(folder, tuple(names), out, (folder / "profiles",), plan)


@dataclass(frozen=True)
class Session:
    """An album folder, opened and measured."""

    sources: AlbumSources
    before: tuple[Analysis, ...]

    @property
    def album(self) -> Album:
        """The album as its manifest describes it."""
        return self.sources.album

    @property
    def used(self) -> tuple[Source, ...]:
        """Each track's mix."""
        return self.sources.mixes

    @property
    def mixes(self) -> tuple[Mix, ...]:
        """The mixes, then the recordings before an index 1."""
        return tuple(source.mix for source in (*self.sources.mixes, *self.sources.pregaps))

    @cached_property
    def spacing(self) -> Spacing:
        """How the mixes follow each other."""
        return sequence_album(self.album, self.used, self.sources.pregap_of, self.before)

    def plan(self, profile: str | Profile = "streaming", **changes: Any) -> Plan:
        """The plan for a profile, changed by hand."""
        wanted = load(profile, (self.album.folder / "profiles",)) if isinstance(profile, str) else profile
        beside = [analyse(source.blocks(), source.mix.rate_hz) for source in self.sources.references]
        (plan,), _ = plans_for(self.spacing, [wanted], self.before, beside)
        return plan.model_copy(update=changes)

    def deliver(self, out: Path, *plans: Plan) -> Certificate:
        """All of `plans` made and certified at `out`, each with a certificate of its own."""
        made = [make(self.album, plan, self.mixes, out, origin=self.origin(plans, plan)) for plan in plans]
        return self.certify(out, made, plans)

    def origin(self, plans: Sequence[Plan], plan: Plan | None = None) -> Origin:
        """What masters by `plans` are made from, as that by `plan` tells it; of mixes there is nothing to be told."""
        album = as_told(self.album, plan.profile) if plan else self.album
        return origin_of(album, source_key(album, plans), self.before, [()] * len(self.used))

    def certify(self, out: Path, receipts: Sequence[Receipt], plans: Sequence[Plan]) -> Certificate:
        """The certificate for `receipts`, written to `out`."""
        origin = self.origin(plans)
        after = {receipt.name: receipt.tracks for receipt in receipts}
        certificate = Certificate(
            version=VERSION,
            passed=all(receipt.deliverable.passed for receipt in receipts),
            source=origin.source,
            album=origin.album,
            deliverables={receipt.name: receipt.certified(()) for receipt in receipts},
            tracks=accounts(self.album, plans[0].treatments, origin, after),
            versions=versions(),
        )
        finish(out, certificate, "<p>A page.</p>")
        return certificate


def session(folder: Path) -> Session:
    """The album in `folder`, opened and measured."""
    sources = hash_recordings(open_recordings(albums.load(folder)))
    return Session(sources, tuple(analyse(source.blocks(), source.mix.rate_hz) for source in sources.mixes))


@dataclass(frozen=True)
class Rendering:
    """An album rendered at the drive that was settled on, and how the search for it went."""

    album: RenderedAlbum
    block_powers: tuple[Powers, ...]
    solution: Solution

    @property
    def promise(self) -> Promise:
        """What an audit would compare its files with."""
        return promised(self.album, self.solution)


def rendered(plan: Plan, mixes: Sequence[Mix], folder: Path, advance: Advance = lambda _: None) -> Rendering:
    """`plan` rendered, and measured as if it had been written."""
    cache = AssemblyCache(folder, [plan])
    assembled = [cache.assembled(plan, programme, mixes, advance) for programme in plan.programmes]
    search = drive_search(plan, assembled)
    for drive_db in search:
        album = render(plan, assembled, drive_db)
        block_powers = tuple(_block_powers(album, advance))
        search.tell(attempt(album, block_powers))
    return Rendering(album, block_powers, search.solution)


def _block_powers(album: RenderedAlbum, advance: Advance) -> Iterator[Powers]:
    for programme in album.programmes:
        layout = programme.layout.apart
        meters = [LoudnessMeter(layout.rate_hz) for _ in layout.marks]
        for track, block in split(programme.blocks(), layout):
            advance(len(block) / layout.rate_hz)
            meters[track].add(block / 2.0 ** (layout.bits - 1))
        yield from (meter.result().block_powers for meter in meters)


def as_of_version_1(out: Path) -> Path:
    """Make the masters in `out` what they would be had they been certified before certificates had a version."""
    document = json.loads((out / CERTIFICATE).read_text("utf-8"))
    assert document.pop("version") == VERSION
    for name, deliverable in document["deliverables"].items():
        (out / name / CERTIFICATE).unlink()
        deliverable["files"] = [file for file in deliverable["files"] if file["path"] != f"{name}/{CERTIFICATE}"]
        del deliverable["form"], deliverable["whole"]["range_lu"]
    (out / CERTIFICATE).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8", newline="\n")
    return out


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` by its path from there, but the journal, which tells the time."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if path.name != JOURNAL}


def contents_in_place(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` that is no work in progress, which processes of a killed run may still tidy up."""
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    in_place = {name: path for name, path in found.items() if not any(part.startswith(".") for part in name.parts)}
    return {name.as_posix(): path.read_bytes() for name, path in in_place.items()}


def below(name: str, found: dict[str, bytes]) -> dict[str, bytes]:
    """Those of the files `found` that belong to the deliverable `name`."""
    return {path: data for path, data in found.items() if path.startswith(f"{name}/")}


def samples(programme: Any) -> NDArray[np.float64]:
    """All of a rendered programme, ±1."""
    whole: NDArray[np.float64] = np.concatenate(list(programme.blocks())) / 2.0 ** (programme.layout.bits - 1)
    return whole
