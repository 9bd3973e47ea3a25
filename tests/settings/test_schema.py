"""What a config may hold: every fault of it at once, with its place; and the same settings from plain values."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums import Intent
from albums.faults import Refusal
from pipeline.settings.schema import NO_SETTINGS, OF_ONE_ALBUM, settings_in


def refused(document, here=None):
    with pytest.raises(Refusal) as refusal:
        settings_in(document, "config.toml", here)
    return [str(fault) for fault in refusal.value.faults]


def test_every_fault_is_told_at_once_with_its_place(tmp_path):
    told = refused(
        {
            "studio": "x",
            "deliverables": ["no/name"],
            "intent": {"gap_s": "x", "reference": ["a.wav"], "tone_mach": 0.1},
            "sheets": {"contact": "", "notes": ["a", "b\nc"], "phone": "1"},
            "profile_dir": "nowhere",
        },
        tmp_path,
    )
    for place, words in (
        ("deliverables[1]", "a profile's name"),
        ("intent.gap_s", "found 'x'"),
        ("intent.reference", "in one album's folder"),
        ("intent.tone_mach", "did you mean 'tone_match'?"),
        ("sheets.contact", "is empty"),
        ("sheets.notes[2]", "a line break"),
        ("sheets.phone", "known here: client, contact, engineer, notes, studio"),
        ("studio", "known here: deliverables, intent, profile_dir, sheets"),
        ("profile_dir", "is not there; wanted a folder"),
    ):
        (fault,) = [each for each in told if each.startswith(f"config.toml: {place}:")]
        assert words in fault
    assert len(told) == 9


@pytest.mark.parametrize("table", ["intent", "sheets"])
@pytest.mark.parametrize("found", [1, "x", [], [{}]])
def test_what_is_no_table_is_refused_and_nothing_worse(table, found):
    assert refused({table: found})[0].startswith(f"config.toml: {table}")


@pytest.mark.parametrize("found", [1, "", "a\0b", [], True, "x" * 501])
def test_a_folder_that_cannot_be_one_is_refused_and_nothing_worse(found, tmp_path):
    assert refused({"profile_dir": found}, tmp_path)[0].startswith("config.toml: profile_dir")


def test_a_folder_of_profiles_is_meant_from_where_the_config_lies(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    assert settings_in({"profile_dir": "mine"}, "c", tmp_path).profile_folders == (tmp_path / "mine",)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert settings_in({"profile_dir": "~/mine"}, "c", Path("/")).profile_folders == (tmp_path / "mine",)
    assert settings_in({"profile_dir": str(tmp_path / "mine")}, "c").profile_folders == (tmp_path / "mine",)
    (tmp_path / "file").touch()
    assert "is no folder" in refused({"profile_dir": "file"}, tmp_path)[0]


def test_where_no_file_is_read_a_path_has_no_place_to_be_meant_from():
    assert "wanted a whole path" in refused({"profile_dir": "mine"})[0]


def test_a_home_that_is_not_there_is_told(monkeypatch):
    def homeless(_):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)
    assert "there is none; write the whole path" in refused({"profile_dir": "~/mine"}, Path("/"))[0]


def test_nothing_set_is_no_settings():
    assert settings_in({}, "c") == NO_SETTINGS
    assert NO_SETTINGS.document() == {}
    assert NO_SETTINGS.profile_folders == ()


TEXTS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
INTENTS = {
    "tone_match": st.floats(0.0, 1.0),
    "level_match": st.floats(0.0, 1.0),
    "eq_limit_db": st.floats(0.0, 12.0),
    "reduction_limit_db": st.floats(0.0, 24.0),
    "loudness": st.sampled_from(["auto", "as-profile"]),
    "compression": st.sampled_from(["off", "auto", "all"]),
    "mono_below_hz": st.floats(20.0, 300.0) | st.just("off"),
    "high_pass_hz": st.floats(5.0, 80.0) | st.just("off"),
    "width_db": st.floats(-12.0, 6.0),
    "gap_s": st.floats(0.0, 30.0) | st.just("auto"),
    "head_s": st.floats(0.0, 10.0),
    "tail_s": st.floats(0.0, 60.0),
}
SHEETS = dict.fromkeys(("client", "studio", "engineer", "contact", "notes"), TEXTS | st.lists(TEXTS, max_size=3))
NAMES = st.lists(st.sampled_from(["cd-ddp", "streaming", "vinyl-12in-33", "mine"]), max_size=3, unique=True)
TABLES = st.fixed_dictionaries(
    {},
    optional={
        "deliverables": NAMES,
        "intent": st.fixed_dictionaries({}, optional=INTENTS),
        "sheets": st.fixed_dictionaries({}, optional=SHEETS),
    },
)


def test_every_key_of_an_intent_is_tried_that_has_a_default():
    assert INTENTS.keys() == Intent.model_fields.keys() - {*OF_ONE_ALBUM}


@given(TABLES)
def test_plain_values_carry_what_is_set_and_nothing_else(document):
    settings = settings_in(document, "c")
    plain = json.loads(json.dumps(settings.document()))
    again = settings_in(plain, "c")
    assert again == settings
    assert again.document() == plain
    assert again.model_fields_set == settings.model_fields_set == document.keys()
    assert again.intent.model_fields_set == document.get("intent", {}).keys()
    assert again.sheets.model_fields_set == document.get("sheets", {}).keys()


def test_the_folder_of_profiles_is_carried_as_a_whole_path(tmp_path):
    (tmp_path / "mine").mkdir()
    settings = settings_in({"profile_dir": "mine"}, "c", tmp_path)
    assert settings.document() == {"profile_dir": os.fspath(tmp_path / "mine")}
