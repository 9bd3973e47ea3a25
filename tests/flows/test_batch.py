"""An inbox worked off: what is good is delivered, what is broken is told, whatever the number of workers.

A few albums in the suite; thirty under `GLASSMASTER_FARM=all`, as `make farm-test` has it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
import tomlkit

from albums.faults import Refusal
from pipeline.batch.admission import Admission
from pipeline.batch.inbox import InboxAlbum
from pipeline.batch.night import Night, SilentBatchWatcher
from pipeline.batch.request import Request
from pipeline.deliverables.verify import verify
from pipeline.flows import batch
from pipeline.flows.batch import run_album
from pipeline.system.processes.folder_lock import LOCK
from profiles import text_of
from tests.support.inbox import BROKEN, a_copy, an_inbox, delivered, good, journal_lines
from tests.support.processes import children_of

IS_WHOLE = os.environ.get("GLASSMASTER_FARM") == "all"
COUNT = 24 if IS_WHOLE else 3


@pytest.fixture(scope="module")
def label(tmp_path_factory):
    return an_inbox(tmp_path_factory.mktemp("label"), COUNT, broken=True)


@pytest.fixture(scope="module")
def first(label):
    """The first batch over the inbox: its code, its document, what it said, and where the masters are."""
    out = label.folder / "out"
    return (*label.run(out, "--workers", "2"), out)


def names() -> list[str]:
    return [f"album-{number:02}" for number in range(1, COUNT + 1)]


def test_what_is_good_is_delivered_and_passes(first):
    code, document, _, out = first
    assert code == 1
    assert document["delivered"] == names()
    assert all(verify(out / name).passed for name in names())
    assert sorted(delivered(out)) == names()


def test_what_is_broken_is_told_with_the_file_and_delivers_nothing(first):
    _, document, _, out = first
    failed = {each["album"]: " ".join(each["reasons"]) for each in document["failed"]}
    assert set(failed) == set(BROKEN)
    for name, (_, words) in BROKEN.items():
        assert words in failed[name]
    assert json.loads((out / "batch.json").read_text()) == document
    assert set(document) == {"delivered", "unchanged", "failed", "waiting", "held"}


def test_a_second_batch_finds_it_all_unchanged_and_the_same_still_broken(label, first):
    _, document, _, out = first
    before = delivered(out)
    code, again, _ = label.run(out)
    assert code == 1
    assert again == {**document, "delivered": [], "unchanged": document["delivered"]}
    assert delivered(out) == before
    assert set(journal_lines(out).values()) == {1}


def test_what_is_remembered_is_told_without_a_process(label, first, tmp_path):
    """As no process can be begun: an album of which nothing is remembered would fail."""
    time.sleep(6.0)  # until what was written is old enough to be believed unchanged
    label.run(first[-1])
    program = tmp_path / "no_process.py"
    program.write_text("""
import sys
from pipeline.batch import child_process
from pipeline.flows import batch
def none(*_, **__):
    raise AssertionError
child_process.ChildProcess = batch.Server = none
from pipeline.cli.app import run
sys.exit(run(sys.argv[1:]))
""")
    good_ones = tmp_path / "retry.json"
    failed = [{"album": name, "reasons": []} for name in names()]
    good_ones.write_text(json.dumps({"delivered": [], "unchanged": [], "failed": failed, "waiting": [], "held": []}))
    line = [sys.executable, str(program), "batch", str(label.inbox), "--out", str(first[-1]), "--retry", str(good_ones)]
    environment = {**label.environment, "PYTHONPATH": str(Path.cwd())}
    ended = subprocess.run([*line, "--json"], env=environment, capture_output=True, text=True, check=False)
    assert json.loads(ended.stdout)["unchanged"] == names(), ended.stderr
    assert ended.returncode == 0


def test_what_a_run_that_died_has_left_is_cleared_though_all_was_delivered(tmp_path):
    """As one that is killed between its entry in the journal and its end."""
    label = an_inbox(tmp_path, 1)
    out = tmp_path / "out"
    assert label.run(out)[1]["delivered"] == ["album-01"]
    (out / "album-01" / LOCK).write_text("process 1 on another\n")
    code, document, said = label.run(out)
    assert (code, document["unchanged"]) == (0, ["album-01"]), said
    assert not [*out.glob("*/.*")]
    assert journal_lines(out) == {"album-01": 1}


@pytest.mark.parametrize("workers", ["1", "4"])
def test_the_bytes_are_the_same_whatever_the_number_of_workers(label, first, tmp_path, workers):
    copy = a_copy(label, tmp_path)
    copy.run(tmp_path / "out", "--workers", workers)
    assert delivered(tmp_path / "out") == delivered(first[-1])


def test_the_bytes_are_those_of_a_run_by_itself(label, first, tmp_path):
    for name in names():
        line = [
            sys.executable,
            "-m",
            "pipeline",
            "master",
            str(label.inbox / name),
            "--out",
            str(tmp_path / name),
            "-q",
        ]
        environment = {**label.environment, "PREFECT_HOME": str(tmp_path / "home")}
        subprocess.run(line, env=environment, check=True, capture_output=True)
    assert {name: delivered(tmp_path)[name] for name in names()} == delivered(first[-1])


def test_what_failed_can_be_fed_back_once_it_is_mended(tmp_path):
    label = an_inbox(tmp_path, 1)
    broken = label.inbox / "broken"
    BROKEN["unknown-profile"][0](broken)
    out = tmp_path / "out"
    assert label.run(out)[0] == 1
    manifest = broken / "album.toml"
    manifest.write_text(manifest.read_text().replace("eight-track", "streaming"))
    (label.inbox / "another").mkdir()
    code, document, _ = label.run(out, "--retry", str(out / "batch.json"))
    assert (code, document["delivered"]) == (0, ["broken"])
    assert not document["failed"]
    assert not document["unchanged"]


def test_a_batch_of_nothing_and_a_held_album_need_no_server(tmp_path):
    label = an_inbox(tmp_path, 1)
    (label.inbox / "album-01" / "HOLD").touch()
    code, document, _ = label.run(tmp_path / "out")
    assert (code, document["held"], document["delivered"]) == (0, ["album-01"], [])
    assert not (tmp_path / "out" / "album-01").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_batch_says_what_waits_and_the_next_takes_it_up(tmp_path, number):
    label = an_inbox(tmp_path, 2)
    out = tmp_path / "out"
    process = label.start(out, "--workers", "1")
    for line in process.stderr or ():
        if "delivered" in line:
            break
    process.send_signal(number)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    document = json.loads((out / "batch.json").read_text())
    assert (document["delivered"], document["waiting"]) == (["album-01"], ["album-02"])
    assert not list(out.glob("*/.*"))
    code, document, _ = label.run(out)
    assert (code, document["delivered"], document["unchanged"]) == (0, ["album-02"], ["album-01"])


def test_two_batches_over_one_folder_are_kept_apart(tmp_path):
    label = an_inbox(tmp_path, 1)
    one, other = label.start(tmp_path / "out"), label.start(tmp_path / "out")
    said = [process.communicate(timeout=300)[1] for process in (one, other)]
    assert sorted([one.returncode, other.returncode]) in ([0, 2], [0, 0]), said
    if one.returncode or other.returncode:
        assert any("another batch is at work there (process " in words for words in said)


def test_a_server_that_is_lost_is_replaced(tmp_path):
    label = an_inbox(tmp_path, 3)
    process = label.start(tmp_path / "out", "--workers", "1")
    for line in process.stderr or ():
        if "delivered" in line:
            break
    for pid in children_of(process.pid):
        if "serving" in Path("/proc", str(pid), "cmdline").read_text():
            os.kill(pid, signal.SIGKILL)
            break
    else:
        raise AssertionError("no server")
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    document = json.loads((tmp_path / "out" / "batch.json").read_text())
    assert document["delivered"] == ["album-01", "album-02", "album-03"]
    assert set(journal_lines(tmp_path / "out").values()) == {1}


def test_an_album_in_two_places_of_a_tree_keeps_its_path(tmp_path):
    label = an_inbox(tmp_path, 0)
    good(label.inbox / "north" / "one", 1)
    good(label.inbox / "south" / "one", 2)
    code, document, _ = label.run(tmp_path / "out")
    assert (code, document["delivered"]) == (0, ["north/one", "south/one"])
    assert verify(tmp_path / "out" / "south" / "one").passed


def test_without_out_masters_lie_in_each_album_s_folder(tmp_path):
    label = an_inbox(tmp_path, 1)
    line = [sys.executable, "-m", "pipeline", "batch", str(label.inbox)]
    ended = subprocess.run(line, env=label.environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert verify(label.inbox / "album-01" / "masters").passed
    assert (label.inbox / "batch.json").is_file()
    assert "passed  1 delivered" in ended.stdout


@pytest.mark.parametrize("name", ["", ".", "..", "../one", "one/../../two", "/etc", "link", "link/one"])
def test_an_album_is_asked_for_by_a_name_within_its_inbox(tmp_path, name):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "link").symlink_to(tmp_path)
    with pytest.raises(Refusal, match="is no folder in"):
        run_album(Request(tmp_path / "inbox", tmp_path), name, 2**30, Event())


def test_albums_whose_server_is_lost_again_and_again_have_failed(monkeypatch, tmp_path):
    lost = []
    monkeypatch.setattr(batch, "Server", lambda: SimpleNamespace(url="http://127.0.0.1:1/api", end=lambda: None))
    monkeypatch.setattr(batch, "_shift", lambda *given: lost.append(given))
    night = Night(lambda _: tmp_path, Admission(1), SilentBatchWatcher(), Event())
    batch._work_off(night, [InboxAlbum("one", tmp_path)], 1)
    assert len(lost) == batch.MOST_SERVERS
    assert night.outcomes.known["one"].kind == "failed"
    assert night.outcomes.known["one"].reasons == (str(batch.LOST_AGAIN),)


def test_a_users_config_holds_for_every_album_of_a_batch(tmp_path):
    """Albums of a batch are mastered by processes that read no config: two, so that they are forked where that is."""
    label = an_inbox(tmp_path, 2)
    for album in label.inbox.iterdir():
        manifest = tomlkit.loads((album / "album.toml").read_text())
        del manifest["deliverables"]
        (album / "album.toml").write_text(tomlkit.dumps(manifest))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "lathe-cut.toml").write_text(text_of("vinyl-12in-33"))
    config = tmp_path / "own.toml"
    said = 'deliverables = ["lathe-cut"]\nprofile_dir = "mine"\n[sheets]\ncontact = "{}"\n'
    out, words = tmp_path / "out", ("--workers", "2", "--config", str(config))

    def told() -> set[str]:
        sheets = [path.read_text("utf-8") for path in out.glob("*/lathe-cut/cutting-sheet.txt")]
        assert len(sheets) == 2
        return {line for sheet in sheets for line in sheet.splitlines() if line.startswith("Contact:")}

    config.write_text(said.format("+49 30 1234"))
    code, document, _ = label.run(out, *words)
    assert (code, len(document["delivered"])) == (0, 2)
    assert told() == {"Contact:    +49 30 1234"}
    assert len(label.run(out, *words)[1]["unchanged"]) == 2
    config.write_text(said.format("ann@raum.example"))
    assert len(label.run(out, *words)[1]["delivered"]) == 2
    assert told() == {"Contact:    ann@raum.example"}
    assert all(verify(album).passed for album in out.iterdir() if album.is_dir())
