"""An album counts as unchanged only where all that went into it and came of it is as it was."""

import os
import time
from dataclasses import replace

import pytest
import tomlkit

from albums import Intent, SheetTexts, load
from albums.faults import Refusal
from pipeline.batch import remembered
from pipeline.batch.remembered import is_unchanged, remember
from pipeline.deliverables.certificate import CERTIFICATE, read_certificate
from pipeline.deliverables.journal import JOURNAL
from pipeline.mastering import steps
from pipeline.mastering.job import job_for
from pipeline.mastering.opening import open_album
from pipeline.mastering.workers import ThreadWorkers
from pipeline.settings.merging import with_defaults
from pipeline.settings.schema import NO_SETTINGS, Settings
from tests.support.music import AlbumFolder, music


@pytest.fixture(scope="module")
def master_once(tmp_path_factory):
    """An album with all that may have a say in it, mastered."""
    songs = AlbumFolder(tmp_path_factory.mktemp("album") / "one")
    songs.add(music(4.5, seed=1))
    songs.add(music(4.5, seed=2), pregap={"mix": "mixes/01.wav"})
    songs.manifest["intent"]["target_curve"] = "curve.txt"
    (songs.folder / "curve.txt").write_text("100 0\n1000 0\n10000 0\n")
    songs.write()
    steps.master(job_for(open_album(songs.folder).album), ThreadWorkers())
    return songs.folder


@pytest.fixture
def delivered(master_once, tmp_path):
    """A copy of it that was remembered, as a function that says whether it is still unchanged."""
    folder = tmp_path / "one"
    os.system(f"cp -a {master_once} {folder}")  # noqa: S605 - times stay as they are
    album = open_album(folder).album
    job = job_for(album)
    remember(tmp_path / "cache", job, album, read_certificate(job.out), time.time() + 60)

    def unchanged() -> bool:
        try:
            now = load(folder)
            return is_unchanged(tmp_path / "cache", job_for(now), now)
        except Refusal:  # what was written there is none that can be read
            return False

    return folder, unchanged


def test_what_was_not_touched_is_unchanged(delivered):
    assert delivered[1]()


@pytest.mark.parametrize("name", [
    "mixes/01.wav", "mixes/02.wav", "curve.txt", "masters/streaming/01 Song 1.flac", "masters/certificate.json",
    "masters/report.html", "masters/streaming/plan.json",
])  # fmt: skip
def test_a_file_that_was_written_to_is_a_change_even_with_its_time_set_back(delivered, name):
    folder, unchanged = delivered
    found = (folder / name).stat()
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]) if not name.endswith(".wav") else data)
    os.utime(folder / name, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert not unchanged()


@pytest.mark.parametrize("name", ["masters/streaming/02 Song 2.flac", "masters/certificate.json"])
def test_a_master_that_is_gone_is_a_change(delivered, name):
    folder, unchanged = delivered
    (folder / name).unlink()
    assert not unchanged()


@pytest.mark.parametrize("name", ["signature.json", "profiles/streaming.toml"])
def test_a_file_that_has_a_say_and_was_not_there_is_a_change(delivered, name):
    folder, unchanged = delivered
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("")
    assert not unchanged()


@pytest.mark.parametrize(("keys", "expected"), [
    ({"priority": 7}, True), ({"deliverables": ["streaming", "cd-wav"]}, False),
    ({"intent": {"tone_match": 0.1}}, False),
])  # fmt: skip
def test_a_manifest_that_says_something_else_is_a_change_and_a_priority_is_none(delivered, keys, expected):
    folder, unchanged = delivered
    document = tomlkit.parse((folder / "album.toml").read_text())
    for key, value in keys.items():
        document[key] = value if not isinstance(value, dict) else {**document[key], **value}
    (folder / "album.toml").write_text(tomlkit.dumps(document))
    assert unchanged() is expected


def test_another_program_remembers_nothing_of_this_one(delivered, monkeypatch):
    monkeypatch.setattr(remembered, "program_key", lambda: "another")
    assert not delivered[1]()


def test_a_journal_that_speaks_of_another_delivery_is_a_change(delivered):
    folder, unchanged = delivered
    (folder / "masters" / JOURNAL).unlink()
    assert not unchanged()


@pytest.mark.parametrize("garbled", ["", "{", "[]", "{}"])
def test_a_garbled_memory_is_none(delivered, tmp_path, garbled):
    for path in (tmp_path / "cache").iterdir():
        path.write_text(garbled)
    assert not delivered[1]()


def test_what_changed_shortly_before_the_run_is_not_remembered(delivered, tmp_path):
    folder, _ = delivered
    album = open_album(folder).album
    job, certificate = job_for(album), read_certificate(folder / "masters")
    remember(tmp_path / "other", job, album, certificate, (folder / "mixes" / "01.wav").stat().st_ctime + 1)
    assert not is_unchanged(tmp_path / "other", job, album)
    remember(tmp_path / "other", job, album, certificate.model_copy(update={"passed": False}), time.time() + 60)
    assert not is_unchanged(tmp_path / "other", job, album)
    remember(tmp_path / "other", replace(job, plan=folder / "plan.json"), album, certificate, time.time() + 60)
    assert not is_unchanged(tmp_path / "other", job, album)


def test_a_folder_that_cannot_be_written_to_is_no_fault(delivered, tmp_path):
    folder, _ = delivered
    (tmp_path / "file").touch()
    album = open_album(folder).album
    remember(tmp_path / "file" / "cache", job_for(album), album, read_certificate(folder / "masters"), time.time() + 60)
    assert (folder / "masters" / CERTIFICATE).is_file()


def test_other_settings_are_a_change_where_the_album_leaves_them_room(delivered, tmp_path):
    folder, _ = delivered

    def unchanged(settings: Settings) -> bool:
        now = with_defaults(load(folder), settings)
        return is_unchanged(tmp_path / "cache", job_for(now, settings=settings), now)

    assert unchanged(NO_SETTINGS)
    assert unchanged(Settings(deliverables=("cd-wav",), intent=Intent(head_s=3.0)))  # the manifest says both
    assert not unchanged(Settings(intent=Intent(gap_s=3.0)))
    assert not unchanged(Settings(sheets=SheetTexts(contact=("+49 30 1234",))))
