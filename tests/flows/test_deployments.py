"""What a lasting server can be asked to do, done: people told, masters sent, originals moved, and no secret kept."""

import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import tomlkit
from prefect import get_client
from prefect.blocks.system import Secret
from prefect.blocks.webhook import Webhook
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings
from pydantic import SecretStr

from albums.faults import Refusal
from pipeline.batch.config import ServeConfig, Watch
from pipeline.batch.outcome import Outcome, Outcomes
from pipeline.deliverables.verify import verify
from pipeline.delivery.packages import COMPLETE
from pipeline.flows import deployments, notices
from pipeline.flows.serve import album_parameters
from pipeline.settings.config_file import ConfigFile, read_settings
from profiles import text_of
from tests.support.inbox import BROKEN, good
from tests.support.prefect_server import lasting_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what was started is found again by Linux's /proc")


@contextmanager
def listening(status: int = 200) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """The address of somebody who is told, and all that was told there."""
    told = list[dict[str, str]]()

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Ear) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/a-secret-path", told
        server.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ExitStack() as stack:
        server = stack.enter_context(lasting_server(tmp_path_factory.mktemp("server")))
        stack.enter_context(temporary_settings({PREFECT_API_URL: server.url, PREFECT_HOME: server.home}))
        yield server


def webhook(name: str, url: str) -> str:
    block: Any = Webhook(url=SecretStr(url))
    block.save(name, overwrite=True)
    return f"webhook/{name}"


@pytest.mark.usefixtures("server")
def test_a_night_is_told_in_the_morning_and_each_album_that_needs_a_person(tmp_path):
    good(tmp_path / "inbox" / "fine", 1)
    BROKEN["without-a-mix"][0](tmp_path / "inbox" / "broken")
    with listening() as (url, told):
        block = webhook("ear", url)
        deployments.batch(str(tmp_path / "inbox"), str(tmp_path / "out"), notify=[block])
    assert [each["subject"] for each in told] == [
        "Glassmaster: 1 delivered, 1 failed",
        "Glassmaster: broken needs a person",
    ]
    assert "'mixes/02.wav' does not exist" in told[0]["text"]
    assert "'mixes/02.wav' does not exist" in told[1]["text"]
    with get_client(sync_client=True) as client:
        tables = [each for each in client.read_artifacts() if each.key == "night"]
    rows = json.loads(str(tables[0].data))
    assert [(row["album"], row["outcome"]) for row in rows] == [("broken", "failed"), ("fine", "delivered")]
    assert "report.html" in rows[1]["report"]


@pytest.mark.usefixtures("server")
def test_whoever_cannot_be_told_is_named_without_what_is_secret(tmp_path):
    with listening(500) as (url, _):
        deaf = webhook("deaf", url)
        said = notices.tell([deaf, "webhook/nobody", "nonsense"], "subject", "text")
    assert len(said) == 3
    assert all("a-secret-path" not in each for each in said)
    assert "'webhook/deaf': cannot be told: HTTPStatusError" in said[0]
    assert "is no block on Prefect's server" in said[1]
    with pytest.raises(Refusal, match="nobody") as refused:
        notices.blocks_named(["webhook/nobody", "secret/none"])
    assert len(refused.value.faults) == 2
    assert tmp_path.exists()


@pytest.mark.usefixtures("server")
def test_masters_are_sent_and_originals_moved_where_that_is_asked_for(tmp_path):
    inbox, sent = tmp_path / "inbox", tmp_path / "sent"
    sent.mkdir()
    good(inbox / "label" / "fine", 1)
    BROKEN["truncated"][0](inbox / "broken")
    asked: dict[str, Any] = {"deliver_to": str(sent), "move_originals": True}
    deployments.batch(str(inbox), str(tmp_path / "out"), **asked)
    assert (sent / "label" / "fine" / COMPLETE).exists()
    assert sorted(path.relative_to(inbox).as_posix() for path in inbox.rglob("album.toml")) == [
        "done/label/fine/album.toml", "failed/broken/album.toml",
    ]  # fmt: skip
    good(inbox / "label" / "fine", 2)
    deployments.batch(str(inbox), str(tmp_path / "out"), **asked)
    assert (inbox / "done" / "label" / "fine-1" / "album.toml").exists()
    assert not (inbox / "label" / "fine").exists()


@pytest.mark.usefixtures("server")
def test_a_users_settings_go_with_a_run_to_where_their_folder_is_not(tmp_path):
    """As `serve` sends them, and a worker on another machine gets them: neither config nor profiles are there."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "lathe-cut.toml").write_text(text_of("vinyl-12in-33"))
    (tmp_path / "config.toml").write_text(
        'deliverables = ["lathe-cut"]\nprofile_dir = "mine"\n[sheets]\ncontact = "+49 30 1234"\n'
    )
    settings = read_settings(ConfigFile(tmp_path / "config.toml", "--config"))
    inbox, out = tmp_path / "inbox", tmp_path / "out"
    manifest = good(inbox / "one", 1) / "album.toml"
    document = tomlkit.loads(manifest.read_text())
    del document["deliverables"]
    manifest.write_text(tomlkit.dumps(document))
    given = album_parameters(ServeConfig(inbox=inbox, out=out, watch=Watch()), settings)
    assert given == json.loads(json.dumps(given))
    assert {*given} == {*deployments.ALBUM_PARAMETERS}
    shutil.rmtree(mine)
    (tmp_path / "config.toml").unlink()
    state = deployments.album(name="one", **given)
    assert "Contact:    +49 30 1234\n" in (out / "one" / "lathe-cut" / "cutting-sheet.txt").read_text("utf-8")
    assert verify(out / "one").passed
    assert state == "delivered"
    assert deployments.album(name="one", **given) == "unchanged"


def test_settings_that_were_written_by_hand_are_refused_with_their_place(tmp_path):
    with pytest.raises(Refusal, match=r"config: sheets\.phone: unknown key"):
        deployments.asked(str(tmp_path), config={"sheets": {"phone": "1"}})


@pytest.mark.usefixtures("server")
def test_masters_wait_for_approval_and_are_sent_only_after_it(tmp_path):
    from pipeline.deliverables.approval import Waiting, approval_state
    from pipeline.deliverables.approval.decide import approve

    inbox, out, sent = tmp_path / "inbox", tmp_path / "out", tmp_path / "sent"
    sent.mkdir()
    good(inbox / "one", 1)
    asked: dict[str, Any] = {"approval": "required", "deliver_to": str(sent)}
    deployments.album(str(inbox), "one", str(out), **asked)
    state = approval_state(out / "one")
    assert isinstance(state, Waiting)
    assert not [*sent.iterdir()]
    deployments.batch(str(inbox), str(out), **asked)
    assert json.loads((out / "batch.json").read_text())["waiting"] == ["one"]
    approve(out / "one", "A. Engineer", state.certificate_sha256)
    deployments.batch(str(inbox), str(out), **asked)
    assert json.loads((out / "batch.json").read_text())["unchanged"] == ["one"]
    assert (sent / "one" / "approval.json").exists()


def test_no_secret_of_a_block_is_kept_anywhere(server, tmp_path, capfd):
    """What a place asks for comes from a block; the database holds it encrypted, and nothing else holds it."""
    from tests.support.vault import SECRET, vault

    inbox, out = tmp_path / "inbox", tmp_path / "out"
    good(inbox / "one", 1)
    block: Any = Secret(value=SecretStr(json.dumps({"secret": SECRET})))
    block.save("vault", overwrite=True)
    with vault() as place:
        asked: dict[str, Any] = {"deliver_to": "vault://masters", "credentials": "secret/vault"}
        deployments.album(str(inbox), "one", str(out), **asked)
        assert any(name.endswith(COMPLETE) for name in place.files)
    said = capfd.readouterr()
    assert SECRET not in said.out + said.err
    kept = [path for folder in (tmp_path, server.home) for path in folder.rglob("*") if path.is_file()]
    assert len(kept) > 10
    assert not [path for path in kept if SECRET.encode() in path.read_bytes()]
    with closing(sqlite3.connect(server.home / "prefect.db")) as database:
        assert database.execute("SELECT count(*) FROM block_document").fetchone()[0] >= 1


def test_a_long_night_is_told_shortly():
    outcomes = Outcomes()
    for number in range(40):
        outcomes.add(Outcome(f"{number:02}", "failed", tuple(f"reason {each}" for each in range(9))))
    subject, text = notices.of_the_morning(outcomes)
    assert subject == "Glassmaster: 40 failed"
    assert "and 20 more" in text
    assert "and 4 more" in text
    assert len(text) < 4000
    assert notices.of_the_morning(Outcomes())[0] == "Glassmaster: no albums"
    assert Path(__file__).exists()


@pytest.mark.usefixtures("server")
def test_a_sweep_has_the_automations_there_and_says_what_it_did():
    state: Any = deployments.sweep(return_state=True)
    assert state.message == "nothing was left lying"
    with get_client(sync_client=True) as client:
        names = {each.name for each in client.read_automations()}
    assert names >= {f"{flow}: {rule}" for flow in deployments.NAMES for rule in ("zombie", "lost", "retake")}
