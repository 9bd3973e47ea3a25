"""Files of sound that a manifest leaves out: each is named with the reason, to the reader and in the manifest."""

import os
import tomllib
from pathlib import Path

import pytest

import albums
from albums.faults import Fault, Refusal
from pipeline.intake.left_out import ARCHIVE, LOSSY, SESSION, UNREAD
from pipeline.intake.mix_folder import look_into
from pipeline.intake.new_manifest import write_manifest
from tests.support.sound_files import mix


def left_out(folder: Path) -> dict[str, str]:
    return {fault.where: fault.words for fault in look_into(folder).left_out}


def put(folder: Path, *names: str, data: bytes = b"") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def test_other_kinds_of_sound_are_named_with_the_reason(tmp_path: Path) -> None:
    mix(tmp_path / "01.wav")
    put(tmp_path, "02.mp3", "x/03.M4A", "04.ogg", "05.wma", "06.opus", "07.wv", "08.dsf", "set.als", "all.zip")
    put(tmp_path, "text.txt", "cover.png", "album.pdf", "notes.toml")
    assert left_out(tmp_path) == {
        "'02.mp3'": LOSSY,
        "'x/03.M4A'": UNREAD,
        "'04.ogg'": LOSSY,
        "'05.wma'": LOSSY,
        "'06.opus'": LOSSY,
        "'07.wv'": UNREAD,
        "'08.dsf'": UNREAD,
        "'set.als'": SESSION,
        "'all.zip'": ARCHIVE,
    }


def test_sound_under_another_name_is_found_out(tmp_path: Path) -> None:
    wave = mix(tmp_path / "01.wav").read_bytes()
    put(tmp_path, "02", "03.wav.bak", data=wave)
    put(tmp_path, "04.txt", data=b"ID3\x04 rest")
    put(tmp_path, "05.bin", data=b"RIFF\x00\x00\x00\x00AVI LIST")
    put(tmp_path, "06.txt", data=b"a text")
    os.mkfifo(tmp_path / "07")
    why = "holds sound, but its name does not say of which kind; give it a suffix"
    assert left_out(tmp_path) == {"'02'": why, "'03.wav.bak'": why, "'04.txt'": why}


def test_links_and_what_is_no_file(tmp_path: Path) -> None:
    folder, outside = tmp_path / "album", mix(tmp_path / "outside.wav")
    mix(folder / "1.wav")
    for name, target in {
        "away.wav": str(outside),
        "again.wav": "1.wav",
        "nothing.wav": "none",
        "circle.wav": "circle.wav",
    }.items():
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "pipe.wav")
    assert left_out(folder) == {
        "'away.wav'": "is a link that leads out of the folder; copy the file in",
        "'again.wav'": "is a link to '1.wav', which is taken",
        "'nothing.wav'": "is a link to nothing",
        "'circle.wav'": "is no file that can be read",
        "'pipe.wav'": "is no file that can be read",
    }


def test_folders_that_are_not_entered(tmp_path: Path) -> None:
    for name in ("1.wav", "Masters/1.wav", "Masters/cd/2.wav", ".old/3.wav", "Song.logicx/Media/take.wav", ".4.wav"):
        mix(tmp_path / name)
    put(tmp_path, "._1.wav", ".git/config")
    assert left_out(tmp_path) == {
        "'Masters'": "is where masters go; 2 files of sound there left out",
        "'.old'": "is hidden; 1 file of sound there left out",
        "'.4.wav'": "is hidden; 1 file of sound there left out",
        "'Song.logicx'": SESSION,
    }


def test_a_folder_of_nothing_else_says_what_it_holds(tmp_path: Path) -> None:
    put(tmp_path, "1.mp3", "2.mp3")
    with pytest.raises(Refusal) as refusal:
        write_manifest(tmp_path)
    first, *others = refusal.value.faults
    assert first.where == str(tmp_path)
    assert first.words.startswith("holds no sound file that can be mastered (.aif, ")
    assert others == [Fault("'1.mp3'", LOSSY), Fault("'2.mp3'", LOSSY)]


def test_what_is_left_out_is_told_in_the_manifest_and_to_its_reader(tmp_path: Path) -> None:
    mix(tmp_path / "01.wav")
    (tmp_path / "02.flac").write_bytes(b"fLaC no sound")
    put(tmp_path, "live.mp3", "esc\x1b[2J\u202e.mp3")
    notes = write_manifest(tmp_path)
    text = (tmp_path / "album.toml").read_text("utf-8")
    assert [(note.where, note.severity) for note in notes] == [
        ("'02.flac'", "warning"),
        ("'esc\\x1b[2J\\u202e.mp3'", "note"),
        ("'live.mp3'", "note"),
    ]
    assert notes[0].words.startswith("is taken, but cannot be mastered: '02.flac' cannot be read as sound")
    assert notes[2].words == f"left out: {LOSSY}"
    assert f"# Left out: 'live.mp3': {LOSSY}" in text
    assert "# Left out: 'esc\\x1b[2J\\u202e.mp3': " in text
    assert "# it cannot be mastered as it is: '02.flac' cannot be read as sound" in text
    assert len(albums.load(tmp_path).tracks) == 2


def test_of_thousands_some_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    mix(tmp_path / "01.wav")
    put(tmp_path, *(f"{n}.mp3" for n in range(200)))
    notes = write_manifest(tmp_path)
    assert (len(notes), notes[-1]) == (41, Fault("", "and 160 more", "note", 160))
    assert tomllib.loads((tmp_path / "album.toml").read_text("utf-8"))["tracks"][0]["mix"] == "01.wav"
