"""A server that the user's settings name and that does not answer: told soon, by its address, with what to do."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from prefect.settings import PREFECT_API_REQUEST_TIMEOUT, PREFECT_API_URL, temporary_settings

from albums.faults import Refusal
from pipeline.flows.server import named_server
from pipeline.flows.server.named_server import PATIENCE_S, NamedServer
from pipeline.system.progress import SilentWatcher
from tests.support.music import three_songs


class Told(SilentWatcher):
    """A watcher that keeps what it was told."""

    def __init__(self):
        self.begun, self.ended = [], []

    def begin(self, work, sound_s):  # noqa: ARG002 - a watcher's form
        self.begun.append(work)

    def end(self, work):
        self.ended.append(work)


@contextmanager
def silent():
    """A server that accepts connections and never answers; its address."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield f"http://127.0.0.1:{door.getsockname()[1]}/api"


@contextmanager
def answering(status):
    """A server that answers every question with `status()`; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status())
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
        server.shutdown()


@pytest.fixture
def ask(monkeypatch):
    """Ask the server at an address as a run would, all of the waiting made short."""
    for name in ("TELL_S", "PAUSE_S", "SOON_S"):
        monkeypatch.setattr(named_server, name, 0.02)

    @contextmanager
    def asked(url, watcher=None, **settings):
        with temporary_settings({PREFECT_API_URL: url, PREFECT_API_REQUEST_TIMEOUT: 0.3, **settings}):
            server = NamedServer(watcher or SilentWatcher())
        try:
            yield server
        finally:
            server.close()

    return asked


def test_one_that_never_answers_is_waited_for_aloud_and_not_for_long(ask):
    told = Told()
    with silent() as url, ask(url, told) as server, pytest.raises(Refusal) as refused:
        server.answer()
    assert f"the server at {url}, as PREFECT_API_URL has it" in str(refused.value)
    assert "no answer for 0.3 s" in str(refused.value)
    assert "unset PREFECT_API_URL" in str(refused.value)
    assert told.begun == told.ended == [f"waiting for the server at {url}"]


def test_patience_is_short_unless_prefects_own_setting_says_otherwise():
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:1/api"}):
        assert NamedServer(SilentWatcher()).patience_s == PATIENCE_S <= 30
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:1/api", PREFECT_API_REQUEST_TIMEOUT: 90}):
        assert NamedServer(SilentWatcher()).patience_s == 90


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1/api", "refused"),
        ("http://nowhere.invalid/api", "no"),
        ("127.0.0.1:4200/api", "protocol"),
        ("gopher://127.0.0.1/api", "gopher"),
    ],
)
def test_one_that_is_not_there_is_told_at_once(ask, url, words):
    with ask(url) as server, pytest.raises(Refusal, match=words):
        server.answer()


def test_one_that_fails_is_told_and_one_that_knows_no_such_page_is_there(ask):
    with answering(lambda: 503) as url, ask(url) as server, pytest.raises(Refusal, match="it answers 503"):
        server.answer()
    with answering(lambda: 404) as url, ask(url) as server:
        server.answer()
        assert not server.lost()


def test_a_proxy_that_cannot_be_used_is_told(ask, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    with answering(lambda: 200) as url, ask(url) as server, pytest.raises(Refusal, match="SOCKS"):
        server.answer()


def test_one_that_falls_silent_later_counts_as_lost_and_one_that_fails_once_does_not(ask):
    silence, asked = Event(), []

    def status():
        asked.append(1)
        return 503 if silence.is_set() or len(asked) == 2 else 200

    late_s = time.monotonic() + 60
    with answering(status) as url, ask(url) as server:
        server.answer()
        while len(asked) < 6 and time.monotonic() < late_s:
            time.sleep(0.01)
        assert not server.lost()
        silence.set()
        while not server.lost() and time.monotonic() < late_s:
            time.sleep(0.01)
        assert server.lost() == "it answers 503"


def test_the_command_says_so_and_delivers_nothing(tmp_path):
    songs = three_songs(tmp_path / "album")
    with silent() as url:
        own = {**os.environ, "PREFECT_API_URL": url, "PREFECT_API_REQUEST_TIMEOUT": "1"}
        own |= {"PREFECT_HOME": str(tmp_path), "PREFECT_CLIENT_MAX_RETRIES": "1000"}
        command = [sys.executable, "-m", "pipeline", "master", "-q", str(songs.folder)]
        ended = subprocess.run(command, env=own, capture_output=True, text=True, timeout=240, check=False)
    assert ended.returncode == 2
    assert f"the server at {url}, as PREFECT_API_URL has it, cannot be reached (no answer for 1 s)" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert list((songs.folder / "masters").iterdir()) == []
