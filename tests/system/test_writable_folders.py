"""Where neither the install nor a home can be written to, libraries find a private folder; else nothing changes."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.system import writable_folders
from pipeline.system.writable_folders import choose, private_folder

VARIABLES = ("NUMBA_CACHE_DIR", "PREFECT_HOME")
USED = """
import numba, os, sys
from pipeline.dsp.biquad import step
from pipeline.system.writable_folders import kernels_are_kept
print(step._cache.cache_path, kernels_are_kept())
"""


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A machine where nothing but the folder for temporary files, which is returned, can be written to."""
    for name in (*VARIABLES, "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    writable = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).is_relative_to(tmp_path) and writable(path, mode))
    monkeypatch.chdir(Path(__file__).parent)
    yield tmp_path
    for name in VARIABLES:
        os.environ.pop(name, None)


def test_each_library_is_named_a_place_in_a_folder_that_is_this_users_alone(nowhere):
    choose()
    folder = private_folder()
    assert folder is not None
    assert folder.parent == nowhere
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [os.environ.get(name) for name in VARIABLES] == [str(folder / name) for name in ("numba", "prefect")]


def test_what_the_user_has_named_stays(nowhere, monkeypatch):
    for name in VARIABLES:
        monkeypatch.setenv(name, f"/elsewhere/{name}")
    choose()
    assert [os.environ[name] for name in VARIABLES] == [f"/elsewhere/{name}" for name in VARIABLES]
    assert not any(nowhere.iterdir())


@pytest.mark.parametrize("home", [None, "a file", "a home"])
def test_without_a_home_there_is_none_to_be_asked_and_a_good_one_is_used(nowhere, monkeypatch, home):
    place = nowhere / "home"
    if home == "a file":
        place.write_text("mine")
    elif home == "a home":
        place.mkdir()

    def found():
        if home is None:
            raise RuntimeError("Could not determine home directory.")
        return place

    monkeypatch.setattr(Path, "home", found)
    choose()
    assert [name in os.environ for name in VARIABLES] == [home != "a home"] * len(VARIABLES)


@pytest.mark.parametrize("kind", ["a link", "a file", "open to others", "of another user"])
def test_a_folder_that_others_could_have_filled_is_not_taken(nowhere, monkeypatch, kind):
    folder = nowhere / f"glassmaster-{os.getuid()}"
    if kind == "a link":
        (nowhere / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to("elsewhere")
    elif kind == "a file":
        folder.write_text("mine")
    else:
        folder.mkdir(mode=0o700)
    if kind == "open to others":
        folder.chmod(0o777)
    if kind == "of another user":
        uid = os.getuid()
        folder.rename(nowhere / f"glassmaster-{uid + 1}")
        monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    assert private_folder() is None


def test_the_folder_that_somebody_works_in_is_none_for_temporary_files(nowhere, monkeypatch):
    monkeypatch.chdir(nowhere)
    assert private_folder() is None
    assert not any(nowhere.iterdir())


def _is_reachable_for_all(path: Path) -> bool:
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def used(**environment):
    """What a process comes to that uses the libraries, as a user who can write to no file of the install."""
    if os.getuid():
        pytest.skip("only root can become another user")
    if not _is_reachable_for_all(Path(sys.executable)) or not _is_reachable_for_all(Path(__file__)):
        pytest.skip("another user could not start this Python, or read this checkout")
    command = [sys.executable, "-c", USED]
    ended = subprocess.run(command, env=environment, user=12345, group=12345, capture_output=True, text=True, cwd="/")
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return ended.stdout.split()


def test_numba_works_for_another_user_without_a_home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("temporary")
    folder.chmod(0o777)
    path, kept = used(HOME="/nonexistent", TMPDIR=str(folder), PYTHONPATH=os.pathsep.join(filter(None, sys.path)))
    assert Path(path).is_relative_to(folder / "glassmaster-12345" / "numba")
    assert kept == "True"


@pytest.mark.usefixtures("nowhere")
def test_kernels_are_compiled_where_none_can_be_kept(monkeypatch):
    monkeypatch.setattr(writable_folders, "private_folder", lambda: None)
    monkeypatch.setattr(writable_folders, "_lost", [])
    from numba.core.dispatcher import Dispatcher

    monkeypatch.setattr(Dispatcher, "enable_caching", Dispatcher.enable_caching)  # to be put back
    choose()
    assert not writable_folders.kernels_are_kept()
    import numba

    monkeypatch.setenv("NUMBA_CACHE_LOCATOR_CLASSES", "UserProvidedCacheLocator")
    assert numba.njit(cache=True)(lambda x: x + 1)(1) == 2
