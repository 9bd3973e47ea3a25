"""A manifest written from a folder of mixes: loaded again, it is what tags and names say."""

import os
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import albums
import profiles
from albums.faults import Refusal
from pipeline.intake.new_manifest import BEGUN_WITH, NewManifest, manifest_for, write_manifest
from tests.support.sound_files import mix


def refused(folder: Path) -> str:
    with pytest.raises(Refusal) as refusal:
        write_manifest(folder)
    return str(refusal.value)


def test_a_folder_of_mixes_becomes_an_album(tmp_path: Path) -> None:
    folder = tmp_path / "Quiet_Rooms"
    mix(folder / "mixes" / "02_GB-XXX-26-00002_Second_Song_final_mix.wav")
    mix(folder / "mixes" / "01_gbxxx2600001_First_Song_mix_v2.wav")
    (folder / "Cover.jpg").write_bytes(b"")
    assert write_manifest(folder) == ()
    album = albums.load(folder)
    assert album.deliverables == BEGUN_WITH
    text = (folder / "album.toml").read_text("utf-8")
    assert set(BEGUN_WITH) < set(profiles.names())
    assert all(name in text for name in profiles.names())
    assert (album.release.title, album.release.artist) == ("Quiet_Rooms", "Unknown Artist")
    assert album.release.cover == "Cover.jpg"
    assert [(t.title, t.isrc) for t in album.tracks] == [
        ("First Song", "GBXXX2600001"),
        ("Second Song", "GBXXX2600002"),
    ]
    assert album.tracks[0].mix == "mixes/01_gbxxx2600001_First_Song_mix_v2.wav"
    assert album.intent == albums.Intent()
    assert 'artist = "Unknown Artist" # fill this in' in (folder / "album.toml").read_text("utf-8")


def test_tags_come_before_names(tmp_path: Path) -> None:
    about = {"album": "Zimmer", "artist": "Die Gruppe", "date": "2026-11-27", "genre": "Jazz", "label": "Haus"}
    codes = {"barcode": "036000291452", "copyright": "2026 Haus", "catalognumber": "GM-001"}
    mix(tmp_path / "01 b.flac", title="Größe", tracknumber="2/2", isrc="GB-XXX-26-00002", **about, **codes)
    mix(tmp_path / "02 a.flac", title="Anfang", tracknumber="1/2", isrc="GBXXX2600001", **about, **codes)
    write_manifest(tmp_path)
    album = albums.load(tmp_path)
    release = album.release.model_dump(exclude_defaults=True)
    assert {key: str(value) for key, value in release.items()} == {
        "title": "Zimmer",
        "artist": "Die Gruppe",
        "upc": "036000291452",
        "catalogue_number": "GM-001",
        "label": "Haus",
        "release_date": "2026-11-27",
        "genre": "('Jazz',)",
        "copyright": "2026 Haus",
    }
    assert [(t.title, t.isrc) for t in album.tracks] == [("Anfang", "GBXXX2600001"), ("Größe", "GBXXX2600002")]


def test_tags_that_differ_are_not_the_albums(tmp_path: Path) -> None:
    mix(tmp_path / "1.flac", artist="One", albumartist="Both", album="Here", genre="Jazz")
    mix(tmp_path / "2.flac", artist="Two", albumartist="Both", album="There")
    write_manifest(tmp_path)
    album = albums.load(tmp_path)
    assert (album.release.title, album.release.artist, album.release.genre) == (tmp_path.name, "Both", ())
    assert [track.artist for track in album.tracks] == ["One", "Two"]


def test_an_artist_of_all_tracks_under_another_album_artist_is_kept(tmp_path: Path) -> None:
    mix(tmp_path / "1.flac", artist="One", albumartist="Various")
    assert tomllib.loads(manifest_for(tmp_path).text)["tracks"][0]["artist"] == "One"


def test_names_that_are_only_numbers(tmp_path: Path) -> None:
    for name in ("07.wav", "09.wav"):
        mix(tmp_path / name)
    tracks = tomllib.loads(manifest_for(tmp_path).text)["tracks"]
    assert [(track["mix"], track["title"]) for track in tracks] == [("07.wav", "Track 1"), ("09.wav", "Track 2")]


def test_codes_that_are_wrong_are_left_out_and_told(tmp_path: Path) -> None:
    wrong = {"barcode": "036000291453", "date": "2026"}
    mix(tmp_path / "1.flac", isrc="GBAYE68000", **wrong)
    mix(tmp_path / "2.flac", isrc="GBXXX2600001", **wrong)
    mix(tmp_path / "3_GBXXX2600001.flac", **wrong)
    write_manifest(tmp_path)
    text = (tmp_path / "album.toml").read_text("utf-8")
    album = albums.load(tmp_path)
    assert [track.isrc for track in album.tracks] == ["", "GBXXX2600001", ""]
    assert (album.release.upc, album.release.release_date) == ("", None)
    assert "# isrc is left out: 'GBAYE68000' has 10 characters, expected 12" in text
    assert "# isrc is left out: GBXXX2600001 is an earlier track's" in text
    assert "ends in check digit 3, expected 2" in text
    assert "# release_date is left out" in text


def test_an_isrc_of_the_name_stands_in_for_a_broken_one_of_the_tags(tmp_path: Path) -> None:
    mix(tmp_path / "1_GBXXX2600001.flac", isrc="nonsense")
    assert tomllib.loads(manifest_for(tmp_path).text)["tracks"][0]["isrc"] == "GBXXX2600001"


@pytest.mark.parametrize("seed", range(40))
def test_broken_tags_do_no_harm(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    path = mix(tmp_path / "1.flac", title="Love", artist="x" * 50, tracknumber="1", isrc="GBXXX2600001")
    data = bytearray(path.read_bytes())
    for place in rng.integers(4, len(data), 6):
        data[place] = rng.integers(256)
    path.write_bytes(data)
    write_manifest(tmp_path)
    assert len(albums.load(tmp_path).tracks) == 1


def test_hostile_tags_are_cleaned(tmp_path: Path) -> None:
    mix(
        tmp_path / "1.flac",
        title='A\x1b[31m\n"""\r\u202eB\u2028C\\',
        artist="long " * 1000,
        isrc="\x07",
        date="2026-99-99",
        album="\ufeff\u200b",
    )
    write_manifest(tmp_path)
    album = albums.load(tmp_path)
    assert album.tracks[0].title == 'A [31m """ B C\\'
    assert len(album.release.artist) == 499
    assert album.release.title == tmp_path.name


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=4, unique=True))
def test_any_names_give_a_manifest_that_loads(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    folder = tmp_path_factory.mktemp("album")
    for name in names:
        try:
            (folder / f"x{name}.wav").write_bytes(b"")
        except (OSError, ValueError):  # the file system itself takes no such name
            (folder / "y.wav").write_bytes(b"")
    try:
        write_manifest(folder)
    except Refusal as refusal:
        told = [str(fault).endswith("rename it") for fault in refusal.faults]
        assert all(told)
    else:
        assert {(folder / t.mix).name for t in albums.load(folder).tracks} == {p.name for p in folder.glob("*.wav")}


def test_a_folder_that_is_refused_gets_no_manifest(tmp_path: Path) -> None:
    assert "holds no sound file that can be mastered" in refused(tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    mix(tmp_path / "1.wav")
    (tmp_path / "album.toml").write_text("mine")
    assert "is there already" in refused(tmp_path)
    assert (tmp_path / "album.toml").read_text() == "mine"
    (tmp_path / "album.toml").unlink()
    (tmp_path / "album.toml").symlink_to("nowhere")
    assert "is there already" in refused(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.wav", "album.toml"]


def test_a_manifest_that_appears_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(folder: Path, *_: object) -> NewManifest:
        (folder / "album.toml").write_text("mine")
        return NewManifest("ours", ())

    monkeypatch.setattr("pipeline.intake.new_manifest.manifest_for", meanwhile)
    assert "is there already" in refused(tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("album.toml", "mine")]


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted", str(target), None, str(self))

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    mix(tmp_path / "1.wav")
    write_manifest(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.wav", "album.toml"]


def test_what_most_files_say_is_the_album_s_and_who_says_otherwise_is_named(tmp_path: Path) -> None:
    for number in range(1, 6):
        odd = number == 3
        mix(
            tmp_path / f"{number}.flac",
            album="Zimmer " if odd else "Zimmer",
            albumartist="Die Grupe" if odd else "Die Gruppe",
            genre="Pop" if odd else "Jazz",
            label="Haus" if number < 3 else "",
            barcode="36000291452" if odd else "0 36000 29145 2",
        )
    mix(tmp_path / "6.wav")
    write_manifest(tmp_path)
    album, text = albums.load(tmp_path), (tmp_path / "album.toml").read_text("utf-8")
    release = album.release
    assert (release.title, release.artist, release.genre) == ("Zimmer", "Die Gruppe", ("Jazz",))
    assert (release.upc, release.label) == ("036000291452", "")
    assert "# artist: as most files have it, but '3.flac' says 'Die Grupe'\n" in text
    assert "# genre: as most files have it, but '3.flac' says 'Pop'\n" in text
    assert "# label: the tags do not agree: 'Haus' (2 of 6)\n" in text


def test_tags_that_no_majority_shares_are_told(tmp_path: Path) -> None:
    mix(tmp_path / "1.flac", album="Here", artist="One")
    mix(tmp_path / "2.flac", album="There", artist="Two")
    text = manifest_for(tmp_path).text
    assert "# title: the tags do not agree: 'Here' (1 of 2), 'There' (1 of 2)\n" in text
    assert "# artist: the tags do not agree: 'One' (1 of 2), 'Two' (1 of 2)\n" in text
    assert 'artist = "Unknown Artist" # fill this in' in text


def test_a_tag_of_ten_megabytes_is_cut_and_nothing_is_lost(tmp_path: Path) -> None:
    mix(tmp_path / "1.flac", title="\x1b]0;" + "long " * 2_000_000, artist='"""\\\n[[tracks]]', isrc="x" * 10**6)
    write_manifest(tmp_path)
    (track,) = albums.load(tmp_path).tracks
    assert track.title.startswith("]0;long long")
    assert len(track.title) <= albums.LONGEST_TEXT
    assert track.artist == '"""\\ [[tracks]]'


def test_a_file_beside_it_is_never_taken_for_its_own(tmp_path: Path) -> None:
    mix(tmp_path / "1.wav")
    (tmp_path / f".album.toml.{os.getpid()}").write_text("mine")
    write_manifest(tmp_path)
    assert (tmp_path / f".album.toml.{os.getpid()}").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 3


def test_without_links_nothing_is_overwritten_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(self: Path, target: Path) -> None:
        self.write_text("mine")
        raise PermissionError(1, "Operation not permitted", str(target), None, str(self))

    monkeypatch.setattr(Path, "hardlink_to", meanwhile)
    mix(tmp_path / "1.wav")
    assert "is there already" in refused(tmp_path)
    assert (tmp_path / "album.toml").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2
