"""`glassmaster tag`: where masters and album are looked for, what is printed, and what is refused."""

import json
import shutil
from functools import partial

import pytest

from pipeline.cli import app
from pipeline.cli.options import BAD_INPUT, PASSED
from tests.support.music import AlbumFolder, music


@pytest.fixture
def run(glassmaster):
    return partial(glassmaster, "tag")


@pytest.fixture(scope="module")
def mastered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mastered") / "album"
    songs = AlbumFolder(folder)
    songs.add(music(4.5, seed=1))
    assert app.run(["master", str(folder), "-p", "streaming", "--quiet"]) == PASSED
    return songs


@pytest.fixture
def album(mastered, tmp_path):
    """A copy of the album with its masters, whose title was edited since."""
    shutil.copytree(mastered.folder, tmp_path / "album")
    manifest = tmp_path / "album" / "album.toml"
    manifest.write_text(manifest.read_text("utf-8").replace('title = "Song 1"', 'title = "Lied 1"'), "utf-8")
    return tmp_path / "album"


@pytest.mark.parametrize("of", ["album", "masters"])
def test_the_album_or_its_masters_may_be_named(run, album, of):
    code, out, _ = run(album if of == "album" else album / "masters")
    assert code == PASSED
    assert "Lied 1" in out
    assert [path.name for path in (album / "masters" / "streaming").glob("*.flac")] == ["01 Lied 1.flac"]


def test_masters_elsewhere_want_the_album_named(run, album, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    shutil.move(album / "masters", elsewhere)
    code, _, err = run(elsewhere)
    assert code == BAD_INPUT
    assert "name the one with album.toml by --album ALBUM" in err
    code, out, _ = run(elsewhere, "--album", album, "--json")
    assert code == PASSED
    assert json.loads(out)["tracks"][0]["title"] == "Lied 1"


def test_an_album_without_masters_is_told_so(run, album):
    shutil.rmtree(album / "masters")
    code, out, err = run(album)
    assert (code, out) == (BAD_INPUT, "")
    assert "masters: is not there" in err


def test_other_sound_is_refused(run, album):
    manifest = album / "album.toml"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace('title = "Lied 1"', 'title = "Lied 1"\nfade_out_s = 1.0'), "utf-8")
    code, _, err = run(album)
    assert code == BAD_INPUT
    assert "tracks[1].fade_out_s: is 1.0, and was 0.0 when this was mastered" in " ".join(err.split())
