"""Settings on their way to another machine: by value, profiles too, within bounds, and nothing out of place."""

import json
from pathlib import Path

import pytest
from hypothesis import given

import profiles
from albums.faults import Refusal
from pipeline.settings.schema import NO_SETTINGS, Settings, settings_in
from pipeline.settings.travelling import MOST_BYTES, packed, unpacked
from tests.settings.test_schema import TABLES

OWN = profiles.text_of("streaming").replace("-14.0", "-13.0")


@pytest.fixture
def mine(tmp_path):
    """A folder of profiles: one of its own, one in place of a shipped one, and what is none."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "own.toml").write_bytes(OWN.replace("\n", "\r\n").encode())
    (folder / "streaming.toml").write_text(OWN)
    (folder / "no profile.toml").write_text("x")
    (folder / "notes.txt").write_text("x")
    return folder


@given(TABLES)
def test_what_is_set_arrives(config):
    settings = settings_in(config, "c")
    found = unpacked(**renamed(json.loads(json.dumps(packed(settings)))), memory=Path("/nowhere"))
    assert found.document() == settings.document()


def renamed(given):
    return {"config": given["config"], "texts": given["profiles"]}


def test_profiles_arrive_where_their_folder_does_not(mine, tmp_path):
    sent = json.loads(json.dumps(packed(Settings(profile_dir=str(mine)))))
    assert sent["config"] is None
    assert sent["profiles"].keys() == {"own", "streaming"}
    for path in mine.iterdir():
        path.unlink()
    mine.rmdir()
    found = unpacked(sent["config"], sent["profiles"], tmp_path / "memory")
    (folder,) = found.profile_folders
    assert folder.parent == tmp_path / "memory"
    assert profiles.load("own", [folder]).level.target_lufs == -13.0
    assert profiles.load("streaming", [folder]).level.target_lufs == -13.0
    assert profiles.names([folder]) == tuple(sorted({*profiles.names(), "own"}))


def test_the_same_profiles_lie_in_the_same_folder_untouched_and_others_in_another(mine, tmp_path):
    sent = packed(Settings(profile_dir=str(mine)))["profiles"]
    (first,) = unpacked(None, sent, tmp_path).profile_folders
    seen = {path: path.stat().st_mtime_ns for path in first.iterdir()}
    (again,) = unpacked(None, dict(reversed(sent.items())), tmp_path).profile_folders
    assert {path: path.stat().st_mtime_ns for path in again.iterdir()} == seen
    (other,) = unpacked(None, sent | {"own": OWN}, tmp_path).profile_folders
    assert other != first
    (first / "own.toml").write_text("spoilt")
    unpacked(None, sent, tmp_path)
    assert profiles.load("own", [first]).level.target_lufs == -13.0


def test_nothing_is_nothing(tmp_path):
    assert packed(NO_SETTINGS) == {"config": None, "profiles": None}
    assert unpacked(None, None, tmp_path / "none") == NO_SETTINGS
    assert unpacked({}, {}, tmp_path / "none") == NO_SETTINGS
    assert not (tmp_path / "none").exists()


def test_more_profiles_than_a_server_takes_are_not_sent(mine):
    (mine / "own.toml").write_text(OWN + "#" * MOST_BYTES)
    with pytest.raises(Refusal, match="are sent to where albums are mastered"):
        packed(Settings(profile_dir=str(mine)))


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "a\0", "x" * 65, "/etc/x"])
def test_a_name_that_would_lead_elsewhere_is_refused(name, tmp_path):
    with pytest.raises(Refusal, match="is no profile's name"):
        unpacked(None, {name: OWN}, tmp_path)
    assert not [*tmp_path.iterdir()]


def test_what_was_written_by_hand_is_refused_with_its_place(mine, tmp_path):
    with pytest.raises(Refusal) as refusal:
        unpacked({"sheets": {"contact": 3}, "studio": "x"}, None, tmp_path)
    assert {fault.where for fault in refusal.value.faults} == {"config: sheets.contact", "config: studio"}
    with pytest.raises(Refusal, match="give one of both"):
        unpacked({"profile_dir": str(mine)}, {"own": OWN}, tmp_path)
    with pytest.raises(Refusal, match="is not there; wanted a folder of profiles"):
        unpacked({"profile_dir": str(tmp_path / "none")}, None, tmp_path)
    assert unpacked({"profile_dir": str(mine)}, None, tmp_path).profile_folders == (mine,)


def test_a_place_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Refusal, match="cannot be written to"):
        unpacked(None, {"own": OWN}, tmp_path / "file")
