"""Masters wait for a person: what names them is approved, and nothing else; what was approved stays so."""

import json
import shutil
from datetime import UTC, datetime, timedelta, timezone

import pytest

from albums import Album
from albums.faults import Refusal
from pipeline.deliverables.approval import (
    Approved,
    Rejected,
    Waiting,
    approval_state,
    certificate_sha256,
    decision_on,
    review_folder,
)
from pipeline.deliverables.approval.decide import approve, reject
from pipeline.deliverables.certificate import APPROVAL, CERTIFICATE, REPORT
from pipeline.deliverables.output_folder import EARLIER, SUPERSEDED, held
from pipeline.deliverables.verify import verify
from pipeline.mastering.job import Job, job_for
from pipeline.mastering.steps import master
from pipeline.mastering.workers import ThreadWorkers
from tests.support.music import AlbumFolder, music
from tests.support.sessions import contents, session

NIGHT = datetime(2026, 11, 27, 23, 30, 5, tzinfo=timezone(timedelta(hours=1)))
OTHER = "ab" * 32


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    folder = AlbumFolder(tmp_path_factory.mktemp("songs") / "album")
    folder.add(music(4.0, seed=1)).add(music(4.0, seed=2, level_db=-15.0), gap_s=0.5)
    return session(folder.folder)


@pytest.fixture(scope="module")
def made(songs, tmp_path_factory):
    """Two sets of masters, to be copied: they differ in their drive, and the first has a deliverable more."""
    places = [tmp_path_factory.mktemp("made") / name for name in ("first", "second")]
    songs.deliver(places[0], *(songs.plan(name, drive_db=1.0) for name in ("streaming", "cd-wav")))
    songs.deliver(places[1], songs.plan(drive_db=-3.0))
    return places


@pytest.fixture
def out(made, tmp_path):
    """Where masters of an album go; the first wait there."""
    shutil.copytree(made[0], review_folder(tmp_path / "masters"))
    return tmp_path / "masters"


@pytest.fixture
def waiting(out):
    """The hash of the certificate that waits."""
    return named(review_folder(out))


def said(out):
    """The decision in `out`."""
    return decision_on(out)


def named(folder):
    """The hash of the certificate in `folder`."""
    return certificate_sha256(folder)


def refused(does, *words):
    with pytest.raises(Refusal) as refusal:
        does()
    for each in words:
        assert each in str(refusal.value)


def test_what_waits_is_told_by_its_certificate_s_hash(out, waiting, tmp_path):
    assert approval_state(out) == Waiting(waiting)
    assert approval_state(tmp_path / "nowhere") is None


def test_an_approval_puts_all_in_place_and_says_who_and_when(made, out, waiting):
    found = approve(out, "Ann Other", waiting, "as loud as we said", NIGHT)
    assert found.is_new
    assert json.loads((out / APPROVAL).read_text()) == {
        "decision": "approved",
        "by": "Ann Other",
        "when": "2026-11-27T22:30:05Z",
        "certificate_sha256": waiting,
        "deliverables": ["streaming", "cd-wav"],
        "note": "as loud as we said",
    }
    assert approval_state(out) == Approved(waiting, "Ann Other", "2026-11-27T22:30:05Z")
    there = contents(out)
    del there[APPROVAL]
    assert there == contents(made[0])
    assert list(review_folder(out).iterdir()) == []
    assert verify(out).passed


def test_both_folders_can_be_verified(made, out, waiting):
    approve(out, "Ann", waiting)
    shutil.copytree(made[1], review_folder(out), dirs_exist_ok=True)
    assert verify(out).passed
    assert verify(review_folder(out)).passed


def test_a_wrong_hash_is_refused_and_changes_nothing(out, waiting):
    before = contents(out)
    refused(lambda: approve(out, "Ann", OTHER), waiting, OTHER, "was named")
    refused(lambda: reject(out, "Ann", OTHER, "dull"), waiting, "was named")
    assert contents(out) == before


def test_where_nothing_waits_nothing_is_made(tmp_path):
    refused(lambda: approve(tmp_path / "masters", "Ann", OTHER), "holds no masters that wait")
    refused(lambda: reject(tmp_path / "masters", "Ann", OTHER, "dull"), "holds no masters that wait")
    assert list(tmp_path.iterdir()) == []


def test_approving_twice_changes_nothing(out, waiting):
    approve(out, "Ann", waiting, when=NIGHT)
    before = contents(out)
    again = approve(out, "Bob", waiting)
    assert (again.is_new, again.decision.by) == (False, "Ann")
    assert contents(out) == before
    refused(lambda: approve(out, "Bob", OTHER), "approved there, by Ann")
    refused(lambda: reject(out, "Bob", waiting, "dull"), "approved already, by Ann")
    assert contents(out) == before


@pytest.mark.parametrize("how", ["a sample", "gone", "a link", "certificate", "report"])
def test_masters_that_changed_after_review_are_not_approved(out, waiting, how, tmp_path):
    review = review_folder(out)
    flac = next((review / "streaming").glob("*.flac"))
    if how == "a sample":
        data = bytearray(flac.read_bytes())
        data[-100] ^= 1
        flac.write_bytes(data)
    elif how == "certificate":
        (review / CERTIFICATE).write_text((review / CERTIFICATE).read_text().replace("Song 1", "Song 9"))
    elif how == "report":
        (review / REPORT).unlink()
    else:
        flac.rename(tmp_path / "elsewhere.flac")
        if how == "a link":
            flac.symlink_to(tmp_path / "elsewhere.flac")
    before = contents(out)
    words = {"certificate": "was named", "report": REPORT}.get(how, "is not byte for byte as it was certified")
    refused(lambda: approve(out, "Ann", waiting), words)
    assert contents(out) == before


def test_what_failed_its_audit_cannot_be_approved(out):
    path = review_folder(out) / CERTIFICATE
    document = json.loads(path.read_text())
    document["deliverables"]["streaming"] |= {"passed": False, "files": []}
    path.write_text(json.dumps(document | {"passed": False}))
    refused(lambda: approve(out, "Ann", named(path.parent)), "failed its audit")


@pytest.mark.parametrize("path", ["../streaming/x", "streaming/../x", "/etc/passwd", "cd-wav/x", "streaming", "a\\b"])
def test_a_certificate_s_paths_lead_nowhere_else(out, path):
    certificate = review_folder(out) / CERTIFICATE
    document = json.loads(certificate.read_text())
    document["deliverables"]["streaming"]["files"][0]["path"] = path
    certificate.write_text(json.dumps(document))
    before = contents(out)
    refused(lambda: approve(out, "Ann", named(certificate.parent)), "is not byte for byte")
    assert contents(out) == before


def test_a_rejection_stays_beside_the_masters_and_can_be_thought_better_of(out, waiting):
    before = contents(review_folder(out))
    assert reject(out, "Ann", waiting, "too bright", NIGHT).is_new
    assert approval_state(out) == Rejected(waiting, "Ann", "2026-11-27T22:30:05Z", "too bright")
    after = contents(review_folder(out))
    assert json.loads(after.pop(APPROVAL))["why"] == "too bright"
    assert after == before
    assert not reject(out, "Ann", waiting, "too bright").is_new
    assert reject(out, "Bob", waiting, "too dull").is_new
    approve(out, "Ann", waiting)
    assert isinstance(approval_state(out), Approved)


@pytest.mark.parametrize(("by", "why"), [("", "dull"), ("Ann\nBob", "dull"), ("Ann", ""), ("x" * 501, "dull")])
def test_who_and_why_are_lines_of_text(out, waiting, by, why):
    before = contents(out)
    refused(lambda: reject(out, by, waiting, why), APPROVAL)
    assert contents(out) == before


def test_new_masters_wait_while_the_approved_ones_stay(made, out, waiting):
    approve(out, "Ann", waiting)
    approved = contents(out)
    shutil.copytree(made[1], review_folder(out), dirs_exist_ok=True)
    fresh = named(review_folder(out))
    assert approval_state(out) == Waiting(fresh)
    assert {path: data for path, data in contents(out).items() if not path.startswith("review/")} == approved
    approve(out, "Bob", fresh)
    assert approval_state(out) == Approved(fresh, "Bob", said(out).when)
    assert verify(out).passed
    assert (out / SUPERSEDED / "cd-wav-1").is_dir()  # the new certificate does not speak for it
    assert not (out / EARLIER).exists()


def test_what_somebody_has_put_in_the_way_is_not_overwritten(made, out, waiting):
    approve(out, "Ann", waiting)
    shutil.copytree(made[1], review_folder(out), dirs_exist_ok=True)
    (out / "streaming" / "notes.txt").write_text("mine")
    before = contents(out)
    refused(lambda: approve(out, "Ann", named(review_folder(out))), "notes.txt", "put there by hand")
    assert contents(out) == before


def test_a_folder_that_a_run_writes_to_is_not_decided_on(out, waiting):
    with held(review_folder(out)):
        refused(lambda: approve(out, "Ann", waiting), "another run is writing there")
        refused(lambda: reject(out, "Ann", waiting, "dull"), "another run is writing there")
    assert approval_state(out) == Waiting(waiting)


def test_a_folder_for_review_that_is_a_link_is_not_followed(made, tmp_path):
    (tmp_path / "masters").mkdir()
    (tmp_path / "masters" / "review").symlink_to(made[0])
    refused(lambda: approval_state(tmp_path / "masters"), "is a link")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"decision": "approved"}', '{"decision": "maybe", "by": "Ann"}', "\0", '{"a": 1, "a": 2}']
)
def test_a_broken_decision_is_refused_with_its_place(out, text):
    (review_folder(out) / APPROVAL).write_text(text)
    refused(lambda: approval_state(out), str(review_folder(out) / APPROVAL))


def test_a_decision_on_other_masters_says_nothing_of_these(out, waiting):
    reject(out, "Ann", waiting, "dull")
    path = review_folder(out) / CERTIFICATE
    path.write_text(path.read_text().replace("Song 1", "Song 9"))
    assert approval_state(out) == Waiting(named(path.parent))


class Counted(ThreadWorkers):
    """Threads whose deliverables are counted."""

    made = 0

    def deliver(self, orders):
        self.made += len(orders)
        return super().deliver(orders)


@pytest.fixture
def album(tmp_path):
    folder = AlbumFolder(tmp_path / "album")
    folder.manifest |= {"approval": "required"}
    return folder.add(music(4.0, seed=1)).add(music(4.0, seed=2), gap_s=0.5)


def run(folder, out):
    """The album mastered as its manifest has it, and how many deliverables had to be made."""
    from albums import load

    workers = Counted()
    job = job_for(load(folder), out=out)
    return job, master(job, workers), workers.made


def test_the_manifest_or_the_operator_has_masters_wait(album):
    album = session(album.folder).album
    assert job_for(album).out == album.folder / "masters" / "review"
    free = album.model_copy(update={"approval": None})
    assert job_for(free) == Job(album.folder, ("streaming",), album.folder / "masters", (album.folder / "profiles",))
    assert job_for(free, approval="required").final == album.folder / "masters"
    assert job_for(album.model_copy(update={"approval": "none"}), approval="required").final is not None
    assert Album.needs_approval(album, "none")


def test_an_approved_album_is_not_made_again_until_it_changes(album, tmp_path):
    out = tmp_path / "out"
    job, certificate, made = run(album.folder, out)
    assert (job.out, job.final, made) == (review_folder(out), out, 1)
    sha256 = named(review_folder(out))
    assert approval_state(out) == Waiting(sha256)

    approve(out, "Ann", sha256, when=datetime.now(UTC))
    approved = contents(out)
    assert run(album.folder, out)[1:] == (certificate, 0)
    assert contents(out) == approved

    album.manifest["tracks"][0]["title"] = "Another Name"
    album.write()
    assert run(album.folder, out)[2] == 1
    assert isinstance(approval_state(out), Waiting)
    assert {path: data for path, data in contents(out).items() if not path.startswith("review/")} == approved

    album.manifest["tracks"][0]["title"] = "Song 1"
    album.write()
    assert run(album.folder, out)[1:] == (certificate, 0)  # what waited is of no album any more
    assert approval_state(out) == Approved(sha256, "Ann", said(out).when)
    assert contents(out) == approved


@pytest.mark.parametrize("how", ["a file", "approval", "profile"])
def test_approved_masters_that_no_longer_stand_are_made_again_and_wait(album, tmp_path, how):
    out = tmp_path / "out"
    run(album.folder, out)
    approve(out, "Ann", named(review_folder(out)))
    if how == "a file":
        next((out / "streaming").glob("*.flac")).write_bytes(b"")
    elif how == "approval":
        (out / APPROVAL).unlink()
    else:
        album.manifest["deliverables"] = ["streaming", "cd-wav"]
        album.write()
    assert run(album.folder, out)[2] == (2 if how == "profile" else 1)
    assert isinstance(approval_state(out), Waiting)


def test_a_rejected_album_stays_rejected_until_it_changes(album, tmp_path):
    out = tmp_path / "out"
    run(album.folder, out)
    sha256 = named(review_folder(out))
    reject(out, "Ann", sha256, "dull")
    run(album.folder, out)
    assert isinstance(approval_state(out), Rejected)
    album.manifest["tracks"][0]["level_wish_lu"] = -2.0
    album.write()
    run(album.folder, out)
    assert isinstance(approval_state(out), Waiting)


def test_what_the_operator_is_told_is_in_no_certificate(album, tmp_path):
    free = AlbumFolder(tmp_path / "free")
    free.add(music(4.0, seed=1)).add(music(4.0, seed=2), gap_s=0.5)
    _, waits, _ = run(album.folder, tmp_path / "out")
    _, stands, _ = run(free.folder, tmp_path / "free-out")
    assert waits.json_text() == stands.json_text()
    assert contents(tmp_path / "out" / "review") == contents(tmp_path / "free-out")
