"""Glassmaster as a library: whole albums mastered, checked, planned and verified from Python.

    >>> import glassmaster
    >>> found = glassmaster.check("album")
    >>> found.passed
    True
    >>> plans = glassmaster.plan("album", profiles=["streaming"])
    >>> plans["streaming"].treatments[0].title
    'Song 1'
    >>> certificate = glassmaster.master("album", profiles=["streaming"], out="masters")
    >>> certificate.passed
    True
    >>> glassmaster.verify("masters").passed
    True
    >>> glassmaster.check("nowhere")
    Traceback (most recent call last):
    ...
    albums.faults.Refusal: nowhere/album.toml: is not there; `glassmaster new FOLDER` writes one from a folder of mixes

Everything works in threads of the calling process, several albums side by side if need be; nothing is printed, no
signal is taken, and importing this changes nothing in the host. Prefect takes no part unless `master` is told so.

A user's config holds where a call names it as `config`, the path of a file as `glassmaster --config` takes it. Without
that none is read, neither what GLASSMASTER_CONFIG names nor what lies where the platform keeps settings: those are a
person's at a terminal.

The packages behind it are called `albums`, `profiles`, `formats` and `pipeline`. They are imported with the first
call; a host that has packages of these names of its own gets an ImportError that says so.
"""

from collections.abc import Callable, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._rooms import claim

if TYPE_CHECKING:
    from albums.faults import Fault, Refusal
    from pipeline.deliverables.certificate import Certificate
    from pipeline.deliverables.verify import Verification
    from pipeline.intake.album_mixes import AlbumMixes
    from pipeline.mastering.check import Checked
    from pipeline.plan.plan import Plan
    from pipeline.settings.schema import Settings
    from pipeline.system.progress import JobProgress, Progress, Stopped

__all__ = [
    "Certificate",
    "Checked",
    "Fault",
    "Plan",
    "Progress",
    "Refusal",
    "Stopped",
    "Verification",
    "check",
    "master",
    "plan",
    "verify",
]

_PLACES = {
    "Certificate": "pipeline.deliverables.certificate",
    "Checked": "pipeline.mastering.check",
    "Fault": "albums.faults",
    "Plan": "pipeline.plan.plan",
    "Progress": "pipeline.system.progress",
    "Refusal": "albums.faults",
    "Stopped": "pipeline.system.progress",
    "Verification": "pipeline.deliverables.verify",
}


def master(
    album: str | PathLike[str],
    *,
    profiles: Sequence[str] | None = None,
    out: str | PathLike[str] | None = None,
    plan: str | PathLike[str] | None = None,
    progress: "Callable[[Progress], None] | None" = None,
    prefect: bool = False,
    config: str | PathLike[str] | None = None,
) -> "Certificate":
    """Master the album in a folder, and return the certificate as it now lies in the output folder.

    Measured, decided, rendered, written, read back and audited; what passed is put in its place. A certificate whose
    `passed` is false speaks of a deliverable that failed its audit and was put nowhere.

    `profiles` are names, by default those of album.toml; `out` is by default ALBUM/masters. `plan` is the path of a
    plan.json that was edited by hand, to be rendered as it stands. With `prefect`, the job is a Prefect flow, whose
    results are remembered from one run to the next. `config` is a file of defaults, see above.

    `progress` is told of each piece of work from the threads that do it, one call at a time, and may raise `Stopped`,
    which stops the whole job; it should raise nothing else. Raises `Refusal` for what cannot be mastered, with the
    faults of all of it; `Stopped` when it was stopped.
    """
    claim()
    from pipeline.intake.album_mixes import hash_recordings
    from pipeline.mastering.job import job_for
    from pipeline.system.parallel import in_background

    work, (opened, settings) = _work(progress), _opened(album, config)
    job = job_for(opened.album, profiles, out=_path(out), plan=_path(plan), settings=settings)
    sources = in_background(partial(hash_recordings, opened))
    if prefect:
        from pipeline.flows.head_start import HeadStart
        from pipeline.flows.master import master as master_by_prefect

        return master_by_prefect(job, work, HeadStart(opened, sources, work))
    from pipeline.mastering import steps
    from pipeline.mastering.workers import ThreadWorkers

    return steps.master(job, ThreadWorkers(work), sources.result())


def check(
    album: str | PathLike[str],
    *,
    progress: "Callable[[Progress], None] | None" = None,
    config: str | PathLike[str] | None = None,
) -> "Checked":
    """Judge the album in a folder: its manifest, its mixes, how they meet, whether its deliverables hold them.

    `faults` of what is returned are refusals, warnings and notes; nothing is rendered or written. Raises `Refusal`
    where the manifest does not hold, or a recording cannot be opened or breaks off. `progress` and `config` as for
    `master`.
    """
    claim()
    from pipeline.mastering.check import check_album
    from pipeline.mastering.workers import ThreadWorkers

    return check_album(Path(album), ThreadWorkers(_work(progress)), _settings(config))


def plan(
    album: str | PathLike[str],
    *,
    profiles: Sequence[str] | None = None,
    progress: "Callable[[Progress], None] | None" = None,
    config: str | PathLike[str] | None = None,
) -> "dict[str, Plan]":
    """Every decision about the album in a folder, with its reasons: a plan for each profile, by its name.

    Nothing is written; `Plan.json_text` is what plan.json holds. Raises `Refusal` where one cannot be made.
    `profiles`, `progress` and `config` as for `master`.
    """
    claim()
    from pipeline.intake.album_mixes import hash_recordings
    from pipeline.mastering.job import job_for
    from pipeline.mastering.steps import decide_job, measure
    from pipeline.mastering.workers import ThreadWorkers

    opened, settings = _opened(album, config)
    job, sources = job_for(opened.album, profiles, settings=settings), hash_recordings(opened)
    decided = decide_job(job, sources, measure(sources, ThreadWorkers(_work(progress))))
    return {each.profile.name: each for each in decided.plans}


def verify(folder: str | PathLike[str], *, progress: "Callable[[Progress], None] | None" = None) -> "Verification":
    """Hash, open and measure a delivered folder again, and hold it against its certificate.

    Raises `Refusal` where there is no certificate. `progress` as for `master`.
    """
    claim()
    from pipeline.deliverables.verify import verify as verify_folder

    with _work(progress).at_work("verify", 0.0) as advance:
        return verify_folder(Path(folder), advance)


def _path(given: str | PathLike[str] | None) -> Path | None:
    return None if given is None else Path(given)


def _opened(album: str | PathLike[str], config: str | PathLike[str] | None) -> "tuple[AlbumMixes, Settings]":
    """The album in a folder, opened with what the file at `config` says; that as well."""
    from pipeline.mastering.opening import open_album

    settings = _settings(config)
    return open_album(Path(album), settings), settings


def _settings(config: str | PathLike[str] | None) -> "Settings":
    """What the file at `config` says, or nothing without one. Raises Refusal with every fault; also where none is."""
    from pipeline.settings.config_file import ConfigFile, read_settings
    from pipeline.settings.schema import NO_SETTINGS

    return NO_SETTINGS if config is None else read_settings(ConfigFile(Path(config), "--config"))


def _work(progress: "Callable[[Progress], None] | None") -> "JobProgress":
    from pipeline.system.progress import CallbackWatcher, JobProgress

    return JobProgress(CallbackWatcher(progress) if progress else None)


def __getattr__(name: str) -> Any:
    """The types that calls return and raise, imported when they are first asked for."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    claim()
    from importlib import import_module

    return getattr(import_module(_PLACES[name]), name)
