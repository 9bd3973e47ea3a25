"""An album judged, nothing rendered: what would be told of its mixes, and what keeps it from being planned."""

from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from albums.faults import Fault, Refusal, refuses
from pipeline.intake.album_mixes import AlbumMixes, AlbumSources, hash_recordings
from pipeline.mastering.job import profile_folders
from pipeline.mastering.opening import open_album
from pipeline.mastering.plans import notes_on_writing
from pipeline.mastering.steps import Measured, Workers, decide, measure, notes_on_mixes, notes_where_placed, sequence
from pipeline.settings.schema import NO_SETTINGS, Settings
from profiles import load_all


@dataclass(frozen=True)
class Checked:
    """An album as it was found: its recordings, what was measured, and everything that is to be told of it."""

    sources: AlbumSources
    measured: Measured
    faults: tuple[Fault, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing stands in the way of mastering it."""
        return not refuses(self.faults)


def check_album(folder: Path, workers: Workers, settings: Settings = NO_SETTINGS) -> Checked:
    """The album in `folder`, judged: its mixes, how they meet, and how its deliverables hold them.

    It is opened with the user's `settings`. Raises Refusal where it cannot be opened.
    """
    return check_opened(open_album(folder, settings), workers, settings)


def check_opened(opened: AlbumMixes, workers: Workers, settings: Settings = NO_SETTINGS) -> Checked:
    """The album that is `opened`, judged as `check_album` does."""
    sources = hash_recordings(opened)
    measured = measure(sources, workers)
    faults = [*chain(*notes_on_mixes(sources, measured))]
    try:
        folders = profile_folders(sources.album.folder, settings=settings)
        profiles = load_all(sources.album.deliverables, folders)
        if not refuses(faults):
            spacing = sequence(sources, measured)
            faults = [*chain(*notes_where_placed(spacing, sources, measured))]
            decided = decide(profiles, spacing, sources, measured)
            faults = [*chain(*decided.notes), *notes_on_writing(sources.album, decided.plans)]
    except Refusal as refusal:
        faults += refusal.faults
    return Checked(sources, measured, tuple(faults))
