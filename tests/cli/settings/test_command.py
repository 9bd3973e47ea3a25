"""`glassmaster config`: where a config is looked for, what holds, and whose word it is."""

import json
import os
from functools import partial
from pathlib import Path

import pytest

from pipeline.cli.options import BAD_INPUT, PASSED
from pipeline.settings import config_file as module
from tests.support.music import AlbumFolder, music


@pytest.fixture
def config(glassmaster):
    return partial(glassmaster, "config")


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        'deliverables = ["cd-ddp", "vinyl-12in-33"]\n[intent]\ngap_s = 1.5\nhead_s = 2.0\n'
        '[sheets]\nstudio = "Raum 3"\ncontact = ["+49 30 1234", "ann@raum.example"]\n'
    )
    return path


@pytest.fixture
def album(tmp_path):
    songs = AlbumFolder(tmp_path / "album").add(music(1.0))
    songs.manifest["sheets"] = {"contact": "the label", "client": "The Label"}
    return songs.write()


def rows(out):
    """Of each key, what stands beside it."""
    found = [line.split("  ") for line in out.splitlines() if line.startswith(" ") and "  " in line.strip()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in found]
    return {key: (value, origin) for key, value, origin in cells[1:]}


def test_each_key_has_its_value_and_whose_word_it_is(config, own):
    code, out, err = config("--config", own)
    assert (code, err) == (PASSED, "")
    assert out.splitlines()[0] == f"config: {own} (--config names it)"
    found = rows(out)
    assert found["deliverables"] == ("cd-ddp; vinyl-12in-33", "config")
    assert found["intent.gap_s"] == ("1.5", "config")
    assert found["intent.tail_s"] == ("1.5", "default")
    assert found["intent.mono_below_hz"] == ("–", "default")
    assert found["sheets.contact"] == ("+49 30 1234; ann@raum.example", "config")
    assert found["profile_dir"] == ("–", "default")


def test_for_an_album_its_manifest_comes_first(config, own, album):
    code, out, _ = config(album, "--config", own)
    assert code == PASSED
    found = rows(out)
    assert found["deliverables"] == ("streaming", "album.toml")
    assert found["intent.head_s"] == ("0", "album.toml")
    assert found["intent.gap_s"] == ("1.5", "config")
    assert found["sheets.contact"] == ("the label", "album.toml")
    assert found["sheets.client"] == ("The Label", "album.toml")
    assert found["sheets.studio"] == ("Raum 3", "config")
    assert found["sheets.notes"] == ("–", "default")


def test_one_json_document_says_the_same(config, own, album):
    code, out, _ = config(album, "--config", own, "--json")
    document = json.loads(out)
    assert (code, document["passed"]) == (PASSED, True)
    assert (document["config"], document["named_by"], document["is_there"]) == (str(own), "--config", True)
    assert document["keys"]["sheets.contact"] == {"value": ["the label"], "from": "album"}
    assert document["keys"]["intent.gap_s"] == {"value": 1.5, "from": "config"}
    assert document["keys"]["intent.eq_limit_db"] == {"value": 3.0, "from": "default"}
    assert document["keys"]["intent.mono_below_hz"] == {"value": None, "from": "default"}


def test_where_it_is_looked_for_is_said_whether_it_is_there_or_not(config, monkeypatch, tmp_path):
    monkeypatch.delenv("GLASSMASTER_CONFIG")
    monkeypatch.setattr(module, "user_config_path", lambda *_, **__: tmp_path)
    assert config("--path") == (PASSED, f"{tmp_path / 'config.toml'}\n", "")
    assert config()[1].splitlines()[0] == (
        f"config: {tmp_path / 'config.toml'} (where your system keeps settings; it is not there)"
    )
    (tmp_path / "config.toml").write_text("nonsense")
    assert config("--path") == (PASSED, f"{tmp_path / 'config.toml'}\n", "")
    _, out, _ = config("--path", "--json")
    assert json.loads(out) == {
        "passed": True, "config": str(tmp_path / "config.toml"), "named_by": "platform", "is_there": True
    }  # fmt: skip
    assert config()[0] == BAD_INPUT
    monkeypatch.setenv("GLASSMASTER_CONFIG", os.devnull)
    assert config()[1].splitlines()[0] == f"config: {os.devnull} (GLASSMASTER_CONFIG names it; none is wanted)"


def test_without_a_home_no_place_is_known(config, monkeypatch):
    monkeypatch.delenv("GLASSMASTER_CONFIG")
    monkeypatch.setattr(module, "user_config_path", lambda *_, **__: Path("~/.config"))
    code, out, _ = config()
    assert code == PASSED
    assert out.splitlines()[0] == "no config: there is no home, and none is named"
    code, _, err = config("--path")
    assert code == BAD_INPUT
    assert "name a file with --config" in err


def test_what_no_terminal_should_be_sent_is_shown(config, tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('[sheets]\nnotes = "\\u202e:fire:[red]"\n')
    _, out, _ = config("--config", path)
    assert r"\u202e:fire:[red]" in out


def test_what_is_no_album_is_refused(config, tmp_path):
    code, _, err = config(tmp_path)
    assert code == BAD_INPUT
    assert "holds no album.toml" in err
