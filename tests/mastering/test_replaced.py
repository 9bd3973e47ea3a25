"""Recordings, a cover and a manifest that change under a run: what is delivered is what was measured, or nothing."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import soundfile
from PIL import Image

from albums.faults import Refusal
from pipeline.analysis.analysis import Analysis
from pipeline.deliverables.certificate import Certificate
from pipeline.deliverables.make import Receipt
from pipeline.deliverables.verify import verify
from pipeline.intake.album_mixes import AlbumSources
from pipeline.intake.mixes import Source
from pipeline.mastering.job import Job
from pipeline.mastering.steps import Decided, Measured, Order, master
from pipeline.mastering.workers import ThreadWorkers
from tests.support.music import RATE_HZ, AlbumFolder, music
from tests.support.sessions import job_of

OTHER = music(5.0, seed=77)


class Meddled(ThreadWorkers):
    """Threads that do their work, and let somebody meddle before a step of it."""

    def __init__(self, step: str, meddle: Callable[[], object]) -> None:
        super().__init__()
        self._step, self._meddle = step, meddle

    def measure(self, recordings: Sequence[Source]) -> list[Analysis]:
        self._before("measure")
        return super().measure(recordings)

    def decide(self, job: Job, sources: AlbumSources, measured: Measured) -> Decided:
        self._before("decide")
        return super().decide(job, sources, measured)

    def deliver(self, orders: Sequence[Order]) -> list[Receipt]:
        self._before("deliver")
        return super().deliver(orders)

    def _before(self, step: str) -> None:
        if step == self._step:
            self._meddle()


@pytest.fixture
def songs(tmp_path: Path) -> AlbumFolder:
    folder = AlbumFolder(tmp_path / "album")
    for seed in (1, 2):
        folder.add(music(5.0, seed=seed))
    Image.new("RGB", (1500, 1500), "red").save(folder.folder / "cover.png")
    folder.manifest["album"]["cover"] = "cover.png"
    folder.write()
    return folder


def job(songs: AlbumFolder) -> Job:
    return job_of(songs.folder, ("streaming", "cd-wav"), songs.folder / "masters")


def mixes_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("mixes/*.wav"))


def written_over(path: Path) -> None:
    """Other sound of the same length in the same file, the time of its last writing set back."""
    before = path.stat()
    soundfile.write(path, OTHER, RATE_HZ, "PCM_24")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def put_in_its_place(path: Path) -> None:
    soundfile.write(path.with_suffix(".new"), OTHER, RATE_HZ, "PCM_24", format="WAV")
    path.with_suffix(".new").replace(path)


def exchanged(folder: Path) -> None:
    one, other, *_ = mixes_of(folder)
    one.rename(folder / "aside")
    other.rename(one)
    (folder / "aside").rename(other)


@pytest.mark.parametrize("step", ["measure", "decide", "deliver"])
@pytest.mark.parametrize("how", [written_over, put_in_its_place])
def test_a_mix_that_is_another_by_now_is_never_mastered(songs: AlbumFolder, step: str, how: Callable[[Path], None]):
    mix = mixes_of(songs.folder)[1]
    with pytest.raises(Refusal, match=mix.name) as refusal:
        master(job(songs), Meddled(step, lambda: how(mix)))
    assert {fault.where for fault in refusal.value.faults} == {"album.toml: tracks[2].mix"}
    assert not list(songs.folder.glob("masters/*/*"))


def test_two_mixes_that_change_places_are_both_named(songs: AlbumFolder):
    with pytest.raises(Refusal) as refusal:
        master(job(songs), Meddled("deliver", lambda: exchanged(songs.folder)))
    assert {fault.where for fault in refusal.value.faults} == {f"album.toml: tracks[{n}].mix" for n in (1, 2)}
    assert not list(songs.folder.glob("masters/*/*"))


def test_a_copy_of_the_same_bytes_is_the_same_mix(songs: AlbumFolder):
    def copied() -> None:
        for path in mixes_of(songs.folder):
            shutil.copy(path, path.with_suffix(".new"))
            path.with_suffix(".new").replace(path)

    certificate = master(job(songs), Meddled("deliver", copied))
    assert certificate.passed
    assert verify(songs.folder / "masters").passed


def test_another_cover_is_never_delivered(songs: AlbumFolder):
    def replaced() -> None:
        Image.new("RGB", (1500, 1500), "blue").save(songs.folder / "cover.png")

    with pytest.raises(Refusal, match=r"'cover\.png' was replaced during the run"):
        master(job(songs), Meddled("deliver", replaced))
    assert not (songs.folder / "masters" / "streaming").exists()


def test_a_manifest_that_is_saved_meanwhile_changes_nothing(songs: AlbumFolder):
    manifest = songs.folder / "album.toml"
    titles = [track["title"] for track in songs.manifest["tracks"]]

    def saved() -> None:
        manifest.write_text(manifest.read_text().replace('title = "', 'title = "Another '))

    certificate: Certificate = master(job(songs), Meddled("measure", saved))
    assert certificate.passed
    assert [track.title for track in certificate.tracks] == titles
