"""Other texts for masters that stand: byte for byte what mastering anew gives, from the delivered files alone."""

import shutil
import tomllib

import pytest

from albums.faults import Refusal
from pipeline.deliverables.certificate import read_certificate
from pipeline.deliverables.verify import verify
from pipeline.mastering.job import Job
from pipeline.mastering.standing import tag as module
from pipeline.mastering.standing.tag import tag
from pipeline.mastering.steps import master
from pipeline.mastering.workers import ThreadWorkers
from tests.support.music import AlbumFolder, music
from tests.support.pictures import picture
from tests.support.sessions import contents

NAMES = ("cd-ddp", "streaming", "mp3-v0", "opus-128", "broadcast-wav", "vinyl-12in-33")


def edited(songs: AlbumFolder) -> None:
    songs.manifest["album"] |= {
        "title": "Zweite Auflage 夜",
        "label": "A Label",
        "producer": ["P", "Q"],
        "cover": "c.jpg",
    }
    songs.manifest["tracks"][0] |= {"title": "Renamed / Again", "version": "Live", "iswc": "T-034.524.680-1"}
    songs.manifest["tracks"][1] |= {"isrc": "QZGLM2699999", "explicit": "clean", "performers": ["Ann (violin)"]}
    (songs.folder / "c.jpg").write_bytes(picture())
    songs.write()


@pytest.fixture(scope="module")
def delivered(tmp_path_factory):
    """An album in a folder, its masters in another, and the masters of the same album with other texts."""
    folder = tmp_path_factory.mktemp("delivered")
    songs = AlbumFolder(folder / "album")
    songs.add(music(4.5, seed=1)).add(music(4.5, seed=2, level_db=-15.0), gap_s=0.5)
    assert master(Job(songs.folder, NAMES, folder / "masters"), ThreadWorkers()).passed
    other = AlbumFolder(folder / "other")
    other.add(music(4.5, seed=1)).add(music(4.5, seed=2, level_db=-15.0), gap_s=0.5)
    edited(other)
    assert master(Job(other.folder, NAMES, folder / "fresh"), ThreadWorkers()).passed
    return folder


@pytest.fixture
def own(delivered, tmp_path):
    """A copy of the album and its masters."""
    for name in ("album", "masters"):
        shutil.copytree(delivered / name, tmp_path / name)
    songs = AlbumFolder(tmp_path / "empty")
    songs.folder = tmp_path / "album"
    songs.manifest = tomllib.loads((songs.folder / "album.toml").read_text("utf-8"))
    return songs, tmp_path / "masters"


def test_it_gives_the_bytes_of_a_fresh_run(own, delivered, monkeypatch):
    songs, out = own
    edited(songs)
    monkeypatch.setattr("pipeline.deliverables.make.render", None)  # nothing is rendered
    certificate = tag(songs.folder, out)
    assert certificate.passed
    found, wanted = contents(out), contents(delivered / "fresh")
    for documents in (found, wanted):
        documents.pop("report.html")
    stood = {path for path in found if path.startswith("superseded/")}
    assert {path for path in wanted if wanted[path] != found.get(path)} == set()
    assert set(found) - stood == set(wanted)
    assert verify(out).passed


def test_the_recordings_need_not_be_there(own):
    songs, out = own
    edited(songs)
    shutil.rmtree(songs.folder / "mixes")
    assert tag(songs.folder, out).passed
    assert read_certificate(out).tracks[0].title == "Renamed / Again (Live)"
    assert "Renamed / Again" in (out / "report.html").read_text("utf-8")


def test_sound_that_was_edited_is_refused_by_name(own):
    songs, out = own
    edited(songs)
    songs.manifest["tracks"][1]["fade_out_s"] = 2.0
    songs.manifest["intent"]["level_match"] = 0.1
    songs.write()
    before = contents(out)
    with pytest.raises(Refusal) as refused:
        tag(songs.folder, out)
    told = [str(fault) for fault in refused.value.faults]
    assert [line.split(" ")[1] for line in told] == ["intent.level_match:", "tracks[2].fade_out_s:"]
    assert "is 2.0, and was 0.0 when this was mastered: that is no text; `glassmaster master` makes it" in told[1]
    assert contents(out) == before


def test_what_was_changed_by_hand_is_refused(own):
    songs, out = own
    edited(songs)
    with next(iter((out / "streaming").glob("*.flac"))).open("ab") as file:
        file.write(b"x")
    before = contents(out)
    with pytest.raises(Refusal, match="is no longer what was certified"):
        tag(songs.folder, out)
    assert contents(out) == before


def test_texts_that_cannot_be_written_are_refused_and_leave_all(own):
    songs, out = own
    (songs.folder / "c.jpg").write_bytes(b"no picture")
    songs.manifest["album"]["cover"] = "c.jpg"
    songs.write()
    before = contents(out)
    with pytest.raises(Refusal, match="is no JPEG or PNG"):
        tag(songs.folder, out)
    assert contents(out) == before


def test_masters_that_a_person_decides_on_are_left(own, monkeypatch):
    songs, out = own
    monkeypatch.setattr(module, "approval_state", lambda _: "approved")
    with pytest.raises(Refusal, match="a person decides on"):
        tag(songs.folder, out)


def test_another_number_of_tracks_is_refused(own):
    songs, out = own
    del songs.manifest["tracks"][1]
    songs.write()
    with pytest.raises(Refusal, match="has 1 tracks; what was delivered has 2"):
        tag(songs.folder, out)
