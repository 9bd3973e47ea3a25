"""What stands where a folder was asked for is taken for what is meant, or refused with the line to type next."""

import shutil
from pathlib import Path

import pytest
import soundfile

from albums.faults import Refusal
from pipeline.cli import app
from pipeline.cli.naming import album_folder, delivered_folder, fileset_folder
from pipeline.cli.options import BAD_INPUT, PASSED
from tests.support.music import music, three_songs


@pytest.fixture
def typed(capsys):
    """What is said of words that are no good, in one line."""

    def run(*words):
        assert app.run([*map(str, words)]) == BAD_INPUT
        *_, line = capsys.readouterr().err.splitlines()
        assert line.startswith("refusal ")
        return line

    return run


def mixes(folder: Path, count: int = 2) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        soundfile.write(folder / f"{number}.wav", music(1.0), 48000)
    return folder


@pytest.mark.parametrize("command", ["check", "plan"])
def test_the_manifest_stands_for_its_album(capsys, tmp_path, command):
    songs = three_songs(tmp_path / "album")
    assert app.run([command, str(songs.folder / "album.toml"), "-q"]) == PASSED
    assert str(songs.folder / "plans") in capsys.readouterr().out or command == "check"
    assert album_folder(Path(songs.folder)) == songs.folder


@pytest.mark.parametrize("command", ["check", "plan", "master"])
def test_a_folder_of_mixes_gets_the_line_to_type_next(typed, tmp_path, command):
    folder = mixes(tmp_path / "my mixes")
    assert typed(command, folder).endswith(f"holds 2 sound files and no album.toml; next: `glassmaster new '{folder}'`")
    for name in ("0.wav", "1.wav"):
        (folder / name).unlink()
    assert "no album.toml and no sound files; put the finished mixes there" in typed(command, folder)
    assert "is not there; `glassmaster new FOLDER`" in typed(command, tmp_path / "nowhere")


@pytest.mark.parametrize("command", ["check", "plan", "master", "new"])
def test_a_single_mix_gets_the_line_to_type_next(typed, tmp_path, command):
    folder = mixes(tmp_path / "mixes")
    assert f"`glassmaster new {folder}`" in typed(command, folder / "0.wav")


def test_a_mix_of_an_album_leads_to_the_album(typed, tmp_path):
    songs = three_songs(tmp_path / "album")
    (songs.folder / "stray.wav").touch()
    assert f"`glassmaster check {songs.folder}`" in typed("check", songs.folder / "stray.wav")
    assert f"`glassmaster check {songs.folder}`" in typed("check", songs.folder / "mixes")
    assert f"`glassmaster check {songs.folder}`" in typed("check", tmp_path)
    (songs.folder / "notes.txt").touch()
    assert "is a file, and an album is a folder" in typed("check", songs.folder / "notes.txt")


def test_of_many_albums_a_few_are_named(typed, tmp_path):
    for number in range(8):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "album.toml").touch()
    line = typed("master", tmp_path)
    assert f"`glassmaster check {tmp_path / '4'}`, and 3 more" in line
    assert str(tmp_path / "5") not in line


def test_a_deliverable_leads_to_the_folder_that_is_certified(finished, typed, tmp_path):
    out = tmp_path / "album" / "masters"
    shutil.copytree(finished, out, ignore=shutil.ignore_patterns("cd-*", "vinyl-*"))
    line = typed("services", out / "streaming")
    assert f"one deliverable of several; they are certified together; next: `glassmaster services {out}`" in line
    assert delivered_folder(out / "streaming") == out / "streaming", "which is verified by its own certificate"
    (out / "streaming" / "certificate.json").unlink()
    line = typed("verify", out / "streaming")
    assert f"one deliverable of several; they are certified together; next: `glassmaster verify {out}`" in line
    assert "nothing was finished" not in line
    assert f"next: `glassmaster verify {out}`" in typed("verify", tmp_path / "album")
    assert f"next: `glassmaster verify {out}`" in typed("verify", tmp_path)
    assert delivered_folder(out / "certificate.json") == out
    assert delivered_folder(out) == out


def test_where_nothing_is_verified_what_is_missing_is_named(typed, tmp_path):
    songs = three_songs(tmp_path / "album")
    assert f"has no masters yet, in masters; next: `glassmaster master {songs.folder}`" in typed("verify", songs.folder)
    assert "is not there" in typed("verify", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "holds no certificate.json" in typed("verify", tmp_path / "empty")


def test_looking_about_ends_in_a_deep_or_a_wide_tree(tmp_path):
    deep = tmp_path / "/".join("x" * 1 for _ in range(60))
    deep.mkdir(parents=True)
    (deep / "DDPID").touch()
    with pytest.raises(Refusal, match="neither DDPID nor DDPMS"):
        fileset_folder(tmp_path)


def test_profiles_of_the_album_and_of_the_folder_given_are_named_too(typed, tmp_path):
    songs = three_songs(tmp_path / "album")
    songs.manifest["deliverables"] = []
    songs.write()
    for place, name in ((songs.folder / "profiles", "own"), (tmp_path / "more", "shared")):
        place.mkdir(exist_ok=True)
        shutil.copy(Path(__file__).parents[2] / "profiles" / "streaming.toml", place / f"{name}.toml")
    line = typed("plan", songs.folder, "--profile-dir", tmp_path / "more")
    assert "names no profile" in line
    assert "own" in line
    assert "shared" in line
    for command in (["profiles"], ["profiles", "streaming"], ["plan", songs.folder], ["master", songs.folder]):
        assert "--profile-dir wants one that holds profiles" in typed(*command, "--profile-dir", tmp_path / "none")
