"""The main job, end to end, through Prefect: what is delivered, remembered, refused, overruled and verified."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context

import glassmaster
import numpy as np
import pytest
import soundfile
from prefect.settings import get_current_settings
from prefect.testing.utilities import prefect_test_harness

from albums.faults import Refusal
from pipeline.deliverables.certificate import Certificate, Origin, read_certificate
from pipeline.deliverables.output_folder import SUPERSEDED, held
from pipeline.deliverables.verify import verify
from pipeline.flows.head_start import HeadStart
from pipeline.flows.master import deliver, master
from pipeline.intake.album_mixes import hash_recordings
from pipeline.mastering import measuring, steps
from pipeline.mastering.opening import open_album
from pipeline.mastering.workers import ThreadWorkers
from pipeline.plan.edited_plan import open_plan
from pipeline.system.parallel import in_background
from pipeline.system.progress import JobProgress, SilentWatcher, Stopped
from tests.support.music import RATE_HZ, music, three_songs
from tests.support.sessions import contents, job_of

NAMES = ("cd-wav", "streaming", "vinyl-12in-33")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One embedded server for this module, with results of its own."""
    storage = tmp_path_factory.mktemp("prefect")
    os.environ["PREFECT_LOCAL_STORAGE_PATH"] = str(storage)
    with prefect_test_harness(server_startup_timeout=180):
        yield storage
    del os.environ["PREFECT_LOCAL_STORAGE_PATH"]


@pytest.fixture(scope="module")
def delivered(server, tmp_path_factory):  # noqa: ARG001 - the server must run
    """Three songs mastered to all shipped profiles: the album's folder, where the masters are, the certificate."""
    songs = three_songs(tmp_path_factory.mktemp("songs") / "album")
    out = songs.folder / "masters"
    return songs.folder, out, master(job_of(songs.folder, NAMES, out))


def test_every_deliverable_passes_and_lies_in_its_place(delivered):
    _, out, certificate = delivered
    failed = [f for d in certificate.deliverables.values() for f in d.findings if not f.passed]
    assert not failed
    assert certificate.passed
    assert sorted(path.name for path in out.iterdir()) == [
        *sorted(NAMES[:1]),
        "certificate.json",
        "journal.jsonl",
        "report.html",
        *NAMES[1:],
    ]
    assert len(list((out / "streaming").glob("*.flac"))) == 3
    assert len(list((out / "vinyl-12in-33").glob("*.wav"))) == 2


def test_the_certificate_has_the_form_that_is_promised(delivered):
    _, out, certificate = delivered
    document = json.loads((out / "certificate.json").read_text())
    assert {"passed", "album", "deliverables", "tracks", "versions"} <= document.keys()
    for deliverable in document["deliverables"].values():
        assert {"passed", "files", "findings"} <= deliverable.keys()
        for file in deliverable["files"]:
            assert file.keys() == {"path", "sha256", "bytes"}
        for finding in deliverable["findings"]:
            assert finding.keys() == {"where", "quantity", "measured", "required", "unit", "method", "passed"}
    assert Certificate.model_validate_json((out / "certificate.json").read_text()) == certificate


def test_streaming_tracks_laid_end_to_end_are_the_programme(delivered):
    _, out, _ = delivered
    plan = json.loads((out / "streaming" / "plan.json").read_text())
    frames = sum(soundfile.info(path).frames for path in (out / "streaming").glob("*.flac"))
    assert frames == plan["programmes"][0]["cd_frames"] * RATE_HZ // 75


def test_the_loudest_track_stands_at_the_target_by_another_meter(delivered):
    _, out, certificate = delivered
    loudest = max(track.after["streaming"].integrated_lufs for track in certificate.tracks)
    assert loudest == pytest.approx(-14.0, abs=0.1)
    assert "http" not in (out / "report.html").read_text().replace("http://www.w3.org", "")


def test_a_second_run_measures_and_renders_nothing_and_changes_no_byte(delivered, monkeypatch):
    folder, out, _ = delivered
    before = contents(out)

    def forbidden(*_, **__):
        raise AssertionError("done again")

    monkeypatch.setattr(measuring, "measure_mix", forbidden)
    monkeypatch.setattr(steps, "make_deliverable", forbidden)
    master(job_of(folder, NAMES, out))
    assert contents(out) == before


def test_the_same_album_elsewhere_gives_the_same_bytes(delivered, tmp_path):
    folder, out, _ = delivered
    master(job_of(folder, NAMES, tmp_path / "again"))
    assert contents(tmp_path / "again") == contents(out)


def test_the_certificate_holds_until_a_byte_changes(delivered, tmp_path):
    _, out, _ = delivered
    for name, content in contents(out).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert verify(tmp_path).passed
    (tmp_path / "cd-wav" / "notes.txt").write_text("by hand")
    assert [f.where for f in verify(tmp_path).findings["folder"]] == ["cd-wav/notes.txt"]
    (tmp_path / "cd-wav" / "notes.txt").unlink()
    image = next((tmp_path / "cd-wav").glob("*.wav"))
    data = bytearray(image.read_bytes())
    data[100_000] ^= 1
    image.write_bytes(data)
    wrong = [f for f in verify(tmp_path).findings["cd-wav"] if not f.passed]
    assert {f.quantity for f in wrong} >= {"content", "samples"}


def test_two_albums_in_one_process_at_once_come_out_as_alone(delivered, tmp_path):
    """As flows, each in a thread of its own: nothing of a run is kept where another would find it."""
    folder, out, _ = delivered
    other = three_songs(tmp_path / "other")
    other.add(music(5.0, seed=4), gap_s=1.0)
    alone, jobs = (
        tmp_path / "alone",
        [job_of(folder, NAMES, tmp_path / "1"), job_of(other.folder, NAMES, tmp_path / "2")],
    )
    with ThreadPoolExecutor(2) as pool:
        assert all(certificate.passed for certificate in pool.map(master, jobs))
    assert contents(tmp_path / "1") == contents(out)
    assert steps.master(job_of(other.folder, NAMES, alone), ThreadWorkers()).passed
    assert contents(tmp_path / "2") == contents(alone)


def test_a_manifest_that_is_saved_meanwhile_exchanges_nothing(delivered, server, tmp_path):  # noqa: ARG001
    """What was opened first is what is mastered: titles and codes stay with the sound that they were opened with."""
    songs = three_songs(tmp_path / "album")
    opened = open_album(songs.folder)
    head_start = HeadStart(opened, in_background(partial(hash_recordings, opened)), JobProgress())
    one, two, three = songs.manifest["tracks"]
    songs.manifest["tracks"] = [{**two, "title": one["title"]}, {**one, "title": two["title"]}, three]
    songs.write()
    master(job_of(songs.folder, ("streaming",), tmp_path / "out"), head_start=head_start)
    _, out, _ = delivered
    assert contents(tmp_path / "out" / "streaming") == contents(out / "streaming")


def test_wrong_music_is_not_remembered_under_the_right_one_s_hash(delivered, server, tmp_path):  # noqa: ARG001
    """A mix that is another while it is mixed down, and the right one again for the next run."""
    songs = three_songs(tmp_path / "album")
    mix = songs.folder / songs.manifest["tracks"][1]["mix"]
    right, wrong = mix.read_bytes(), tmp_path / "wrong.wav"
    soundfile.write(wrong, music(5.0, seed=9), RATE_HZ, "PCM_24")

    class Meddler(SilentWatcher):
        def begin(self, work, sound_s):  # noqa: ARG002 - a watcher's form
            if work == "streaming":
                mix.write_bytes(wrong.read_bytes())

    job = job_of(songs.folder, ("streaming",), tmp_path / "out")
    with pytest.raises(Refusal, match=mix.name):
        master(job, JobProgress(Meddler()))
    assert not (tmp_path / "out" / "streaming").exists()
    mix.write_bytes(right)
    assert master(job).passed
    _, out, _ = delivered
    assert contents(tmp_path / "out" / "streaming") == contents(out / "streaming")


def test_the_library_masters_through_prefect_if_asked_to(delivered, server, tmp_path):  # noqa: ARG001
    folder, out, _ = delivered
    assert glassmaster.master(folder, profiles=["streaming"], out=tmp_path / "out", prefect=True).passed
    assert contents(tmp_path / "out" / "streaming") == contents(out / "streaming")


def deliver_elsewhere(pickled):
    """A deliverable made in another process, of what a task is given and of nothing else."""
    return deliver.fn(pickle.loads(pickled), "a key").receipt.deliverable.passed  # noqa: S301 - our own


def test_a_task_does_its_work_in_any_process(delivered, tmp_path):
    folder, out, _ = delivered
    sources = hash_recordings(open_album(folder))
    (tmp_path / "out").mkdir()
    plan = open_plan(out / "streaming" / "plan.json")
    made = read_certificate(out)
    before, remarks = (tuple(getattr(track, key) for track in made.tracks) for key in ("before", "remarks"))
    origin = Origin(source=made.source, album=made.album, before=before, remarks=remarks)
    order = steps.Order(sources.album, plan, sources.mixes, tmp_path / "out", origin=origin)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(deliver_elsewhere, pickle.dumps(order)).result()
    assert contents(tmp_path / "out" / "streaming") == contents(out / "streaming")


def test_what_was_tampered_with_is_made_again(delivered):
    folder, out, _ = delivered
    before = contents(out)
    file = next((out / "streaming").glob("*.flac"))
    file.write_bytes(file.read_bytes()[:-100])
    assert master(job_of(folder, NAMES, out)).passed
    assert contents(out) == before


def test_an_edited_plan_is_rendered_as_it_stands(delivered, tmp_path):
    folder, out, _ = delivered
    plan = json.loads((out / "streaming" / "plan.json").read_text())
    plan["treatments"][0]["gain_db"] += 3.0
    plan["drive_db"] = 1.5
    file = tmp_path / "edited.json"
    file.write_text(json.dumps(plan))
    certificate = master(job_of(folder, ("streaming",), tmp_path / "out", plan=file))
    promise = certificate.deliverables["streaming"].promise
    assert promise is not None
    assert promise.drive_db == 1.5
    assert promise.loudness_lufs is None


def test_one_deliverable_made_anew_leaves_the_others_certified(delivered, tmp_path):
    folder, _, _ = delivered
    out = tmp_path / "out"
    master(job_of(folder, ("cd-wav",), out))
    assert set(master(job_of(folder, ("streaming",), out)).deliverables) == {"cd-wav", "streaming"}
    assert verify(out).passed


def test_masters_of_another_album_are_set_aside_not_certified(delivered, tmp_path):
    folder, _, _ = delivered
    out = tmp_path / "out"
    master(job_of(folder, ("cd-wav",), out))
    other = three_songs(tmp_path / "other")
    other.manifest["album"]["title"] = "Other"
    other.write()
    assert set(master(job_of(other.folder, ("streaming",), out)).deliverables) == {"streaming"}
    assert not (out / "cd-wav").exists()
    assert (out / SUPERSEDED / "cd-wav-1").is_dir()


def test_what_others_put_in_the_way_is_never_overwritten(delivered, tmp_path):
    folder, _, _ = delivered
    precious = tmp_path / "out" / "cd-wav" / "precious.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("mine")
    with pytest.raises(Refusal, match="is in the way"):
        master(job_of(folder, ("cd-wav",), tmp_path / "out"))
    assert precious.read_text() == "mine"


def test_a_failed_audit_puts_nothing_in_place(delivered, tmp_path):
    """A drive set by hand, too high for a deliverable without a limiter: the ceiling is broken, and found broken."""
    folder, out, _ = delivered
    plan = json.loads((out / "vinyl-12in-33" / "plan.json").read_text())
    file = tmp_path / "edited.json"
    file.write_text(json.dumps({**plan, "drive_db": plan["expected_drive_db"] + 6.0}))
    certificate = master(job_of(folder, ("vinyl-12in-33",), tmp_path / "out", plan=file))
    assert not certificate.passed
    assert not read_certificate(tmp_path / "out").passed
    found = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert found == ["certificate.json", "journal.jsonl", "report.html"]


def test_faults_of_all_mixes_are_told_together_and_nothing_is_delivered(server, tmp_path):  # noqa: ARG001
    songs = three_songs(tmp_path / "album")
    for number in (1, 3):
        sound = music(8.0, seed=number)
        sound[RATE_HZ] = np.inf
        soundfile.write(songs.folder / f"mixes/{number:02d}.wav", sound, RATE_HZ, subtype="FLOAT")
    with pytest.raises(Refusal) as refused:
        master(job_of(songs.folder, NAMES, tmp_path / "out"))
    places = [fault.where for fault in refused.value.faults]
    assert places == ["album.toml: tracks[1].mix", "album.toml: tracks[3].mix"]
    assert list((tmp_path / "out").iterdir()) == []


def test_two_runs_never_write_to_one_folder(delivered, tmp_path):
    folder, _, _ = delivered
    out = tmp_path / "out"
    with held(out), pytest.raises(Refusal, match="another run"):
        master(job_of(folder, NAMES, out))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_leaves_nothing_that_looks_finished(server, tmp_path, number):  # noqa: ARG001
    songs = three_songs(tmp_path / "album")
    songs.add(music(240.0, seed=9), gap_s=1.0)
    out = songs.folder / "masters"
    environment = {**os.environ, "PREFECT_API_URL": get_current_settings().api.url or ""}
    command = [sys.executable, "-m", "pipeline", "master", str(songs.folder)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list(out.glob(".*.part/streaming/*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("where", [".wav", "streaming"])
def test_a_run_that_was_stopped_anywhere_is_taken_up_by_the_next(server, tmp_path, where):  # noqa: ARG001
    """Not even Prefect remembers that a stopped piece of work came to nothing."""

    class Stopping(SilentWatcher):
        def advance(self, work, sound_s):  # noqa: ARG002 - as every watcher
            if where in work:
                raise Stopped

    songs = three_songs(tmp_path / "album")
    songs.add(music(9.0, seed=len(where)), gap_s=1.0)  # nothing of it is remembered from other tests
    job = job_of(songs.folder, ("streaming",), tmp_path / "out")
    with pytest.raises(Stopped):
        master(job, JobProgress(Stopping()))
    assert list(job.out.iterdir()) == []
    assert master(job).passed


def test_a_server_that_is_not_there_is_told_and_nothing_is_delivered(tmp_path):
    songs = three_songs(tmp_path / "album")
    environment = {**os.environ, "PREFECT_API_URL": "http://127.0.0.1:1/api", "PREFECT_CLIENT_MAX_RETRIES": "0"}
    command = [sys.executable, "-m", "pipeline", "master", str(songs.folder)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 2
    assert "http://127.0.0.1:1/api, as PREFECT_API_URL has it, cannot be reached" in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr
    assert list((songs.folder / "masters").iterdir()) == []
