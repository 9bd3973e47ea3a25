"""Every operation on files of one delivery fails once, in every way: the old or the new stands, nothing half done.

Under `GLASSMASTER_FAULTS=all`, as `make faults` has it, every operation is tried; else a sample of them.
"""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.deliverables.approval import Approved, Waiting, approval_state, review_folder
from pipeline.deliverables.certificate import CERTIFICATE
from pipeline.deliverables.output_folder import earlier_certificate, stands
from tests.faults.nursery import DONE, REFUSED
from tests.support.music import AlbumFolder, music
from tests.support.sessions import below, contents, contents_in_place

NAMES = ("cd-wav", "streaming")
OLD_DB, NEW_DB = -3.0, -6.0
KILL = 0
SAMPLE = None if os.environ.get("GLASSMASTER_FAULTS") == "all" else 8  # of the operations, for each way to fail


class Nursery:
    """The process that forks the children, spoken with by lines."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert self.answer() == {}

    def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def ask(
        self, out: Path, *, number: int = 0, mode: int = KILL, drive_db: float = NEW_DB, do: str = "deliver"
    ) -> Any:
        assert self._process.stdin is not None
        case = {"out": str(out), "number": number, "mode": mode, "drive_db": drive_db, "do": do}
        self._process.stdin.write(json.dumps(case) + "\n")
        self._process.stdin.flush()
        return self.answer()


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("the interposer wants Linux and a C compiler (gcc)")
    folder = tmp_path_factory.mktemp("faults")
    library = folder / "interposer.so"
    source = Path(__file__).with_name("interposer.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    album = AlbumFolder(folder / "album")
    for seed in (1, 2):
        album.add(music(4.2, seed=seed))
    command = [sys.executable, "-m", "tests.faults.nursery", str(album.folder), *NAMES]
    process = subprocess.Popen(
        command,
        env={**os.environ, "LD_PRELOAD": str(library)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Nursery(process)
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="module")
def old(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("old") / "masters"
    assert nursery.ask(out, drive_db=OLD_DB)["code"] == DONE
    (out / "notes.txt").write_text("of the user")
    return out


@pytest.fixture(scope="module")
def new(nursery: Nursery, old: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The masters that a run without a fault makes of the old ones, and how many operations that takes."""
    out = tmp_path_factory.mktemp("new") / "masters"
    shutil.copytree(old, out)
    found = nursery.ask(out)
    assert found["code"] == DONE
    return out, found["count"]


def cases(count: int) -> list[int]:
    step = 1 if SAMPLE is None else max(1, count // SAMPLE)
    return sorted({*range(1, count + 1, step), *range(max(1, count - 4), count + 1)})  # the last are the names


def fail(nursery: Nursery, out: Path, number: int, mode: int, do: str = "deliver") -> None:
    found = nursery.ask(out, number=number, mode=mode, do=do)
    if mode == KILL:
        assert found["signal"] in (signal.SIGKILL, 0), found
    else:  # what is tidied up, or is advice to the system, may fail without a word
        assert found["signal"] == 0
        assert found["code"] in (DONE, REFUSED), found["words"]
        assert os.strerror(mode) in found["words"] or found["code"] == DONE


def unlike(found: dict[str, bytes], wanted: dict[str, bytes]) -> set[str]:
    return {path for path in found.keys() | wanted.keys() if found.get(path) != wanted.get(path)}


def each_holds(numbers: list[int], check: Callable[[int], None]) -> None:
    """Have every operation checked, and then tell of all that did not hold."""
    wrong = []
    for number in numbers:
        try:
            check(number)
        except AssertionError as error:
            wrong.append(f"operation {number}: {str(error)[-2000:]}")
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("mode", [KILL, errno.ENOSPC, errno.EIO], ids=["kill", "full", "broken"])
def test_the_old_or_the_new_stands_whatever_fails(
    nursery: Nursery, old: Path, new: tuple[Path, int], tmp_path: Path, mode: int
) -> None:
    before, (after, count) = contents(old), new
    wanted = contents(after)

    def check(number: int) -> None:
        out = tmp_path / f"{number}"
        shutil.copytree(old, out)
        fail(nursery, out, number, mode)
        found = contents_in_place(out)
        assert found["notes.txt"] == b"of the user"
        for name in NAMES:
            is_old, is_new = (below(name, found) == below(name, each) for each in (before, wanted))
            assert is_old or is_new, f"{name} is neither the old nor the new: {sorted(below(name, found))}"
        if (out / CERTIFICATE).exists():
            certificate = earlier_certificate(out)
            assert certificate is not None
            assert all(stands(out, each.files) for each in certificate.deliverables.values())
        assert nursery.ask(out)["code"] == DONE
        assert unlike(contents(out), wanted) == set(), "the next run does not mend it"
        shutil.rmtree(out)

    each_holds(cases(count), check)


@pytest.mark.parametrize("mode", [KILL, errno.ENOSPC, errno.EIO], ids=["kill", "full", "broken"])
def test_a_first_delivery_is_whole_or_is_not(
    nursery: Nursery, new: tuple[Path, int], tmp_path: Path, mode: int
) -> None:
    wanted = {path: data for path, data in contents(new[0]).items() if path != "notes.txt"}
    count = nursery.ask(tmp_path / "counted")["count"]

    def check(number: int) -> None:
        out = tmp_path / f"{number}" / "masters"
        out.parent.mkdir()
        fail(nursery, out, number, mode)
        found = contents_in_place(out)
        for name in NAMES:
            there = below(name, found)
            assert not there or there == below(name, wanted), f"{name} is not whole: {sorted(there)}"
        if CERTIFICATE in found:
            assert nursery.ask(out, do="verify")["code"] == DONE
        assert nursery.ask(out)["code"] == DONE
        assert unlike(contents(out), wanted) == set()
        shutil.rmtree(out)

    each_holds(cases(count), check)


@pytest.mark.parametrize("mode", [KILL, errno.ENOSPC, errno.EIO], ids=["kill", "full", "broken"])
def test_an_approval_puts_all_in_place_or_is_completed(
    nursery: Nursery, old: Path, new: tuple[Path, int], tmp_path: Path, mode: int
) -> None:
    before = contents(old)
    ready, whole = tmp_path / "ready", tmp_path / "whole"
    shutil.copytree(old, ready)
    shutil.copytree(new[0], review_folder(ready))
    (review_folder(ready) / "notes.txt").unlink()
    shutil.copytree(ready, whole)
    approved = nursery.ask(whole, do="approve")
    assert approved["code"] == DONE, approved
    wanted = contents(whole)
    assert {name: below(name, wanted) for name in NAMES} == {name: below(name, contents(new[0])) for name in NAMES}

    def check(number: int) -> None:
        out = tmp_path / f"{number}"
        shutil.copytree(ready, out)
        fail(nursery, out, number, mode, do="approve")
        found = contents_in_place(out)
        for name in NAMES:
            is_old, is_new = (below(name, found) == below(name, each) for each in (before, wanted))
            assert is_old or is_new, f"{name} is neither the old nor the new: {sorted(below(name, found))}"
        if (out / CERTIFICATE).exists():
            certificate = earlier_certificate(out)
            assert certificate is not None
            assert all(stands(out, each.files) for each in certificate.deliverables.values())
        assert isinstance(approval_state(out), Waiting | Approved)
        again = nursery.ask(out, do="approve")
        assert again["code"] == DONE, again["words"]
        assert isinstance(approval_state(out), Approved)
        assert unlike(contents(out), wanted) == set(), "approving again does not mend it"
        shutil.rmtree(out)

    each_holds(cases(approved["count"]), check)
