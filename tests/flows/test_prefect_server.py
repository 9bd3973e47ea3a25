"""Prefect's server of one process: there when asked, through no proxy, and gone with that process however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.support.music import three_songs

PROGRAM = """
import signal, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have them ignored, as nohup does
signal.signal(signal.SIGINT, signal.default_int_handler)
from pipeline.flows.prefect_server import own_server
server = own_server()
server.answer()

print(server.url, flush=True)
time.sleep(300)
"""


def environment(home):
    """Of a user who has no server, but a proxy that leads nowhere."""
    own = {key: value for key, value in os.environ.items() if key != "PREFECT_API_URL"}
    return own | {"PREFECT_HOME": str(home), "HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}


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
def test_it_answers_and_is_gone_with_its_process(tmp_path, number):
    (tmp_path / "pipeline").mkdir()  # another's, in the folder that somebody works in
    (tmp_path / "pipeline/__init__.py").write_text("raise RuntimeError")
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM],
        cwd=tmp_path,
        env=environment(tmp_path / "home"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout
    url = process.stdout.readline().decode().strip()
    assert httpx.get(f"{url}/health", trust_env=False).json() is True
    process.send_signal(number)
    process.communicate(timeout=240)
    assert gone(url)


def test_a_server_that_cannot_start_is_told(tmp_path):
    database = tmp_path / "prefect.db"
    database.mkdir()
    broken = environment(tmp_path) | {"PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{database}"}
    songs = three_songs(tmp_path / "album")
    command = [sys.executable, "-m", "pipeline", "master", str(songs.folder)]
    ended = subprocess.run(command, env=broken, capture_output=True, text=True, timeout=240, check=False)
    assert ended.returncode == 2
    said = " ".join(ended.stderr.split())
    assert "Prefect's embedded server cannot be reached" in said
    assert "unable to open database file" in said
    assert "Traceback" not in said


def test_an_album_is_mastered_by_the_command_alone(tmp_path):
    songs = three_songs(tmp_path / "album")
    own = environment(tmp_path) | {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
    command = [sys.executable, "-m", "pipeline", "master", str(songs.folder)]
    ended = subprocess.run(command, env=own, capture_output=True, text=True, timeout=240, check=False)
    assert ended.returncode == 0, ended.stderr
    assert Path(songs.folder, "masters", "certificate.json").is_file()
    assert "Traceback" not in ended.stderr


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
    own = environment(tmp_path / "home") | {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
    command = [sys.executable, "-c", BOTH, *albums]
    ended = subprocess.run(command, env=own, capture_output=True, text=True, timeout=240, check=False)
    assert ended.stdout == "True True\n", ended.stderr
