"""A deliverable is sent alone with a certificate of its own: it holds wherever the folder is carried, and no longer."""

import json
import shutil

import pytest
import soundfile

from albums.faults import Refusal
from formats.ddp import checksums, ddpms, inspect
from pipeline.deliverables.approval import certificate_sha256, review_folder
from pipeline.deliverables.approval.decide import approve
from pipeline.deliverables.certificate import (
    CERTIFICATE,
    VERSION,
    Certificate,
    carried_over,
    read_any_certificate,
    read_certificate,
)
from pipeline.deliverables.output_folder import earlier_certificate, obstacles, stands
from pipeline.deliverables.verify import verify
from pipeline.delivery.deliver import deliver
from pipeline.mastering.job import Job
from pipeline.mastering.steps import master
from pipeline.mastering.workers import ThreadWorkers
from pipeline.plan.plan import PLAN
from tests.support.music import AlbumFolder, music
from tests.support.sessions import as_of_version_1, contents, session

NAMES = ("cd-ddp", "cd-wav", "streaming", "streaming-wav", "mp3-v0", "vinyl-12in-33")


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    """Two songs on two discs, one of them twice as loud."""
    folder = AlbumFolder(tmp_path_factory.mktemp("songs") / "album")
    folder.add(music(4.5, seed=1), disc=1).add(music(4.5, seed=2, level_db=-15.0), gap_s=0.5, disc=2)
    return session(folder.folder)


@pytest.fixture(scope="module")
def masters(songs, tmp_path_factory):
    """Masters of every kind: to be copied."""
    out = tmp_path_factory.mktemp("masters")
    assert songs.deliver(out, *map(songs.plan, NAMES)).passed
    return out


@pytest.fixture
def sent(masters, tmp_path):
    """Streaming masters as a distributor has them, under another name."""
    return shutil.copytree(masters / "streaming", tmp_path / "from the label")


def failed(folder):
    found = verify(folder)
    wrong = {finding.quantity for findings in found.findings.values() for finding in findings if not finding.passed}
    assert found.passed is (found.certificate.passed and not wrong)
    return wrong


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_sent_alone_holds(masters, tmp_path, name):
    place = shutil.copytree(masters / name, tmp_path / "elsewhere")
    found = verify(place)
    assert found.passed
    assert list(found.findings) == [name]
    named = {finding.where for finding in found.findings[name] if finding.quantity == "content"}
    assert named == {path for path in contents(place) if path != CERTIFICATE}


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_the_certificate_of_all_says_and_nothing_of_the_others(masters, name):
    whole, own = read_certificate(masters), read_any_certificate(masters / name)
    assert (own.version, own.alone, own.passed, list(own.deliverables)) == (VERSION, True, True, [name])
    assert (own.source, own.album, own.versions) == (whole.source, whole.album, whole.versions)
    for track, of_all in zip(own.tracks, whole.tracks, strict=True):
        alone = {"after": {name: of_all.after[name]}, "compression": track.compression}
        assert track == of_all.model_copy(update=alone)
    said, wanted = own.deliverables[name], whole.deliverables[name]
    assert said.model_copy(update={"files": ()}) == wanted.model_copy(update={"files": ()})
    beside = [file for file in wanted.files if file.path != f"{name}/{CERTIFICATE}"]
    assert len(beside) == len(wanted.files) - 1
    assert [f"{name}/{file.path}" for file in said.files] == [file.path for file in beside]
    assert [file.sha256 for file in said.files] == [file.sha256 for file in beside]
    others = set(NAMES) - {name}
    assert not others & set(json.loads(own.json_text())["tracks"][0]["after"])


def test_files_are_in_the_order_of_their_paths_with_it(masters):
    for name, deliverable in read_certificate(masters).deliverables.items():
        paths = [file.path for file in deliverable.files]
        assert paths == sorted(paths, key=lambda path: path.split("/"))
        assert f"{name}/{CERTIFICATE}" in paths


def test_the_form_is_that_of_the_files_by_another_reader(masters):
    forms = {name: each.form for name, each in read_certificate(masters).deliverables.items() if each.form}
    for name, pattern in (("streaming", "*.flac"), ("streaming-wav", "*.wav"), ("vinyl-12in-33", "*.wav")):
        files = [soundfile.info(path) for path in sorted((masters / name).glob(pattern))]
        form = forms[name]
        assert {(file.samplerate, file.subtype) for file in files} == {(form.rate_hz, f"PCM_{form.bits}")}
        assert sum(each.frames for each in form.programmes) == sum(int(file.frames) for file in files)
        assert form.duration_s == pytest.approx(sum(file.duration for file in files), abs=0.002)
    image = sum(path.stat().st_size for path in (masters / "cd-ddp").glob("disc-*/IMAGE.DAT"))
    disc = forms["cd-ddp"]
    assert sum(each.frames for each in disc.programmes) * 4 == int(image) - 2 * 150 * 2352  # two seconds before each
    assert (disc.rate_hz, disc.bits, disc.codec) == (44100, 16, None)
    assert [(each.disc, each.side, each.tracks) for each in disc.programmes] == [(1, None, 1), (2, None, 1)]
    assert [(each.disc, each.side) for each in forms["vinyl-12in-33"].programmes] == [(None, "A"), (None, "B")]
    assert (forms["mp3-v0"].codec, forms["mp3-v0"].bits, forms["mp3-v0"].format) == ("mp3-v0", None, "mp3")


def test_the_range_of_the_album_is_a_field(masters):
    document = json.loads((masters / CERTIFICATE).read_text("utf-8"))
    assert all(each["whole"]["range_lu"] >= 0.0 for each in document["deliverables"].values())


def test_nothing_but_its_plan_and_certificate_and_the_sheet_for_people_is_beside_a_fileset(masters):
    for disc in sorted((masters / "cd-ddp").glob("disc-*")):
        declared = {stream.file for stream in ddpms.decode((disc / ddpms.FILE).read_bytes())[0]}
        listed = {*checksums.decode((disc / checksums.MD5_FILE).read_bytes(), checksums.MD5_FILE)[0]}
        assert listed == declared | {"DDPID", "DDPMS"}
        assert not {CERTIFICATE, PLAN} & {path.name for path in disc.iterdir()}
    assert [fileset.faults for fileset in inspect(masters / "cd-ddp")] == [(), ()]


def test_a_changed_file_is_found(sent):
    (track, *_) = sorted(sent.glob("*.flac"))
    data = bytearray(track.read_bytes())
    data[-100] ^= 1
    track.write_bytes(data)
    assert "content" in failed(sent)


def test_what_was_put_beside_is_found(sent):
    (sent / "notes.txt").write_text("by hand")
    assert failed(sent) == {"certified"}


def test_a_missing_plan_is_found(sent):
    (sent / PLAN).unlink()
    assert failed(sent) == {"content", "readable"}


CHANGES = [
    (("deliverables", "streaming", "whole", "range_lu"), 30.0, "figures of the album"),
    (("deliverables", "streaming", "form", "rate_hz"), 96000, "form"),
    (("deliverables", "streaming", "form", "programmes", 0, "frames"), 1, "form"),
    (("deliverables", "streaming", "findings"), [], "findings"),
    (("deliverables", "streaming", "files"), [], "certified"),
    (("tracks", 0, "after", "streaming", "true_peak_dbtp"), -9.0, "figures of the tracks"),
    (("album", "tracks", 0, "title"), "Another", "text"),
]


@pytest.mark.parametrize(("path", "value", "quantity"), CHANGES, ids=[".".join(map(str, c[0][-2:])) for c in CHANGES])
def test_a_certificate_that_says_something_else_is_found(sent, path, value, quantity):
    document = json.loads((sent / CERTIFICATE).read_text("utf-8"))
    place = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    (sent / CERTIFICATE).write_text(json.dumps(document))
    assert quantity in failed(sent)


def test_the_certificate_of_all_knows_it_by_its_hash(masters, tmp_path):
    out = shutil.copytree(masters, tmp_path / "masters", ignore=shutil.ignore_patterns("cd-*", "vinyl*", "mp3*"))
    document = json.loads((out / CERTIFICATE).read_text("utf-8"))
    document["deliverables"] = {name: document["deliverables"][name] for name in ("streaming", "streaming-wav")}
    (out / CERTIFICATE).write_text(json.dumps(document))
    assert failed(out) == set()
    own = out / "streaming" / CERTIFICATE
    own.write_text(own.read_text("utf-8").replace('"passed": true', '"passed": false', 1), "utf-8")
    assert failed(out) == {"content"}
    own.unlink()
    assert failed(out) == {"content"}


def test_what_is_said_to_a_plant_is_in_the_certificate_of_what_goes_to_one_alone(tmp_path):
    folder = AlbumFolder(tmp_path / "album")
    folder.add(music(4.5, seed=1))
    found = {}
    for contact in ("1234", "5678"):
        folder.manifest["sheets"] = {"contact": contact}
        folder.write()
        job = session(folder.folder)
        out = tmp_path / contact
        job.deliver(out, job.plan("streaming"), job.plan("vinyl-12in-33"))
        assert verify(out).passed
        assert read_any_certificate(out / "vinyl-12in-33").album["sheets"]["contact"] == [contact]
        found[contact] = (out / "streaming" / CERTIFICATE).read_text("utf-8")
        assert contact not in found[contact]
    assert found["1234"] == found["5678"]


def test_the_same_album_has_the_same_certificates(songs, masters, tmp_path):
    songs.deliver(tmp_path / "again", *map(songs.plan, ("streaming", "cd-ddp")))
    for name in ("streaming", "cd-ddp"):
        assert contents(tmp_path / "again" / name) == contents(masters / name)


def test_it_is_not_taken_for_that_of_all_masters(sent, songs):
    before = contents(sent)
    with pytest.raises(Refusal, match="speaks for one deliverable alone"):
        read_certificate(sent)
    assert earlier_certificate(sent) is None
    (fault,) = obstacles(sent, ["streaming"], None)
    assert "is one deliverable, with a certificate of its own; choose another --out" in str(fault)
    with pytest.raises(Refusal, match="is one deliverable, with a certificate of its own"):
        master(Job(songs.album.folder, ("streaming",), sent), ThreadWorkers())
    assert contents(sent) == before


@pytest.mark.parametrize("count", [0, 2])
def test_alone_is_said_of_just_one(sent, count):
    document = json.loads((sent / CERTIFICATE).read_text("utf-8"))
    (deliverable,) = document["deliverables"].values()
    document["deliverables"] = {f"x{number}": deliverable for number in range(count)}
    (sent / CERTIFICATE).write_text(json.dumps(document))
    with pytest.raises(Refusal, match=f"speaks for {count} deliverables, though it says"):
        verify(sent)


@pytest.mark.parametrize("name", ["streaming", "mp3-v0"])
def test_it_arrives_with_what_is_delivered(masters, tmp_path, name):
    (tmp_path / "there").mkdir()
    shutil.copytree(masters, tmp_path / "masters")
    deliver(tmp_path / "masters", str(tmp_path / "there"), "album")
    assert verify(tmp_path / "there" / "album" / name).passed


def test_what_waits_and_what_is_approved_has_it(masters, tmp_path):
    out = tmp_path / "masters"
    shutil.copytree(masters, review_folder(out))
    assert verify(review_folder(out) / "streaming").passed
    approve(out, "Ann", str(certificate_sha256(review_folder(out))))
    assert contents(out / "streaming") == contents(masters / "streaming")
    assert verify(out / "streaming").passed
    assert not (review_folder(out) / "streaming").exists()


@pytest.fixture
def old(masters, tmp_path):
    """The masters as a program that knew no versions would have certified them."""
    return as_of_version_1(shutil.copytree(masters, tmp_path / "masters"))


def test_a_certificate_of_version_1_still_holds_and_stays_as_it_is(old):
    text = (old / CERTIFICATE).read_text("utf-8")
    found = read_certificate(old)
    assert (found.version, found.alone) == (1, False)
    assert found.json_text() == text, "its hash is what was approved"
    assert failed(old) == set()


def test_masters_of_version_1_are_approved(old, tmp_path):
    before = contents(old)
    shutil.move(old, review_folder(tmp_path / "out"))
    approve(tmp_path / "out", "Ann", str(certificate_sha256(review_folder(tmp_path / "out"))))
    found = contents(tmp_path / "out")
    assert {path: found[path] for path in before} == before
    assert failed(tmp_path / "out") == set()


def test_masters_of_version_1_are_carried_over_beside_new_ones(old, masters):
    earlier, fresh = read_certificate(old), read_certificate(masters)
    one = fresh.model_copy(update={"deliverables": {"streaming": fresh.deliverables["streaming"]}})
    both = carried_over(one, earlier, lambda deliverable: stands(old, deliverable.files))
    assert both.version == VERSION
    assert both.deliverables["cd-wav"].form is None
    shutil.copytree(masters / "streaming", old / "streaming", dirs_exist_ok=True)
    (old / CERTIFICATE).write_text(both.json_text(), "utf-8", newline="\n")
    assert failed(old) == set()


def test_a_newer_version_is_refused_before_its_keys_are_looked_at(old):
    document = json.loads((old / CERTIFICATE).read_text("utf-8"))
    (old / CERTIFICATE).write_text(json.dumps({**document, "version": VERSION + 1, "spin": "left"}))
    with pytest.raises(Refusal) as refused:
        verify(old)
    (fault,) = refused.value.faults
    assert fault.where.endswith(f"{CERTIFICATE}: version")
    assert fault.words == (
        f"found {VERSION + 1}, of a newer program; this one knows certificates up to version {VERSION}"
    )


@pytest.mark.parametrize("version", ["2", 2.5, True, 0, -1, None, [2]])
def test_a_version_that_is_none_is_refused(old, version):
    document = json.loads((old / CERTIFICATE).read_text("utf-8"))
    (old / CERTIFICATE).write_text(json.dumps({**document, "version": version}))
    with pytest.raises(Refusal, match=f"{CERTIFICATE}: version: found "):
        verify(old)


def test_a_certificate_that_is_made_has_the_latest_version(masters):
    assert read_certificate(masters).version == VERSION
    assert json.loads((masters / CERTIFICATE).read_text("utf-8"))["version"] == VERSION
    assert Certificate.model_fields["version"].default == 1
