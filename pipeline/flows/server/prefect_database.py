"""The database of Prefect's embedded server: looked at before the server starts, and laid out by one server at a time.

A server that finds its database damaged dies with a page of words; one that finds a database of another program adds
its own tables to it; two that start at once on a new one both lay out its tables, and one fails.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from prefect.settings import get_current_settings

from albums.faults import Fault, Refusal, refuse

if TYPE_CHECKING:
    from filelock import FileLock

LOCK_S = 5.0  # for another program to let go of the database
LOCK = "glassmaster.lock"
SQLITE = "sqlite+aiosqlite:///"
REMEDY = "move it away, and a new one is made"
# What SQLite says of a file that is no database, or no longer one; and of one that others hold.
DAMAGED = ("not a database", "malformed", "disk image", "database corruption")
LOCKED = ("database is locked", "database table is locked")


def prefect_home() -> Path:
    """Where Prefect keeps its results and its database, made if need be and if that is possible."""
    home = get_current_settings().home
    with suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
    return home


def home_faults() -> Iterator[Fault]:
    """What would keep Prefect from remembering results: it does not say so before minutes have passed."""
    home = prefect_home()
    if not home.is_dir():
        yield Fault(str(home), "is where Prefect keeps its results, and cannot be made a folder; set PREFECT_HOME")
    elif not os.access(home, os.W_OK | os.X_OK):
        yield Fault(str(home), "is where Prefect keeps its results, and cannot be written to; set PREFECT_HOME")


class Database:
    """The file that the settings name; none where they name a database of another kind."""

    def __init__(self) -> None:
        """Look at the file; raises Refusal where no server should touch it."""
        settings = get_current_settings()
        url = settings.server.database.connection_url
        text = url.get_secret_value() if url else f"{SQLITE}{settings.home / 'prefect.db'}"
        is_file = text.startswith(SQLITE) and ":memory:" not in text and "?" not in text
        self.path = Path(text.removeprefix(SQLITE)) if is_file else None
        self._lock: FileLock | None = None

    def hold(self, patience_s: float) -> None:
        """Look at the file, and keep other runs from starting a server on it while this one's may lay out its tables.

        Raises Refusal where no server should touch it, and where another has it for longer than `patience_s`.
        """
        if self.path is None or self._is_laid_out(self.path):
            return
        from filelock import FileLock, Timeout  # a tenth of a second that only a new database costs

        self._lock = FileLock(self.path.with_name(LOCK), timeout=patience_s, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout:
            words = f"another run has been laying out Prefect's database for {patience_s:g} s; wait for it, or end it"
            raise Refusal([Fault(str(self.path), words)]) from None
        except OSError as error:
            raise Refusal([Fault(str(self.path), f"cannot be locked: {error.strerror}")]) from None
        if self._is_laid_out(self.path):
            self.let_go()

    def let_go(self) -> None:
        """Others may start a server on it: the tables are there, or will never be."""
        if self._lock:
            self._lock.release()
            self._lock = None

    def suspicion(self, error: str) -> str:
        """What is to be said of the file where a server ended with `error`; nothing where that is no fault of it."""
        if self.path is None or not any(words in error for words in (*DAMAGED, *LOCKED, "sqlite3.")):
            return ""
        return f". Its database is {self.path}: if it goes on, {REMEDY}"

    def _is_laid_out(self, path: Path) -> bool:
        """Whether it has the tables of this Prefect; raises Refusal where no server should touch it."""
        if not path.exists():
            return False
        try:
            revision = _revision(path)
        except sqlite3.Error as error:
            raise Refusal([Fault(str(path), _words(path, str(error)))]) from None
        if revision is None:
            return False
        if revision in self._latest:
            return True
        known = _revisions()
        if known and revision not in known:
            words = "is Prefect's database, as a newer Prefect than this one's has laid it out"
            refuse([Fault(str(path), f"{words}; {REMEDY}, or set PREFECT_HOME to another folder")])
        return False

    @cached_property
    def _latest(self) -> str:
        return max((path.name for path in _scripts()), default="")


def _revision(path: Path) -> str | None:
    """Which layout of Prefect's tables it has, None where it has none at all; raises sqlite3.Error, and Refusal."""
    if not path.is_file():
        raise sqlite3.OperationalError("unable to open database file")
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=LOCK_S)) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        found = [*database.execute("SELECT version_num FROM alembic_version")] if "alembic_version" in tables else []
        database.execute("BEGIN IMMEDIATE")  # whether it can be written, and is not held by others
        database.rollback()
    if found and "flow_run" in tables:
        return str(found[0][0])
    if tables - {"alembic_version"}:
        refuse([Fault(str(path), f"stands where Prefect's database would, and is another program's; {REMEDY}")])
    return None


def _words(path: Path, error: str) -> str:
    if any(words in error for words in LOCKED):
        return "is Prefect's database, and another program holds it; end that program and run again"
    if any(words in error for words in DAMAGED):
        return f"stands where Prefect's database would, and is damaged or none ({error}); {REMEDY}"
    if path.is_file() and not os.access(path, os.W_OK):
        return f"is Prefect's database, and cannot be written to; make it writable, or {REMEDY}"
    return f"is where Prefect's database would be, and cannot be used ({error}); {REMEDY}, or set PREFECT_HOME"


def _scripts() -> list[Path]:
    """The steps by which Prefect lays out a database, their names beginning with dates; none where they are not found.

    They are looked for and never imported: that would import the whole server.
    """
    spec = find_spec("prefect")
    folders = (spec.submodule_search_locations if spec else None) or ()
    return [
        path for folder in folders for path in Path(folder, "server/database/_migrations/versions/sqlite").glob("*.py")
    ]


def _revisions() -> str:
    """The text of all those steps: every revision that this Prefect knows stands in it."""
    return "\n".join(path.read_text("utf-8") for path in _scripts())
