"""Prefect's database: one that no server should touch is told by its name; two servers never lay one out at once."""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

import prefect
import pytest
from alembic.script import ScriptDirectory
from filelock import FileLock
from prefect.settings import PREFECT_HOME, temporary_settings

from albums.faults import Refusal
from pipeline.flows.server import prefect_database
from pipeline.flows.server.prefect_database import LOCK, Database, home_faults


@pytest.fixture
def home(tmp_path):
    with temporary_settings({PREFECT_HOME: tmp_path}):
        yield tmp_path


def execute(path, *statements):
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def laid_out(path, revision):
    execute(path, "CREATE TABLE flow_run (id)", "CREATE TABLE alembic_version (version_num TEXT)")
    with closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO alembic_version VALUES (?)", [revision])
        database.commit()


def damaged(path):
    path.write_bytes(b"these are not the tables you are looking for" * 100)
    return "is damaged or none", "move it away"


def cut_short(path):
    laid_out(path, latest())
    path.write_bytes(path.read_bytes()[:6000])
    return "is damaged or none", "move it away"


def foreign(path):
    execute(path, "CREATE TABLE recipes (name)")
    return "is another program's", "move it away"


def of_another_program_with_migrations(path):
    execute(path, "CREATE TABLE users (id)", "CREATE TABLE alembic_version (version_num TEXT)")
    execute(path, "INSERT INTO alembic_version VALUES ('abc')")
    return "is another program's", "move it away"


def newer(path):
    laid_out(path, "ffff00001111")
    return "as a newer Prefect", "PREFECT_HOME"


def folder(path):
    path.mkdir()
    return "cannot be used", "move it away"


SPOILERS = (damaged, cut_short, foreign, of_another_program_with_migrations, newer, folder)


@cache
def latest():
    """The revision that this Prefect's own tool calls its newest."""
    steps = Path(prefect.__file__).parent / "server" / "database" / "_migrations"
    return ScriptDirectory(steps, version_locations=[steps / "versions" / "sqlite"]).get_current_head()


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoil: spoil.__name__)
def test_one_that_no_server_should_touch_is_told_by_its_name(home, spoil):
    words = spoil(home / "prefect.db")
    before = home.joinpath("prefect.db").read_bytes() if (home / "prefect.db").is_file() else None
    with pytest.raises(Refusal) as refused:
        Database().hold(0.1)
    assert refused.value.faults[0].where == str(home / "prefect.db")
    assert all(each in str(refused.value) for each in words)
    assert before is None or home.joinpath("prefect.db").read_bytes() == before


def test_one_that_another_program_holds_is_told(home, monkeypatch):
    monkeypatch.setattr(prefect_database, "LOCK_S", 0.1)
    laid_out(home / "prefect.db", latest())
    with closing(sqlite3.connect(home / "prefect.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Refusal, match=r"prefect\.db: is Prefect's database, and another program holds it"):
            Database().hold(0.1)


def test_one_that_is_there_is_used_by_many_at_once_and_a_new_one_laid_out_by_one(home):
    one, other = Database(), Database()
    one.hold(0.1)
    with pytest.raises(Refusal, match="another run has been laying out"):
        other.hold(0.1)
    laid_out(home / "prefect.db", latest())
    other.hold(0.1)
    one.let_go()
    with FileLock(home / LOCK, blocking=False):
        Database().hold(0.1)


def test_an_older_layout_is_brought_up_by_one_at_a_time(home):
    laid_out(home / "prefect.db", "9725c1cbee35")  # Prefect's first
    one = Database()
    one.hold(0.1)
    with pytest.raises(Refusal, match="another run has been laying out"):
        Database().hold(0.1)
    one.let_go()
    Database().hold(0.1)


@pytest.mark.parametrize("kind", ["a file", "in a file"])
def test_a_home_that_cannot_be_made_is_told(tmp_path, kind):
    (tmp_path / "file").write_text("mine")
    place = tmp_path / "file" if kind == "a file" else tmp_path / "file" / "home"
    with temporary_settings({PREFECT_HOME: place}):
        told = [str(fault) for fault in home_faults()]
    assert told == [f"{place}: is where Prefect keeps its results, and cannot be made a folder; set PREFECT_HOME"]
