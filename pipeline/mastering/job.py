"""What is asked for: an album, the profiles it is to be mastered to, and where to."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import profiles
from albums import MANIFEST, MASTERS, Album, Approval
from albums.faults import Fault, Refusal, place
from pipeline.settings.schema import NO_SETTINGS, Settings

PASSES = 3  # how often a deliverable's sound is gone through, mostly: mixed, written, audited
ENCODED = 1.5  # to encode and decode a sound takes so many times as long as one of these passes (measured)
ENCODINGS = 1.8  # each codec encodes each track about so often (measured: 46 min at -9 LUFS, five codecs)
RETAG_PASSES = 2  # where its sound stands already: written, audited


def passes(codecs: int) -> float:
    """About how often a deliverable's sound is gone through where so many codecs are asked about it."""
    return PASSES + codecs * ENCODINGS * ENCODED


@dataclass(frozen=True)
class Job:
    """What is asked for: the album's folder, profile names, where to, folders with more profiles, an edited plan.

    Where masters wait for approval, `out` is where they wait, and `final` where they go once they are approved.
    `settings` are the user's, with which the album is opened.
    """

    folder: Path
    names: tuple[str, ...]
    out: Path
    profile_folders: tuple[Path, ...] = ()
    plan: Path | None = None
    final: Path | None = None
    settings: Settings = NO_SETTINGS

    @property
    def place(self) -> Path:
        """Where masters are in the end."""
        return self.final or self.out


def job_for(
    album: Album,
    names: Sequence[str] | None = None,
    *,
    out: Path | None = None,
    profile_folder: Path | None = None,
    plan: Path | None = None,
    approval: Approval | None = None,
    settings: Settings = NO_SETTINGS,
) -> Job:
    """The job of mastering `album` to `names`, or to what its manifest names; or to the edited `plan`.

    `album` was opened with `settings`. `approval` is what the operator requires. Where it or the manifest does, masters
    go to a folder for review.

    Raises Refusal where no profile is named, or one that is not known, or another than the plan's.
    """
    folders = profile_folders(album.folder, profile_folder, settings)
    wanted = _planned(plan, names) if plan else _wanted(album, names, folders)
    if plan is None:
        profiles.load_all(wanted, folders)
    place = out or own_masters(album.folder)
    if not album.needs_approval(approval):
        return Job(album.folder, wanted, place, folders, plan, settings=settings)
    from pipeline.deliverables.approval import review_folder  # only here: as below

    return Job(album.folder, wanted, review_folder(place), folders, plan, place, settings)


def profiles_of(job: Job) -> tuple[profiles.Profile, ...]:
    """The profiles that a job is mastered to: those that it names, or its edited plan's. Raises Refusal."""
    if job.plan is None:
        return profiles.load_all(job.names, job.profile_folders)
    from pipeline.plan.edited_plan import open_plan  # only here: as below

    return (open_plan(job.plan).profile,)


def own_masters(album: Path) -> Path:
    """Where masters of the album in a folder go by default; raises Refusal where that is a link."""
    masters = album / MASTERS
    if masters.is_symlink():  # in a stranger's folder it may lead anywhere
        raise Refusal([Fault(str(masters), "is a link, which is not followed; name where masters go with --out")])
    return masters


def profile_folders(album: Path, extra: Path | None = None, settings: Settings = NO_SETTINGS) -> tuple[Path, ...]:
    """Where to look for profiles before the shipped ones: the folder given, the album's own, then the user's."""
    return (*folder_of_profiles(extra), album / "profiles", *settings.profile_folders)


def folder_of_profiles(extra: Path | None) -> tuple[Path, ...]:
    """The folder that was given for more profiles, if one was; raises Refusal where it is none."""
    if extra is not None and not extra.is_dir():
        raise Refusal([Fault(str(extra), "is no folder; --profile-dir wants one that holds profiles")])
    return () if extra is None else (extra,)


def _wanted(album: Album, names: Sequence[str] | None, folders: Sequence[Path]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(names or album.deliverables))
    if not wanted:
        known = ", ".join(profiles.names(folders))
        raise Refusal(
            [Fault(place(MANIFEST, ["deliverables"]), f"names no profile; write some, or use --profile: {known}")]
        )
    return wanted


def _planned(file: Path, names: Sequence[str] | None) -> tuple[str, ...]:
    from pipeline.plan.edited_plan import open_plan  # only here: it takes half a second to import

    name = open_plan(file).profile.name
    if names and list(names) != [name]:
        raise Refusal([Fault(str(file), f"is a plan for {name!r}; it cannot be rendered as {', '.join(names)}")])
    return (name,)
