"""The increment table: what is done again when something of an album changes, as Prefect's own account has it."""

import os
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
import soundfile
import tomlkit
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.testing.utilities import prefect_test_harness

import profiles
from albums import SheetTexts
from pipeline.deliverables.output_folder import SUPERSEDED, earlier_certificate
from pipeline.flows import cache_keys
from pipeline.flows.cache_folder import cache_folder
from pipeline.flows.master import master
from pipeline.mastering import steps
from pipeline.mastering.job import Job, profile_folders
from pipeline.mastering.workers import ThreadWorkers
from pipeline.settings.schema import NO_SETTINGS, Settings
from pipeline.system.result_cache import entries
from tests.support.music import RATE_HZ, music, three_songs
from tests.support.sessions import contents

OWN = "loud"
LOSSY = "mp3-320"  # with other texts it is tagged: what stands there is not encoded a second time
NAMES = ("cd-ddp", "cd-wav", OWN, LOSSY, "streaming", "vinyl-12in-33")
ALL = len(NAMES)
WITH_SHEETS = ("cd-ddp", "vinyl-12in-33")  # only there does a contact stand
LONG_AGO_S = 1e9
PATIENCE_S = 60.0  # for the account of a task run to arrive, which comes after it
DONE, KNOWN = "Completed", "Cached"

# Of each change: which tasks did something, and of which what they did before was used.
TABLE = {
    "at first": {("measure", DONE): 3, ("decide", DONE): 1, ("deliver", DONE): ALL},
    "nothing": {("measure", KNOWN): 3, ("decide", DONE): 1, ("deliver", KNOWN): ALL},
    "one title": {("measure", KNOWN): 3, ("decide", DONE): 1, ("deliver", KNOWN): ALL, ("retag", DONE): ALL},
    "nothing after a title": {("measure", KNOWN): 3, ("decide", DONE): 1, ("deliver", KNOWN): ALL},
    "cover and codes": {("measure", KNOWN): 3, ("decide", DONE): 1, ("deliver", KNOWN): ALL, ("retag", DONE): ALL},
    "the config's contact": {("measure", KNOWN): 3, ("decide", DONE): 1, ("deliver", KNOWN): ALL,
                             ("retag", DONE): len(WITH_SHEETS)},
    "a title, and a file damaged": {("measure", KNOWN): 3, ("decide", DONE): 1, ("deliver", KNOWN): ALL,
                                    ("deliver", DONE): 1, ("retag", DONE): ALL - 1},
    "one mix": {("measure", KNOWN): 2, ("measure", DONE): 1, ("decide", DONE): 1, ("deliver", DONE): ALL},
    "intent": {("measure", KNOWN): 3, ("decide", DONE): 1, ("deliver", DONE): ALL},
    "one profile's number": {("measure", KNOWN): 3, ("decide", DONE): 1, ("deliver", KNOWN): ALL - 1,
                             ("deliver", DONE): 1},
    "one profile's source": {("measure", KNOWN): 3, ("decide", DONE): 1, ("deliver", KNOWN): ALL, ("retag", DONE): 1},
    "the program": {("measure", DONE): 3, ("decide", DONE): 1, ("deliver", DONE): ALL},
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One embedded server for this module, with results of its own."""
    os.environ["PREFECT_LOCAL_STORAGE_PATH"] = str(tmp_path_factory.mktemp("prefect"))
    with prefect_test_harness(server_startup_timeout=180):
        yield
    del os.environ["PREFECT_LOCAL_STORAGE_PATH"]


@dataclass(frozen=True)
class Row:
    """A run: its tasks, how many remembered results it used, the masters after it, and those of one from nothing."""

    tasks: dict[tuple[str, str], int]
    used: int
    stood: dict[str, bytes]
    fresh: dict[str, bytes]


class Changing:
    """An album that is mastered again and again, with what Prefect has on record of each run."""

    def __init__(self, folder):
        self.songs = three_songs(folder / "album")
        self.out = self.songs.folder / "masters"
        self.settings = NO_SETTINGS
        self.write_profile()
        self._known = set()

    def job(self, out=None):
        folders = profile_folders(self.songs.folder)
        return Job(self.songs.folder, NAMES, out or self.out, folders, settings=self.settings)

    def write_profile(self, target_lufs=-11.0, source="taste"):
        document = tomlkit.parse(profiles.text_of("streaming"))
        document["source"] = source
        document["level"]["target_lufs"] = target_lufs
        where = self.songs.folder / "profiles"
        where.mkdir(exist_ok=True)
        (where / f"{OWN}.toml").write_text(tomlkit.dumps(document))

    def rename(self):
        self.songs.manifest["tracks"][1]["title"] = "Another Name / for It"
        self.songs.write()

    def rename_and_damage(self):
        self.songs.manifest["tracks"][2]["title"] = "Yet Another"
        self.songs.write()
        file = min((self.out / "streaming").glob("*.flac"))
        file.write_bytes(file.read_bytes()[:-1])

    def recode(self):
        self.songs.manifest["album"] |= {"artist": "Others", "upc": "4006381333931", "catalogue_number": "GM-2"}
        self.songs.manifest["tracks"][0] |= {"isrc": "QZGLM2699999", "composer": "C", "explicit": True}
        self.songs.write()

    def call(self):
        self.settings = Settings(sheets=SheetTexts(contact=("+49 30 1234",)))

    def remix(self):
        sound = np.round(music(6.0, seed=8, level_db=-15.0) * 2**23).astype(np.int32) << 8
        soundfile.write(self.songs.folder / "mixes/02.wav", sound, RATE_HZ, "PCM_24")

    def wish(self):
        self.songs.manifest["intent"]["level_match"] = 0.3
        self.songs.write()

    def run(self):
        """Master it; how many task runs there were of each task and kind of end."""
        certificate = master(self.job())
        assert certificate.passed
        assert earlier_certificate(self.out) == certificate
        return settled(self._task_runs(self._new_run()))

    def _new_run(self):
        with get_client(sync_client=True) as client:
            (new,) = {run.id for run in client.read_flow_runs()} - self._known
        self._known.add(new)
        return FlowRunFilter(id=FlowRunFilterId(any_=[new]))

    def _task_runs(self, flow_run):
        def ask():
            with get_client(sync_client=True) as client:
                return Counter(
                    (run.task_key.partition("-")[0], run.state.name if run.state else "Pending")
                    for run in client.read_task_runs(flow_run_filter=flow_run)
                )

        return ask


def settled(ask):
    """What `ask` says once it has said the same for a while, of ended runs alone."""
    deadline, before = time.monotonic() + PATIENCE_S, None
    while time.monotonic() < deadline:
        found = ask()
        if found and found == before and {state for _, state in found} <= {DONE, KNOWN}:
            return dict(found)
        before = found
        time.sleep(1.5)
    return dict(ask())


@pytest.fixture(scope="module")
def table(server, tmp_path_factory):  # noqa: ARG001 - the server must run
    """The table as it is found. Before each run all that is remembered is made to look as if unused for years."""
    folder = tmp_path_factory.mktemp("increments")
    album = Changing(folder)
    changes = {
        "one title": album.rename,
        "cover and codes": album.recode,
        "the config's contact": album.call,
        "a title, and a file damaged": album.rename_and_damage,
        "one mix": album.remix,
        "intent": album.wish,
        "one profile's number": lambda: album.write_profile(-12.0),
        "one profile's source": lambda: album.write_profile(-12.0, "somebody's word"),
    }
    rows = {}
    with pytest.MonkeyPatch.context() as patch:
        for change in TABLE:
            if change == "the program":
                patch.setattr(cache_keys, "program_key", lambda: "f" * 64)
            changes.get(change, lambda: None)()
            aged = [entry.path for entry in entries(cache_folder()) if entry.kind in ("measure", "deliver")]
            for path in aged:
                os.utime(path, (LONG_AGO_S, LONG_AGO_S))
            found = album.run()
            untouched = {path for path in aged if path.stat().st_mtime == LONG_AGO_S}
            fresh = folder / "fresh" / change.translate({ord(" "): "-", ord(","): None})
            if ("retag", DONE) in TABLE[change]:
                steps.master(album.job(fresh), ThreadWorkers())
            rows[change] = Row(found, len(aged) - len(untouched), contents(album.out), contents(fresh))
    return rows


@pytest.mark.parametrize("change", TABLE)
def test_no_more_is_done_than_what_changed_asks_for(table, change):
    assert table[change].tasks == TABLE[change]


@pytest.mark.parametrize("change", [change for change, tasks in TABLE.items() if ("retag", DONE) in tasks])
def test_new_texts_leave_what_a_run_from_nothing_would(table, change):
    stood, fresh = table[change].stood, table[change].fresh
    assert stood.keys() == fresh.keys()
    assert [name for name in stood if stood[name] != fresh[name]] == []


@pytest.mark.parametrize("change", TABLE)
def test_nothing_is_left_of_what_was_before(table, change):
    assert not [name for name in table[change].stood if name.startswith((SUPERSEDED, "."))]


@pytest.mark.parametrize("change", TABLE)
def test_what_is_used_counts_as_used(table, change):
    """So that what was measured once and is used every night is not the first to go."""
    assert table[change].used == sum(count for (_, state), count in TABLE[change].items() if state == KNOWN)


def test_what_another_program_remembers_is_told_apart(table):  # noqa: ARG001 - it must have run
    assert {entry.program for entry in entries(cache_folder())} == {cache_keys.program(), "f" * 8}
