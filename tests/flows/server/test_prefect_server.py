"""Prefect's server of one process: there when asked, through no proxy, and gone with that process however it ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest
from prefect.settings import PREFECT_HOME, temporary_settings

from pipeline.flows.server.prefect_server import Server
from tests.support.music import three_songs

PROGRAM = """
import signal, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have them ignored, as nohup does
signal.signal(signal.SIGINT, signal.default_int_handler)
from pipeline.flows.server.prefect_server import own_server
server = own_server()
server.answer()

print(server.url, flush=True)
time.sleep(300)
"""


NOWHERE = "http://127.0.0.1:1"
SOCKS = "socks5://127.0.0.1:1"  # of a kind that Prefect's clients can do nothing with here


def environment(home, **more):
    """Of a user who has no server, but proxies that lead nowhere."""
    own = {key: value for key, value in os.environ.items() if key != "PREFECT_API_URL"}
    return own | {"PREFECT_HOME": str(home), "HTTP_PROXY": NOWHERE, "http_proxy": NOWHERE, "ALL_PROXY": NOWHERE} | more


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory):
    """A home whose database a server has laid out: to be copied, never to be changed."""
    home = tmp_path_factory.mktemp("home")
    program = (
        "from pipeline.flows.server.prefect_server import Server; server = Server(); server.answer(); server.end()"
    )
    assert glassmaster(program=("-c", program), **environment(home)).returncode == 0
    return home


@pytest.fixture
def home(laid_out, tmp_path):
    return shutil.copytree(laid_out, tmp_path / "home")


def glassmaster(*words, program=("-m", "pipeline"), **environ):
    command = [sys.executable, *program, *map(str, words)]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=240, check=False)
    assert "Traceback" not in ended.stderr
    return ended


def gone(url):
    late_s = time.monotonic() + 240
    while time.monotonic() < late_s:
        try:
            httpx.get(f"{url}/health", timeout=5, trust_env=False)
        except httpx.HTTPError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGINT])
def test_it_answers_and_is_gone_with_its_process(tmp_path, home, number):
    (tmp_path / "pipeline").mkdir()  # another's, in the folder that somebody works in
    (tmp_path / "pipeline/__init__.py").write_text("raise RuntimeError")
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM],
        cwd=tmp_path,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout
    url = process.stdout.readline().decode().strip()
    assert httpx.get(f"{url}/health", trust_env=False).json() is True
    process.send_signal(number)
    process.communicate(timeout=240)
    assert gone(url)


@pytest.mark.parametrize("proxy", [NOWHERE, SOCKS])
def test_an_album_is_mastered_by_the_command_alone_whatever_proxies_there_are(tmp_path, home, proxy):
    songs = three_songs(tmp_path / "album")
    own = environment(home, ALL_PROXY=proxy, HTTPS_PROXY=proxy, NO_PROXY="::1,example.org")
    ended = glassmaster("master", songs.folder, **own)
    assert ended.returncode == 0, ended.stderr
    assert Path(songs.folder, "masters", "certificate.json").is_file()


# At `moment`, the server's process is killed; how the command ends is what a user sees.
KILLED = """
import atexit, sys
from pipeline.flows.server import prefect_server
from pipeline.mastering import steps
servers, start = [], prefect_server.Server.__init__

def noted(self):
    start(self)
    servers.append(self)
    if moment == "start":
        kill()

def kill():
    servers[0]._process.kill()
    servers[0]._process.wait()

def at(name):
    function = getattr(steps, name)
    def killing(*args, **kwargs):
        if name == "finish":
            function(*args, **kwargs)
            return kill()
        kill()
        return function(*args, **kwargs)
    setattr(steps, name, killing)

moment = sys.argv.pop(1)
prefect_server.Server.__init__ = noted
if moment == "exit":
    atexit.register(kill)
elif moment != "start":
    at(moment)
from pipeline.__main__ import main
main()
"""


@pytest.mark.parametrize("moment", ["start", "decide_job", "make_deliverable", "certify", "finish", "exit"])
def test_its_loss_is_told_at_once_or_does_not_matter_any_more(tmp_path, home, moment):
    songs = three_songs(tmp_path / "album")
    own = environment(home, PREFECT_CLIENT_MAX_RETRIES="1000")  # left to Prefect, it would take days
    ended = glassmaster(moment, "master", songs.folder, "-q", program=("-c", KILLED), **own)
    certificate = Path(songs.folder, "masters", "certificate.json")
    if moment in ("certify", "finish", "exit"):
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr == ""
        assert "passed" in ended.stdout
        assert certificate.is_file()
        return
    assert ended.returncode == 2
    assert "Prefect's embedded server cannot be reached (its process has ended, with code -9)" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not certificate.exists()


BOTH = """
import sys
from concurrent.futures import ThreadPoolExecutor
import glassmaster

def go(album):
    return glassmaster.master(album, profiles=["streaming"], out=album + "/out", prefect=True).passed

with ThreadPoolExecutor(2) as pool:
    print(*pool.map(go, sys.argv[1:]))
"""


def test_two_runs_of_one_process_share_a_server_also_on_a_new_database(tmp_path):
    albums = [str(three_songs(tmp_path / name).folder) for name in ("one", "other")]
    ended = glassmaster(*albums, program=("-c", BOTH), **environment(tmp_path / "home"))
    assert ended.stdout == "True True\n", ended.stderr


def test_nothing_but_pipes_passes_to_its_process(home, monkeypatch):
    """Other systems have no descriptors that a child inherits, and none of a signal that lets it finish its work."""
    given = []
    popen = subprocess.Popen

    def noted(*args, **more):
        given.append(more)
        return popen(*args, **more)

    monkeypatch.setattr(subprocess, "Popen", noted)
    monkeypatch.setattr(popen, "terminate", None)
    with temporary_settings({PREFECT_HOME: home}):
        server = Server()
    server.answer()
    server.end()
    assert "pass_fds" not in given[0]
    assert gone(server.url)


@pytest.mark.parametrize("place", ["file", "file/home"])
def test_a_home_that_cannot_be_had_is_told_in_one_line(tmp_path, place):
    (tmp_path / "file").write_text("mine")
    songs = three_songs(tmp_path / "album")
    ended = glassmaster("master", songs.folder, "-q", **environment(tmp_path / place))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"{tmp_path / place}: is where Prefect would keep its results" in ended.stderr.replace("\n", " ")


def test_a_database_that_is_none_is_told_in_one_line(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "prefect.db").write_bytes(b"no tables" * 100)
    songs = three_songs(tmp_path / "album")
    ended = glassmaster("master", songs.folder, "-q", **environment(tmp_path / "home"))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"{tmp_path / 'home' / 'prefect.db'}: stands where Prefect's database would, and is damaged" in ended.stderr


START = """
from pipeline.flows.server.prefect_server import Server
server = Server()
server.answer()
server.end()
"""


def test_two_commands_at_once_lay_out_a_new_database_one_after_the_other(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        start = partial(glassmaster, program=("-c", START), **environment(tmp_path / "home"))
        ended = [each.result() for each in (pool.submit(start), pool.submit(start))]
    assert [(each.returncode, each.stderr) for each in ended] == [(0, ""), (0, "")]
