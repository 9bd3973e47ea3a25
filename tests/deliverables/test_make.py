"""Nothing half done: a deliverable stands whole in its place or not at all, and no file of another's is overwritten."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from albums.faults import Refusal
from pipeline.deliverables import make as module
from pipeline.deliverables import output_folder
from pipeline.deliverables.certificate import CERTIFICATE, REPORT, read_certificate
from pipeline.deliverables.journal import JOURNAL
from pipeline.deliverables.make import make, promised
from pipeline.deliverables.output_folder import (
    EARLIER,
    SUPERSEDED,
    earlier_certificate,
    finish,
    held,
    obstacles,
    stands,
)
from pipeline.deliverables.verify import verify
from pipeline.plan.plan import PLAN
from pipeline.rendering.drive_search import Attempt, Solution
from pipeline.system.processes.folder_lock import LOCK
from pipeline.system.processes.this_process import aside_name
from pipeline.system.progress import Stopped
from tests.support.music import AlbumFolder, music
from tests.support.sessions import contents, rendered, session


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    """Two short songs: what is delivered here is delivered often."""
    folder = AlbumFolder(tmp_path_factory.mktemp("songs") / "album")
    folder.add(music(4.0, seed=1)).add(music(4.0, seed=2, level_db=-15.0), gap_s=0.5)
    return session(folder.folder)


@pytest.fixture(scope="module")
def plan(songs):
    """Rendered once, at the drive that is given."""
    return songs.plan(drive_db=1.0)


@pytest.fixture(scope="module")
def passes(songs, plan, tmp_path_factory):
    """How many seconds of sound pass while `plan` is delivered."""
    told = list[float]()
    make(songs.album, plan, songs.mixes, tmp_path_factory.mktemp("passes"), told.append)
    return sum(told)


def stopping_after(seconds):
    passed = 0.0

    def advance(sound_s):
        nonlocal passed
        passed += sound_s
        if passed > seconds:
            raise Stopped

    return advance


def test_a_deliverable_that_passes_stands_in_its_place(songs, plan, tmp_path):
    receipt = make(songs.album, plan, songs.mixes, tmp_path)
    assert receipt.deliverable.passed
    assert [path.name for path in tmp_path.iterdir()] == ["streaming"]
    assert {file.path for file in receipt.deliverable.files} == set(contents(tmp_path))
    assert stands(tmp_path, receipt.deliverable.files)
    assert len(receipt.tracks) == 2
    assert json.loads((tmp_path / "streaming" / PLAN).read_text()) == json.loads(plan.json_text())


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.8, 0.99])
def test_a_run_killed_at_any_time_leaves_nothing(songs, plan, passes, tmp_path, share):
    with pytest.raises(Stopped):
        make(songs.album, plan, songs.mixes, tmp_path, stopping_after(share * passes))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_a_killed_run_leaves_what_stood_there_before(songs, plan, passes, tmp_path, share):
    songs.deliver(tmp_path, plan)
    before, other = contents(tmp_path), plan.model_copy(update={"drive_db": -3.0})
    with pytest.raises(Stopped):
        make(songs.album, other, songs.mixes, tmp_path, stopping_after(share * passes))
    assert contents(tmp_path) == before
    assert verify(tmp_path).passed


def test_what_a_dead_run_left_aside_is_cleared_away(songs, plan, tmp_path):
    aside = tmp_path / aside_name("streaming") / "streaming"
    aside.mkdir(parents=True)
    (aside / "half.flac").write_bytes(b"half")
    make(songs.album, plan, songs.mixes, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["streaming"]
    assert not (tmp_path / "streaming" / "half.flac").exists()


def test_a_new_one_takes_the_old_one_s_place_whole(songs, plan, tmp_path):
    songs.deliver(tmp_path, plan)
    receipt = make(songs.album, plan.model_copy(update={"drive_db": -3.0}), songs.mixes, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "streaming",
        EARLIER,
        JOURNAL,
    }  # no certificate: it spoke of others
    assert {file.path for file in receipt.deliverable.files} == set(contents(tmp_path)) - {EARLIER}


@pytest.mark.parametrize("how", ["a file beside", "no certificate", "a link beside"])
def test_what_somebody_put_there_is_superseded_not_deleted(songs, plan, tmp_path, how):
    """As it lies after a run that was killed: somebody has put something there meanwhile."""
    songs.deliver(tmp_path, plan)
    (track, *_) = sorted((tmp_path / "streaming").glob("*.flac"))
    if how == "a file beside":
        (tmp_path / "streaming" / "99 Old.flac").write_bytes(b"old")
    elif how == "no certificate":
        (tmp_path / CERTIFICATE).unlink()
        (tmp_path / "streaming" / "notes.txt").write_text("by hand")
    else:
        (tmp_path / "streaming" / "link").symlink_to(track.name)
    before = contents(tmp_path / "streaming")
    receipt = make(songs.album, plan.model_copy(update={"drive_db": -3.0}), songs.mixes, tmp_path)
    assert contents(tmp_path / SUPERSEDED / "streaming-1") == before
    assert stands(tmp_path, receipt.deliverable.files)


def test_the_same_made_again_supersedes_nothing_even_without_a_certificate(songs, plan, tmp_path):
    songs.deliver(tmp_path, plan)
    (tmp_path / CERTIFICATE).unlink()
    make(songs.album, plan, songs.mixes, tmp_path, origin=songs.origin([plan]))
    assert not (tmp_path / SUPERSEDED).exists()


def test_the_old_certificate_is_gone_before_the_first_file_changes(songs, plan, tmp_path, monkeypatch):
    """A run killed between the two leaves a folder that nothing vouches for, never one that is wrongly vouched for."""
    certificate = songs.deliver(tmp_path, plan)

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        make(songs.album, plan.model_copy(update={"drive_db": -3.0}), songs.mixes, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"streaming", EARLIER, JOURNAL}
    assert earlier_certificate(tmp_path) == certificate  # so that the next run still knows whose files these are


def test_what_stands_there_already_is_not_moved(songs, plan, tmp_path, monkeypatch):
    """As when two runs made the same, or what was remembered is lost: there is no moment without a certificate."""
    songs.deliver(tmp_path, plan)

    def moved(*_):
        raise AssertionError

    monkeypatch.setattr(output_folder, "take_place", moved)
    make(songs.album, plan, songs.mixes, tmp_path, origin=songs.origin([plan]))
    assert verify(tmp_path).passed
    (tmp_path / "streaming" / "mine.txt").write_text("")
    with pytest.raises(AssertionError):
        make(songs.album, plan, songs.mixes, tmp_path)


def test_a_run_that_lost_its_folder_puts_nothing_there(songs, plan, tmp_path):
    """As after it was stopped for long, or cut off from a shared disk, and another has delivered meanwhile."""
    songs.deliver(tmp_path, plan)
    found, other = contents(tmp_path), plan.model_copy(update={"drive_db": -3.0})
    with held(tmp_path):
        (tmp_path / LOCK).write_text("process 7 on there 0123456789abcdef")
        with pytest.raises(Refusal, match="was taken by process 7 on there while this run was stopped"):
            make(songs.album, other, songs.mixes, tmp_path)
        with pytest.raises(Refusal, match="was taken by"):
            output_folder.finish(tmp_path, read_certificate(tmp_path), "page")
    assert (tmp_path / LOCK).exists()
    (tmp_path / LOCK).unlink()
    assert contents(tmp_path) == found


def test_what_has_its_place_is_on_the_disk_before(songs, plan, tmp_path, monkeypatch):
    """However the power fails: every file is synced, whole, before the folder is moved to its name."""
    synced, standing = set[int](), list[bool]()
    sync = os.fsync

    def synced_too(descriptor):
        sync(descriptor)
        synced.add(os.fstat(descriptor).st_ino)
        standing.append((tmp_path / "streaming").exists())

    monkeypatch.setattr(os, "fsync", synced_too)
    make(songs.album, plan, songs.mixes, tmp_path)
    files = [path for path in (tmp_path / "streaming").rglob("*") if path.is_file()]
    assert len(files) > 1
    assert synced >= {path.stat().st_ino for path in (*files, tmp_path / "streaming", tmp_path)}
    assert standing == [False] * (len(standing) - 1) + [True]  # the folder's name, last


def test_a_failed_audit_puts_nothing_in_place_and_takes_nothing_away(songs, tmp_path):
    vinyl = songs.plan("vinyl-12in-33")
    songs.deliver(tmp_path, vinyl)
    before = contents(tmp_path)
    receipt = make(songs.album, vinyl.model_copy(update={"drive_db": 12.0}), songs.mixes, tmp_path)
    failed = {finding.quantity for finding in receipt.deliverable.findings if not finding.passed}
    assert failed == {"true peak"}
    assert receipt.deliverable.files == ()
    assert contents(tmp_path) == before


def test_equal_runs_give_equal_bytes(songs, plan, tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        songs.deliver(tmp_path / name, plan, songs.plan("cd-wav", drive_db=0.0))
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_does_not_take_it_is_told_of_and_nothing_is_left(songs, plan, tmp_path, monkeypatch, code):
    def full(*_, **__):
        raise OSError(code, "the disk says no")

    monkeypatch.setattr(module, "files_in", full)
    with pytest.raises(Refusal, match="streaming cannot be written there: the disk says no"):
        make(songs.album, plan, songs.mixes, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_remarks_say_what_is_written_differently(tmp_path):
    folder = AlbumFolder(tmp_path / "album")
    folder.add(music(4.5), title="夜")
    found = session(folder.folder)
    receipt = make(found.album, found.plan("cd-wav", drive_db=0.0), found.mixes, tmp_path)
    assert receipt.deliverable.passed
    assert any("'夜'" in remark for remark in receipt.deliverable.remarks)


def test_a_promise_is_rounded_as_it_is_written_and_only_what_was_aimed_at(songs, plan, tmp_path):
    rendering = rendered(plan, songs.mixes, tmp_path)
    aimed = plan.model_copy(update={"drive_db": None})
    solution = Solution(Attempt(3.14159, -14.0049, 2.0), 3, held_back=True)
    promise = promised(replace(rendering.album, plan=aimed), solution)
    assert (promise.loudness_lufs, promise.drive_db, promise.renders, promise.held_back) == (-14.0, 3.142, 3, True)
    assert promise.digests == rendering.album.digests
    assert rendering.promise.loudness_lufs is None
    (tmp_path / "vinyl").mkdir()
    vinyl = songs.plan("vinyl-12in-33")
    unlimited = rendered(vinyl, songs.mixes, tmp_path / "vinyl").promise
    assert (unlimited.reduction, unlimited.track_reductions) == (None, ())


def test_gain_reduction_is_told_track_by_track(songs, tmp_path):
    """The loudest takes most; none takes more than the whole, and the worst second is somebody's."""
    plan = songs.plan("cd-wav", drive_db=14.0)
    promise = rendered(plan, songs.mixes, tmp_path).promise
    assert promise.reduction is not None
    worst_db = [each.worst_second_db for each in promise.track_reductions]
    assert len(worst_db) == len(songs.mixes)
    assert max(worst_db) == pytest.approx(promise.reduction.worst_second_db, abs=0.3)
    assert all(0.0 <= each.median_db <= each.heavy_db for each in promise.track_reductions)


def test_what_is_not_byte_for_byte_in_its_place_does_not_stand(finished, tmp_path):
    files = read_certificate(finished).deliverables["streaming"].files
    assert stands(finished, files)
    assert not stands(finished, ())
    assert not stands(tmp_path, files)
    assert not stands(finished, [*files[:-1], files[-1].model_copy(update={"sha256": "0" * 64})])
    assert not stands(finished, [*files[:-1], files[-1].model_copy(update={"bytes": 1})])


def told(out, name="streaming", earlier=None):
    return [str(fault) for fault in obstacles(out, [name], earlier)]


def test_nothing_is_in_the_way_of_a_first_run_or_of_a_next(finished):
    assert told(finished / "nowhere") == []
    assert told(finished, "another") == []
    assert told(finished) == told(finished, earlier=read_certificate(finished)) == []


def test_what_this_program_did_not_write_is_in_the_way(tmp_path):
    (tmp_path / "streaming").mkdir()
    (tmp_path / "cd-wav").write_text("a file")
    for name in ("streaming", "cd-wav"):
        assert told(tmp_path, name) == [
            f"{tmp_path / name}: is in the way and no earlier deliverable; move it, or choose another --out"
        ]


def test_what_was_put_beside_an_earlier_deliverable_is_in_the_way(songs, plan, tmp_path):
    certificate = songs.deliver(tmp_path, plan)
    for number in range(5):
        (tmp_path / "streaming" / f"note {number}.txt").write_text("by hand")
    (found,) = told(tmp_path, earlier=certificate)
    assert "also holds streaming/note 0.txt, streaming/note 1.txt, streaming/note 2.txt, which was put there" in found


def finished_folder(out, name, text="{}"):
    (out / name).mkdir()
    (out / name / PLAN).write_text(text)


def test_what_a_certificate_does_not_speak_for_is_set_aside_under_the_next_number(songs, plan, tmp_path):
    certificate = songs.deliver(tmp_path, plan)
    (tmp_path / "mine").mkdir()
    for text in ("first", "second"):
        finished_folder(tmp_path, "cd-wav", text)
        finish(tmp_path, certificate, "page")
    finished_folder(tmp_path, "vinyl")
    (tmp_path / SUPERSEDED / "cd-wav-1" / PLAN).unlink()
    (tmp_path / SUPERSEDED / "cd-wav-1").rmdir()
    finished_folder(tmp_path, "cd-wav", "third")
    finish(tmp_path, certificate, "page")
    found = {path.name: (path / PLAN).read_text() for path in (tmp_path / SUPERSEDED).iterdir()}
    assert found == {"cd-wav-1": "third", "cd-wav-2": "second", "vinyl-1": "{}"}
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "streaming", SUPERSEDED, CERTIFICATE, REPORT, JOURNAL}


def test_an_old_master_whose_new_one_failed_is_set_aside(songs, tmp_path):
    vinyl = songs.plan("vinyl-12in-33")
    songs.deliver(tmp_path, vinyl)
    certificate = songs.deliver(tmp_path, vinyl.model_copy(update={"drive_db": 12.0}))
    assert not certificate.passed
    assert not (tmp_path / "vinyl-12in-33").exists()
    assert (tmp_path / SUPERSEDED / "vinyl-12in-33-1" / PLAN).is_file()


def test_the_certificate_comes_last_of_all(songs, plan, tmp_path, monkeypatch):
    certificate = songs.deliver(tmp_path, plan)
    (tmp_path / EARLIER).write_text("{}")
    for name in (CERTIFICATE, REPORT):
        (tmp_path / name).unlink()
    written, put = [], Path.replace

    def told(path, to):
        written.append(to.name)
        return put(path, to)

    monkeypatch.setattr(Path, "replace", told)
    finish(tmp_path, certificate, "page")
    assert written == [REPORT, CERTIFICATE]
    assert {path.name for path in tmp_path.iterdir()} == {"streaming", CERTIFICATE, REPORT, JOURNAL}


def test_a_folder_is_held_by_one_run_at_a_time_and_left_as_it_was(tmp_path):
    out = tmp_path / "a" / "masters"
    with held(out):
        assert [path.name for path in out.iterdir()] == [LOCK]
        with pytest.raises(Refusal, match=rf"another run is writing there \(process {os.getpid()} on \S+\)"), held(out):
            raise AssertionError("held twice")
    with held(out), held(tmp_path / "b"):
        pass
    assert list(out.iterdir()) == []


def test_a_lock_that_is_a_link_is_named_and_what_it_leads_to_stays(tmp_path):
    out = tmp_path / "masters"
    out.mkdir()
    (tmp_path / "precious").write_text("mine")
    (out / LOCK).symlink_to(tmp_path / "precious")
    with pytest.raises(Refusal, match=rf"{LOCK}, .* is a link, which is not followed; remove it"), held(out):
        raise AssertionError("held")
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_killed_run_s_folders_are_cleared_away_and_those_of_others_are_not(tmp_path):
    left = (".cd-wav.here.7.part/cd-wav", ".streaming.elsewhere.8.part/assembled", ".vinyl.here.9.part/replaced")
    for place in (*left, ".mine.here.10.part/sketches", ".theirs.part/sketches"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / ".streaming.elsewhere.8.part" / "cover.png").write_text("")
    with held(tmp_path):
        assert {path.name for path in tmp_path.iterdir()} == {LOCK, "vinyl", ".mine.here.10.part", ".theirs.part"}
    assert (tmp_path / ".mine.here.10.part" / "sketches").is_dir()


def test_what_goes_wrong_while_a_folder_is_held_is_not_the_folder_s_fault(tmp_path):
    with pytest.raises(Stopped), held(tmp_path / "out"):
        raise Stopped
    with held(tmp_path / "out"):
        pass


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_is_no_folder_for_masters(tmp_path, place):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="file"), held(tmp_path / place):
        raise AssertionError("held")


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(Refusal, match="not be written to: Permission denied"), held(tmp_path):
        raise AssertionError("held")
