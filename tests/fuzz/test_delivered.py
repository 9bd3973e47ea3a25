"""What lies in a delivered folder, mutated: discs, sheets, sound, plans, certificates, and what is no file at all.

Each is read to the last sample, or refused; nothing hangs, and nothing outside of the folder is opened.
"""

import os
import shutil
import tracemalloc
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import formats
from albums.faults import Refusal
from formats import ddp
from pipeline.deliverables.certificate import CERTIFICATE
from pipeline.deliverables.verify import verify
from pipeline.plan.edited_plan import open_plan
from pipeline.plan.plan import PLAN
from tests.fuzz import fuzzed
from tests.support.music import AlbumFolder, music
from tests.support.sessions import session

KINDS = {"cd-ddp": "ddp", "cd-wav": "cue", "streaming": "flac", "vinyl-12in-33": "lathe"}
HEAD_BYTES = 4096  # where headers, packets and sheets are; the sound behind them is mutated less often
MOST_MEMORY = 300 * 2**20
TOKENS = (
    b"\x00", b"\xff" * 4, b"\x7f\xff\xff\xff", b"\r\n", b"\n", b'"', b"..", b"../", b"/dev/zero", b"\x1b[2J",
    "\u202e".encode(), b"99:59:74", b"00:00:00", b"-1", b"9" * 400, b"NaN", b"null", b"{", b"}", b"TRACK 99 AUDIO",
    b"VVVM", b"DM", b"PQ", b"fLaC", b"RIFF", b"data", b"INDEX 01", b'"sha256"', b'"path": "/etc/passwd"',
)  # fmt: skip


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    album = AlbumFolder(folder / "album")
    for seed in (1, 2):
        album.add(music(4.2, seed=seed))
    found = session(album.folder)
    out = folder / "masters"
    found.deliver(out, *(found.plan(name, drive_db=-3.0) for name in KINDS))
    return out


@st.composite
def mutations(draw: st.DrawFn, data: bytes) -> bytes:
    """`data` with one to four pieces changed, left out, doubled or put in."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        most = len(changed) if draw(st.integers(0, 4)) == 0 else min(len(changed), HEAD_BYTES)
        place = draw(st.integers(0, max(0, most - 1)))
        length = draw(st.sampled_from([1, 1, 2, 4, 18, 64, 128, 1000]))
        how = draw(st.sampled_from(["flip", "put in", "leave out", "double", "over", "cut", "lines"]))
        if how == "flip" and changed:
            changed[place] ^= 1 << draw(st.integers(0, 7))
        elif how == "put in":
            changed[place:place] = draw(st.sampled_from(TOKENS))
        elif how == "over":
            token = draw(st.sampled_from(TOKENS))
            changed[place : place + len(token)] = token
        elif how == "leave out":
            del changed[place : place + length]
        elif how == "double":
            changed[place:place] = changed[place : place + length]
        elif how == "cut":
            del changed[place:]
        else:
            lines = bytes(changed).split(b"\n")
            one, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
            lines[one], lines[other] = lines[other], lines[one]
            changed = bytearray(b"\n".join(lines))
    return bytes(changed)


@contextmanager
def bounded() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


def read_whole(place: Path, kind: str) -> None:
    """Everything that an audit reads of a deliverable."""
    try:
        reading = formats.named(kind).read(place)
        for programme in reading.programmes:
            deque(programme.blocks(), maxlen=0)
        open_plan(place / PLAN)
    except Refusal:
        pass
    if kind == "ddp":
        for fileset in ddp.inspect(place):
            assert all(isinstance(fault.words, str) for fault in fileset.faults)


@pytest.mark.parametrize("name", KINDS)
@fuzzed
@given(data=st.data())
def test_a_deliverable_in_which_a_file_is_changed(masters: Path, name: str, data: st.DataObject) -> None:
    place = masters / name
    files = sorted(path for path in place.rglob("*") if path.is_file() and path.suffix not in (".pdf", ".png"))
    file = data.draw(st.sampled_from(files))
    before = file.read_bytes()
    try:
        file.write_bytes(data.draw(mutations(before)))
        with bounded():
            read_whole(place, KINDS[name])
    finally:
        file.write_bytes(before)


@fuzzed
@given(data=st.data())
def test_a_certificate_that_is_changed(masters: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    """Beside plans and sheets without sound, so that nothing is measured: paths and figures are all it has."""
    folder = tmp_path_factory.getbasetemp() / "certified"
    if not folder.exists():
        shutil.copytree(masters, folder, ignore=shutil.ignore_patterns("*.flac", "*.wav", "*.DAT"))
    (folder / CERTIFICATE).write_bytes(data.draw(mutations((masters / CERTIFICATE).read_bytes())))
    with bounded(), suppress(Refusal):
        assert not verify(folder).passed  # the sound is missing


SPECIALS = ("pipe", "folder", "device", "link to a device", "link to nowhere", "link to itself", "huge")


def put(path: Path, special: str) -> None:
    if special == "pipe":
        os.mkfifo(path)
    elif special == "folder":
        path.mkdir()
    elif special == "huge":
        with path.open("wb") as file:
            file.truncate(2**33)
    elif special == "device":  # as root could make one; a link is as good
        path.symlink_to("/dev/urandom")
    else:
        path.symlink_to({"link to a device": "/dev/zero", "link to nowhere": "nowhere"}.get(special, path.name))


@pytest.mark.parametrize("special", SPECIALS)
@pytest.mark.parametrize("name", KINDS)
def test_what_is_no_file_is_refused_and_never_waited_for(masters: Path, name: str, special: str) -> None:
    place = masters / name
    for file in sorted(path for path in place.rglob("*") if path.is_file()):
        if special == "huge" and file.suffix in (".DAT", ".wav", ".flac"):
            continue  # a sparse file of 8 GiB of sound is read as long as it says it is
        aside = file.with_suffix(".aside")
        file.rename(aside)
        try:
            put(file, special)
            with bounded():
                read_whole(place, KINDS[name])
                if file.name == PLAN:
                    assert not verify(masters).passed
        finally:
            shutil.rmtree(file) if file.is_dir() and not file.is_symlink() else file.unlink()
            aside.rename(file)
