"""Glassmaster as a library: `import glassmaster`, and nothing of the host is changed by it."""

import doctest
import json
import os
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import glassmaster
import pytest
from PIL import Image

from pipeline.mastering.job import Job
from pipeline.mastering.steps import master
from pipeline.mastering.workers import ThreadWorkers
from tests.support.music import AlbumFolder, music, three_songs
from tests.support.sessions import contents

ROOT = Path(__file__).resolve().parents[2]
UNCHANGED = """
import os, signal, sys, threading, warnings
before = dict(os.environ), list(sys.path), signal.getsignal(signal.SIGINT), threading.active_count()
filters, rooms = list(warnings.filters), {"albums", "profiles", "formats", "pipeline", "prefect", "numpy"}
import glassmaster
glassmaster.master, glassmaster.check, glassmaster.plan, glassmaster.verify
assert before == (dict(os.environ), list(sys.path), signal.getsignal(signal.SIGINT), threading.active_count())
assert filters == warnings.filters
print(*sorted(rooms & set(sys.modules)))
"""
# What a library may set for the whole process, and with it for the threads of its caller.
STATE = """
import decimal, gc, locale, logging, os, random, signal, sys, threading
import numpy
from PIL import Image, ImageFile

def state():
    root = logging.getLogger()
    return {
        "environment": (dict(os.environ), list(sys.path), os.getcwd()),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook),
        "logging": (root.level, list(root.handlers), root.manager.disable, logging.getLoggerClass()),
        "locale": locale.setlocale(locale.LC_ALL),
        "chance": (random.getstate(), numpy.random.get_state()[1].tobytes()),
        "numbers": (str(decimal.getcontext()), numpy.geterr(), numpy.get_printoptions()),
        "images": (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES),
        "limits": (gc.get_threshold(), gc.isenabled(), sys.getrecursionlimit(), sys.getswitchinterval()),
    }
"""


@pytest.fixture
def songs(tmp_path):
    return three_songs(tmp_path / "album")


def elsewhere(program, folder, **environment):
    """Standard output of a program that runs in `folder`."""
    own = {**os.environ, **environment}
    return subprocess.check_output([sys.executable, "-c", program], cwd=folder, env=own, text=True)


def test_the_example_of_the_documentation_runs(songs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(glassmaster, optionflags=doctest.ELLIPSIS)
    assert found.attempted > 5
    assert not found.failed
    assert (tmp_path / "masters" / "certificate.json").is_file()
    assert not (songs.folder / "masters").exists()


def test_importing_it_changes_nothing_in_the_host(tmp_path):
    assert elsewhere(UNCHANGED, tmp_path).split() == []


def test_a_call_leaves_the_process_as_it_is_and_knows_no_prefect(songs, tmp_path):
    program = f"""{STATE}
import glassmaster
before = state()
assert glassmaster.master({str(songs.folder)!r}, profiles=["streaming", "cd-ddp"], out="out").passed
print("prefect" in sys.modules, *(key for key, value in state().items() if value != before[key]))
"""
    assert elsewhere(program, tmp_path) == "False\n"


def test_what_it_masters_is_what_the_story_masters(songs, tmp_path):
    certificate = glassmaster.master(songs.folder, profiles=["cd-wav"], out=tmp_path / "library")
    assert certificate == master(Job(songs.folder, ("cd-wav",), tmp_path / "story"), ThreadWorkers())
    assert contents(tmp_path / "library") == contents(tmp_path / "story")
    assert isinstance(certificate, glassmaster.Certificate)
    edited = tmp_path / "plan.json"
    plan = json.loads((tmp_path / "library" / "cd-wav" / "plan.json").read_text())
    edited.write_text(json.dumps({**plan, "drive_db": -2.0}))
    again = glassmaster.master(str(songs.folder), plan=str(edited), out=str(tmp_path / "edited"))
    promise = again.deliverables["cd-wav"].promise
    assert promise is not None
    assert promise.drive_db == -2.0


def test_a_config_holds_only_where_it_is_named(songs, tmp_path, monkeypatch):
    own = tmp_path / "own.toml"
    own.write_text('deliverables = ["cd-wav"]\n[intent]\ngap_s = 3.0\n')
    del songs.manifest["deliverables"]
    songs.write()
    monkeypatch.setenv("GLASSMASTER_CONFIG", str(own))
    with pytest.raises(glassmaster.Refusal, match="names no profile"):
        glassmaster.plan(songs.folder)
    assert [*glassmaster.plan(songs.folder, config=own)] == ["cd-wav"]
    assert glassmaster.check(songs.folder, config=str(own)).sources.album.intent.gap_s == 3.0
    with pytest.raises(glassmaster.Refusal, match="is not there"):
        glassmaster.check(songs.folder, config=tmp_path / "none.toml")


def test_progress_is_told_of_every_piece_and_may_stop_the_job(songs, tmp_path):
    told = list[glassmaster.Progress]()
    glassmaster.master(songs.folder, profiles=["streaming"], out=tmp_path / "out", progress=told.append)
    recordings = {f"0{number}.wav (tracks[{number}].mix)" for number in (1, 2, 3)}
    assert {each.work for each in told if each.is_done} == {*recordings, "streaming"}
    done_s = [each.done_s for each in told if each.work == "03.wav (tracks[3].mix)"]
    assert done_s == sorted(done_s)
    assert done_s[-1] == pytest.approx(8.0)

    def stop(progress):
        if progress.work == "streaming":
            raise glassmaster.Stopped

    with pytest.raises(glassmaster.Stopped):
        glassmaster.master(songs.folder, profiles=["streaming"], out=tmp_path / "stopped", progress=stop)
    assert list((tmp_path / "stopped").iterdir()) == []


def test_a_stop_told_once_in_one_piece_stops_all_of_them(songs, tmp_path):
    """One deliverable raises; the other, which is told nothing, is not made either."""
    raised = list[glassmaster.Progress]()

    def stop(progress):
        if progress.work == "cd-wav" and not raised:
            raised.append(progress)
            raise glassmaster.Stopped

    with pytest.raises(glassmaster.Stopped):
        glassmaster.master(songs.folder, profiles=["cd-wav", "vinyl-12in-33"], out=tmp_path / "out", progress=stop)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("prefect", [False, True])
def test_an_interrupt_of_the_host_ends_the_work_and_leaves_nothing(songs, tmp_path, prefect):
    program = f"""
import os, pathlib, signal, glassmaster
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has what it starts with & ignore it
pressed = []
def interrupt(progress):
    if progress.work == "streaming" and progress.done_s > 0.5 and not pressed:
        pressed.append(os.kill(os.getpid(), signal.SIGINT))
try:
    glassmaster.master({str(songs.folder)!r}, profiles=["streaming"], out="out", progress=interrupt, prefect={prefect})
except KeyboardInterrupt:
    print("interrupted", *pathlib.Path("out").iterdir())
"""
    songs.add(music(60.0, seed=9), gap_s=1.0)
    own = {key: value for key, value in os.environ.items() if key != "PREFECT_API_URL"}
    said = subprocess.check_output(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=tmp_path,
        env={**own, "PREFECT_HOME": str(tmp_path / "home")},
        text=True,
    )
    assert said == "interrupted\n"


def test_two_albums_side_by_side(songs, tmp_path):
    other = AlbumFolder(tmp_path / "other").add(music(6.0, seed=5))
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(glassmaster.master, [songs.folder, other.folder]))
    assert [certificate.passed for certificate in found] == [True, True]
    assert [certificate.tracks[0].before for certificate in found] != [found[0].tracks[0].before] * 2


def test_what_cannot_be_mastered_is_refused_with_all_its_faults(songs):
    songs.manifest["tracks"][0]["isrc"] = "none"
    songs.manifest["tracks"][2]["gap_s"] = -1.0
    songs.write()
    for call in (glassmaster.master, glassmaster.check, glassmaster.plan):
        with pytest.raises(glassmaster.Refusal) as refused:
            call(songs.folder)
        assert [fault.where for fault in refused.value.faults][:2] == [
            "album.toml: tracks[1].isrc",
            "album.toml: tracks[3].gap_s",
        ]
    with pytest.raises(glassmaster.Refusal, match="holds no certificate"):
        glassmaster.verify(songs.folder)


def test_check_tells_how_deliverables_will_differ_from_the_manifest(songs):
    Image.new("CMYK", (3000, 3000)).save(songs.folder / "art.jpg")
    manifest = songs.folder / "album.toml"
    manifest.write_text(manifest.read_text("utf-8").replace("[album]", '[album]\ncover = "art.jpg"', 1), "utf-8")
    found = glassmaster.check(songs.folder)
    assert found.passed
    assert [str(fault) for fault in found.faults if fault.where == "album.cover"] == [
        "album.cover: is CMYK; shops want RGB",
        "album.cover: is delivered to streaming otherwise: brought from CMYK without a profile to RGB, so that its "
        "colours are a guess; look at it",
    ]


def test_check_and_plan_write_nothing(songs):
    before = contents(songs.folder)
    found = glassmaster.check(songs.folder)
    assert found.passed
    assert all(isinstance(fault, glassmaster.Fault) for fault in found.faults)
    plans = glassmaster.plan(songs.folder, profiles=["cd-wav", "streaming"])
    assert list(plans) == ["cd-wav", "streaming"]
    assert contents(songs.folder) == before


@pytest.mark.parametrize("how", ["working directory", "PYTHONPATH"])
def test_no_folder_of_the_same_name_is_taken_for_a_room(songs, tmp_path, how):
    """Somebody works in a folder that has an `albums/` of their own, or has one on PYTHONPATH."""
    strangers = tmp_path / "strangers"
    for room in ("albums", "formats", "profiles", "pipeline"):
        (strangers / room).mkdir(parents=True)
        (strangers / room / "__init__.py").write_text("raise RuntimeError('hijacked')")
    environment = {"PYTHONPATH": str(strangers)} if how == "PYTHONPATH" else {}
    script = Path(sys.executable).with_name("glassmaster")
    for command in ([script], [sys.executable, "-m", "glassmaster"]):
        ended = subprocess.run(
            [*command, "check", songs.folder], cwd=strangers, env={**os.environ, **environment},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        assert "Song 3" in ended.stdout
    program = f"import glassmaster; print(glassmaster.check({str(songs.folder)!r}).passed)"
    assert elsewhere(program, strangers, **environment) == "True\n"


def test_a_host_that_has_a_package_of_such_a_name_is_told(songs, tmp_path):
    (tmp_path / "albums.py").write_text("mine = True")
    program = f"""
import albums, glassmaster
try:
    glassmaster.check({str(songs.folder)!r})
except ImportError as error:
    print(error)
"""
    assert "Glassmaster needs the name 'albums', which another package has" in elsewhere(program, tmp_path)


def test_two_threads_may_make_the_first_call_at_once(songs, tmp_path):
    program = f"""
from concurrent.futures import ThreadPoolExecutor
import glassmaster
with ThreadPoolExecutor(4) as pool:
    print(*(found.passed for found in pool.map(glassmaster.check, [{str(songs.folder)!r}] * 4)))
"""
    assert elsewhere(program, tmp_path) == "True True True True\n"


def test_a_wheel_holds_all_of_it_and_is_typed(tmp_path):
    sources = tmp_path / "sources"  # a copy: building leaves files behind
    for room in ("albums", "profiles", "formats", "pipeline"):
        shutil.copytree(ROOT / room, sources / room, ignore=shutil.ignore_patterns("mixes", "masters", "__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    modules = {path.relative_to(sources).as_posix() for path in sources.rglob("*.py")}
    build = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, sources]
    subprocess.run([sys.executable, "-m", *build], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    typed = {f"{package}/py.typed" for package in ("glassmaster", "albums", "profiles", "formats", "pipeline")}
    assert typed <= names
    inside = {module.replace("pipeline/public/", "glassmaster/") for module in modules}
    assert inside <= names, sorted(inside - names)
    data = {"pipeline/reporting/report.html.jinja", "profiles/streaming.toml", "albums/quiet-rooms/album.toml"}
    assert {*data, "formats/ddp/fonts/DejaVuSans.ttf", "formats/ddp/fonts/LICENSE_DEJAVU"} <= names
