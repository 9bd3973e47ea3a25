"""A config is read by every command before anything else is done, and is what the command works with."""

import json

import pytest

from pipeline.cli import app
from pipeline.cli.options import BAD_INPUT, PASSED
from tests.support.music import AlbumFolder, music

EVERY = (
    *(["check", "x"], ["plan", "x"], ["master", "x"], ["verify", "x"], ["batch", "x"], ["serve", "x"], ["new", "x"]),
    *(
        ["approve", "x", "--by", "A"],
        ["deliver", "x", "--to", "y"],
        ["services", "x"],
        ["tag", "x"],
        ["profiles"],
        ["config"],
        ["schema", "plan"],
    ),
    *(["ddp", "show", "x"], ["ddp", "extract", "x", "--out", "y"], ["cache", "show"], ["cache", "clear"]),
)


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text('[sheets]\ncontact = ""\nclient = 3\n')
    return path


def commands(of):
    names = {command.name or command.callback.__name__ for command in of.registered_commands}
    return names | {f"{group.name} {name}" for group in of.registered_groups for name in commands(group.typer_instance)}


def test_no_command_is_left_out_here():
    mentioned = {" ".join(words[: 2 if words[0] in ("ddp", "cache") else 1]) for words in EVERY}
    assert mentioned == commands(app.app)


@pytest.mark.parametrize("how", ["--config", "GLASSMASTER_CONFIG"])
@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_a_config_with_faults_is_refused_by_every_command_before_anything_else(
    glassmaster, broken, tmp_path, monkeypatch, words, how
):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    if how == "--config":
        words = [*words, "--config", str(broken)]
    else:
        monkeypatch.setenv("GLASSMASTER_CONFIG", str(broken))
    code, out, err = glassmaster(*words)
    assert (code, out) == (BAD_INPUT, "")
    assert err.splitlines() == [
        f"refusal {broken}: sheets.client: found 3: should be an array",
        f"refusal {broken}: sheets.contact: is empty; leave the key out or write a text",
    ]
    assert sorted(tmp_path.iterdir()) == before


def test_a_config_that_is_named_and_not_there_is_an_error(glassmaster, tmp_path):
    code, out, _ = glassmaster("config", "--config", tmp_path / "none.toml", "--json")
    document = json.loads(out)
    assert code == BAD_INPUT
    assert document["faults"][0]["words"] == "is not there; --config names it as your config"


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"], ["--version"], ["config", "--path"]], ids=" ".join)
def test_what_reads_no_config_works_beside_a_broken_one(glassmaster, broken, monkeypatch, words):
    monkeypatch.setenv("GLASSMASTER_CONFIG", str(broken))
    assert glassmaster(*words)[0] == PASSED


def test_profiles_of_ones_own_are_known(glassmaster, tmp_path):
    _, shipped, _ = glassmaster("profiles", "streaming")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "own.toml").write_text(shipped)
    (tmp_path / "c.toml").write_text('profile_dir = "mine"')
    assert glassmaster("profiles", "own")[0] == BAD_INPUT
    code, out, _ = glassmaster("profiles", "own", "--config", tmp_path / "c.toml")
    assert (code, out) == (PASSED, shipped)


def test_an_album_is_checked_and_planned_with_what_the_config_says(glassmaster, tmp_path):
    songs = AlbumFolder(tmp_path / "album")
    songs.add(music(5.0)).add(music(5.0, seed=2))
    del songs.manifest["deliverables"]
    songs.write()
    (tmp_path / "c.toml").write_text('deliverables = ["cd-wav"]\n[intent]\ngap_s = 3.0\n')

    def pause_s(*words):
        """Between the two songs, as they are planned."""
        _, out, _ = glassmaster("plan", songs.folder, "--json", *words)
        (plan,) = json.loads(out)["plans"].values()
        assert plan["profile"]["name"] == "cd-wav"
        _, second = plan["programmes"][0]["marks"]
        return (second["cd_frame"] - second["pause_cd_frame"]) / 75

    assert pause_s("--config", tmp_path / "c.toml") == pause_s("-p", "cd-wav") + 1.0
    code, _, err = glassmaster("plan", songs.folder)
    assert code == BAD_INPUT
    assert "names no profile" in err
    (tmp_path / "c.toml").write_text('deliverables = ["own"]\n')
    code, out, _ = glassmaster("check", songs.folder, "--json", "--config", tmp_path / "c.toml")
    assert code == BAD_INPUT
    assert "there is no profile 'own'" in json.loads(out)["faults"][0]["words"]
