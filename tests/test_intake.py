"""A manifest written from a folder of mixes: loaded again, it is what tags and names say."""

import os
import tomllib
from pathlib import Path
from typing import Any

import mutagen.aiff
import mutagen.flac
import mutagen.id3
import mutagen.wave
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

import albums
import profiles
from albums.faults import Refusal
from pipeline.intake import manifest_for, write_manifest

FLAC: Any = mutagen.flac.FLAC  # untyped in mutagen
ID3: Any = mutagen.id3
SILENCE = np.zeros((16, 2))
KINDS = ("wav", "wave", "aif", "aiff", "aifc", "flac", "rf64", "w64", "caf", "WAV", "Flac")
FORMATS = {".flac": "FLAC", ".aiff": "AIFF", ".rf64": "RF64", ".w64": "W64", ".caf": "CAF"}


def mix(path: Path, **tags: str) -> Path:
    """A sound file at `path`; `tags` are Vorbis comments, so it is a FLAC if there are any."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, SILENCE, 48000, "PCM_24", format=FORMATS.get(path.suffix.lower(), "WAV"))
    if tags:
        file = FLAC(path)
        for key, text in tags.items():
            file[key] = text
        file.save()
    return path


def titles(folder: Path, *names: str) -> list[str]:
    for name in names:
        mix(folder / name)
    return [track["title"] for track in tomllib.loads(manifest_for(folder))["tracks"]]


def mixes(folder: Path) -> list[str]:
    return [track["mix"] for track in tomllib.loads(manifest_for(folder))["tracks"]]


def refused(folder: Path) -> str:
    with pytest.raises(Refusal) as refusal:
        write_manifest(folder)
    return str(refusal.value)


def test_a_folder_of_mixes_becomes_an_album(tmp_path: Path) -> None:
    folder = tmp_path / "Quiet_Rooms"
    mix(folder / "mixes" / "02_GB-XXX-26-00002_Second_Song_final_mix.wav")
    mix(folder / "mixes" / "01_gbxxx2600001_First_Song_mix_v2.wav")
    assert write_manifest(folder) == folder / "album.toml"
    album = albums.load(folder)
    assert album.deliverables == profiles.names()
    assert (album.release.title, album.release.artist) == ("Quiet_Rooms", "Unknown Artist")
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
        "genre": "Jazz",
        "copyright": "2026 Haus",
    }
    assert [(t.title, t.isrc) for t in album.tracks] == [("Anfang", "GBXXX2600001"), ("Größe", "GBXXX2600002")]


def test_tags_that_differ_are_not_the_albums(tmp_path: Path) -> None:
    mix(tmp_path / "1.flac", artist="One", albumartist="Both", album="Here", genre="Jazz")
    mix(tmp_path / "2.flac", artist="Two", albumartist="Both", album="There")
    write_manifest(tmp_path)
    album = albums.load(tmp_path)
    assert (album.release.title, album.release.artist, album.release.genre) == (tmp_path.name, "Both", "")
    assert [track.artist for track in album.tracks] == ["One", "Two"]


def test_an_artist_of_all_tracks_under_another_album_artist_is_kept(tmp_path: Path) -> None:
    mix(tmp_path / "1.flac", artist="One", albumartist="Various")
    assert tomllib.loads(manifest_for(tmp_path))["tracks"][0]["artist"] == "One"


@pytest.mark.parametrize(("suffix", "kind"), [(".wav", mutagen.wave.WAVE), (".aiff", mutagen.aiff.AIFF)])
def test_id3_in_wav_and_aiff(tmp_path: Path, suffix: str, kind: Any) -> None:
    file = kind(mix(tmp_path / f"x{suffix}"))
    file.add_tags()
    file.tags.add(ID3.TIT2(encoding=3, text=["Réveil"]))
    file.tags.add(ID3.TSRC(encoding=3, text=["GBXXX2600001"]))
    file.tags.add(ID3.TCON(encoding=3, text=["8"]))
    file.tags.add(ID3.TXXX(encoding=3, desc="BARCODE", text=["036000291452"]))
    file.save()
    found = tomllib.loads(manifest_for(tmp_path))
    assert (found["tracks"][0]["title"], found["tracks"][0]["isrc"]) == ("Réveil", "GBXXX2600001")
    assert (found["album"]["genre"], found["album"]["upc"]) == ("Jazz", "036000291452")


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "RF64", "CAF"])
def test_titles_inside_the_container(tmp_path: Path, kind: str) -> None:
    with soundfile.SoundFile(tmp_path / "x.wav", "w", 48000, 2, "PCM_24", format=kind) as file:
        file.title = "Réveil"
        file.write(SILENCE)
    assert titles(tmp_path) == ["Réveil"]


def test_every_kind_of_file_is_found_and_nothing_else(tmp_path: Path) -> None:
    wanted = [f"{n}.{kind}" for n, kind in enumerate(KINDS)]
    for name in wanted:
        mix(tmp_path / name)
    for name in (".wav", "._0.wav", ".hidden/9.wav", "masters/9.wav", "Masters/9.flac", "a.mp3", "a.txt", "wav"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "folder.wav").mkdir()
    assert mixes(tmp_path) == wanted


def test_links_that_leave_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside, inside = mix(tmp_path / "outside" / "x.wav"), tmp_path / "inside"
    mix(inside / ".store" / "abc.wav")
    mix(inside / "2.wav")
    for name, target in {
        "away.wav": outside,
        "away": outside.parent,
        "1.wav": Path(".store/abc.wav"),
        "again.wav": Path("2.wav"),
        "circle.wav": Path("circle.wav"),
        "nowhere.wav": Path("nothing.wav"),
    }.items():
        (inside / name).symlink_to(target)
    assert mixes(inside) == ["1.wav", "2.wav"]


@pytest.mark.parametrize(
    "names",
    [
        ["1 b.wav", "2 a.wav", "10 c.wav"],
        ["01 - b.wav", "mixes/02 - a.wav", "03 - c.wav"],
        ["CD 1/01 b.wav", "CD 1/02 a.wav", "CD 2/01 c.wav"],
        ["1-01 b.wav", "1-10 a.wav", "2-01 c.wav"],
        ["a 2.wav", "a 10.wav", "b 1.wav"],
    ],
)
def test_order_by_names(tmp_path: Path, names: list[str]) -> None:
    for name in reversed(names):
        mix(tmp_path / name)
    assert mixes(tmp_path) == names


def test_order_by_disc_and_track_of_the_tags(tmp_path: Path) -> None:
    for name, disc, track in (("a", "2", "1"), ("b", "1", "10"), ("c", "1", "2")):
        mix(tmp_path / f"{name}.flac", discnumber=disc, tracknumber=track)
    assert mixes(tmp_path) == ["c.flac", "b.flac", "a.flac"]


@pytest.mark.parametrize("second", ["1", "", "none", "9" * 5000])
def test_tags_that_give_no_order_leave_it_to_the_names(tmp_path: Path, second: str) -> None:
    mix(tmp_path / "2 a.flac", tracknumber="1")
    mix(tmp_path / "1 b.flac", tracknumber=second)
    assert mixes(tmp_path) == ["1 b.flac", "2 a.flac"]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("In_the_Mix", "In the Mix"),
        ("The Final", "The Final"),
        ("Master of Puppets", "Master of Puppets"),
        ("Love_final_mix", "Love"),
        ("Love - master", "Love"),
        ("Love (Final Mix) [24-96]", "Love"),
        ("Love (Extended Mix)", "Love (Extended Mix)"),
        ("Love_v12", "Love"),
        ("Love 24bit 96kHz", "Love"),
        ("Love_24_96", "Love"),
        ("Love_mix3", "Love"),
        ("Love-unmastered", "Love"),
        ("Love ()", "Love"),
        ("Final Mix", "Final Mix"),
        ("v2", "v2"),
        ("1979", "1979"),
        ("3am", "3am"),
        ("Re\u0301veil", "Réveil"),
        ("Love [GB-XXX-26-00009]", "Love"),
        ("  Love  __ me  ", "Love me"),
    ],
)
def test_titles_from_names(tmp_path: Path, name: str, title: str) -> None:
    assert titles(tmp_path, f"{name}.wav", "Other.wav") == sorted([title, "Other"], key=str.casefold)


def test_a_sign_that_all_names_end_in_is_no_title(tmp_path: Path) -> None:
    assert titles(tmp_path, "In_the_rain_mix.wav", "Love_mix.wav", "Zoo_v2.wav") == ["In the rain", "Love", "Zoo"]


def test_a_number_that_not_all_names_have_may_be_a_title(tmp_path: Path) -> None:
    assert titles(tmp_path, "99 Luftballons.wav", "Nena.wav") == ["99 Luftballons", "Nena"]


def test_a_number_in_a_title_is_no_second_track_number(tmp_path: Path) -> None:
    assert titles(tmp_path, "01 50 Ways.wav", "02 99 Luftballons.wav") == ["50 Ways", "99 Luftballons"]


def test_names_that_are_only_numbers(tmp_path: Path) -> None:
    assert titles(tmp_path, "07.wav", "09.wav") == ["Track 1", "Track 2"]


def test_codes_that_are_wrong_are_left_out_and_told(tmp_path: Path) -> None:
    wrong = {"barcode": "036000291453", "date": "2026"}
    mix(tmp_path / "1.flac", isrc="GBAYE68000", **wrong)
    mix(tmp_path / "2.flac", isrc="GBXXX2600001", **wrong)
    mix(tmp_path / "3_GBXXX2600001.flac", **wrong)
    text = write_manifest(tmp_path).read_text("utf-8")
    album = albums.load(tmp_path)
    assert [track.isrc for track in album.tracks] == ["", "GBXXX2600001", ""]
    assert (album.release.upc, album.release.release_date) == ("", None)
    assert "# isrc is left out: 'GBAYE68000' has 10 characters, expected 12" in text
    assert "# isrc is left out: GBXXX2600001 is an earlier track's" in text
    assert "ends in check digit 3, expected 2" in text
    assert "# release_date is left out" in text


def test_an_isrc_of_the_name_stands_in_for_a_broken_one_of_the_tags(tmp_path: Path) -> None:
    mix(tmp_path / "1_GBXXX2600001.flac", isrc="nonsense")
    assert tomllib.loads(manifest_for(tmp_path))["tracks"][0]["isrc"] == "GBXXX2600001"


@pytest.mark.parametrize("name", ["cover.png", "Cover.JPG", "folder.jpg"])
def test_a_cover_is_found(tmp_path: Path, name: str) -> None:
    mix(tmp_path / "1.wav")
    (tmp_path / name).write_bytes(b"")
    write_manifest(tmp_path)
    assert albums.load(tmp_path).release.cover == name


def test_what_cannot_be_read_as_sound_still_has_a_name(tmp_path: Path) -> None:
    (tmp_path / "Rain.wav").write_text("no sound")
    (tmp_path / "Sun.flac").write_bytes(b"fLaC" + bytes(40))
    assert titles(tmp_path) == ["Rain", "Sun"]


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


def test_a_name_that_no_manifest_can_hold_is_refused(tmp_path: Path) -> None:
    mix(tmp_path / "fine.wav")
    for name in (b"line\nbreak.wav", b"latin\xe9.wav"):
        (tmp_path / os.fsdecode(name)).write_bytes(b"")
    message = refused(tmp_path)
    assert "line\\nbreak.wav" in message
    assert "latin\\udce9.wav" in message
    assert message.count("rename it") == 2
    assert not (tmp_path / "album.toml").exists()


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
    def meanwhile(folder: Path) -> str:
        (folder / "album.toml").write_text("mine")
        return "ours"

    monkeypatch.setattr("pipeline.intake.manifest_for", meanwhile)
    assert "is there already" in refused(tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("album.toml", "mine")]


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted", str(target), None, str(self))

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    mix(tmp_path / "1.wav")
    write_manifest(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.wav", "album.toml"]


def test_a_folder_without_mixes(tmp_path: Path) -> None:
    assert "holds 0 sound files" in refused(tmp_path)
    assert "No such file" in refused(tmp_path / "nowhere")
    (tmp_path / "file").write_bytes(b"")
    assert "Not a directory" in refused(tmp_path / "file")
    for number in range(1000):
        (tmp_path / f"{number}.wav").write_bytes(b"")
    assert "holds 1000 sound files" in refused(tmp_path)
