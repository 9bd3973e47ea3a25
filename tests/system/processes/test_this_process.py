"""What is made aside has the name of its process, and says whether that is still there."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.system.processes import this_process
from pipeline.system.processes.this_process import aside_name, has_ended, name_made_aside


@pytest.mark.parametrize("name", ["streaming", "a.b-c", "certificate.json", "x.y.12.part"])
def test_a_name_is_found_again(name):
    assert name_made_aside(Path("masters", aside_name(name))) == name


@pytest.mark.parametrize("host", ["plain", "a.b.example.org", "ümlaut", "", "-", "h" * 300])
def test_whatever_the_machine_is_called(monkeypatch, host):
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    assert name_made_aside(Path(aside_name("streaming"))) == "streaming"
    assert len(aside_name("n" * 64)) < 200


@pytest.mark.parametrize("name", [".mine.part", "streaming.here.7.part", ".streaming.here.7", ".streaming.here.x.part"])
def test_what_others_call_so_is_no_such_name(name):
    assert name_made_aside(Path(name)) == ""
    assert not has_ended(Path(name))


def test_whether_its_process_has_ended():
    here = this_process.host()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not has_ended(Path(aside_name("plan.json")))
    assert has_ended(Path(f".plan.json.{here}.{ended.pid}.part"))
    assert not has_ended(Path(f".plan.json.elsewhere-{here}.{ended.pid}.part"))
    assert not has_ended(Path(f".plan.json.{here}.{10**30}.part"))
    assert not has_ended(Path(f".plan.json.{here}.{os.getppid()}.part"))
