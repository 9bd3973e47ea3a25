"""What tags say, written by mutagen's own classes as taggers do, in each system that a file may have."""

import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import mutagen.flac
import mutagen.id3
import mutagen.mp4
import mutagen.wave
import pytest

from pipeline.intake.mix_tags import tags_of
from tests.support.sound_files import FLAC, mix

ID3: Any = mutagen.id3  # untyped in mutagen
MP4: Any = mutagen.mp4
WAVE: Any = mutagen.wave.WAVE
SAID = {
    "title": ("Größe",),
    "title_sort": ("Groesse",),
    "version": ("Live",),
    "artist": ("Ann & Bo",),
    "artist_sort": ("Ann, Bo",),
    "artists": ("Ann", "Bo"),
    "songwriter": ("Cy",),
    "composer": ("Di", "Ed"),
    "composer_sort": ("Ek, Di",),
    "lyricist": ("Flo",),
    "arranger": ("Gus",),
    "producer": ("Hal", "Ida"),
    "engineer": ("Jo",),
    "mixer": ("Kim",),
    "isrc": ("GBXXX2600001",),
    "iswc": ("T0345246801",),
    "explicit": ("2",),
    "genre": ("Folk", "Jazz"),
    "language": ("de",),
    "copyright": ("2026 Haus",),
    "phonogram": ("2026 Haus",),
    "album.title": ("Zimmer",),
    "album.title_sort": ("Zimmer, Das",),
    "album.artist": ("Die Gruppe",),
    "album.artist_sort": ("Gruppe, Die",),
    "album.kind": ("ep",),
    "album.compilation": ("1",),
    "album.upc": ("036000291452",),
    "album.catalogue_number": ("GM-1",),
    "album.label": ("Haus",),
    "album.release_date": ("2026-11-27",),
}
VORBIS = {
    "title": "title",
    "title_sort": "titlesort",
    "version": "version",
    "artist": "artist",
    "artist_sort": "artistsort",
    "artists": "artists",
    "songwriter": "writer",
    "composer": "composer",
    "composer_sort": "composersort",
    "lyricist": "lyricist",
    "arranger": "arranger",
    "producer": "producer",
    "engineer": "engineer",
    "mixer": "mixer",
    "isrc": "isrc",
    "iswc": "iswc",
    "explicit": "itunesadvisory",
    "genre": "genre",
    "language": "language",
    "copyright": "copyright",
    "phonogram": "producednotice",
    "album.title": "album",
    "album.title_sort": "albumsort",
    "album.artist": "albumartist",
    "album.artist_sort": "albumartistsort",
    "album.kind": "releasetype",
    "album.compilation": "compilation",
    "album.upc": "barcode",
    "album.catalogue_number": "catalognumber",
    "album.label": "label",
    "album.release_date": "date",
}
FRAMES = {
    "title": "TIT2",
    "title_sort": "TSOT",
    "version": "TIT3",
    "artist": "TPE1",
    "artist_sort": "TSOP",
    "composer": "TCOM",
    "composer_sort": "TSOC",
    "lyricist": "TEXT",
    "isrc": "TSRC",
    "genre": "TCON",
    "copyright": "TCOP",
    "phonogram": "TPRO",
    "album.title": "TALB",
    "album.title_sort": "TSOA",
    "album.artist": "TPE2",
    "album.artist_sort": "TSO2",
    "album.compilation": "TCMP",
    "album.label": "TPUB",
    "album.release_date": "TDRC",
}
DESCRIBED = {
    "artists": "ARTISTS",
    "songwriter": "Writer",
    "iswc": "ISWC",
    "explicit": "ITUNESADVISORY",
    "language": "LANGUAGE",
    "album.kind": "MusicBrainz Album Type",
    "album.upc": "BARCODE",
    "album.catalogue_number": "CATALOGNUMBER",
}
ATOMS = {
    "title": "©nam",
    "title_sort": "sonm",
    "artist": "©ART",
    "artist_sort": "soar",
    "composer": "©wrt",
    "composer_sort": "soco",
    "genre": "©gen",
    "copyright": "cprt",
    "album.title": "©alb",
    "album.title_sort": "soal",
    "album.artist": "aART",
    "album.artist_sort": "soaa",
    "album.release_date": "©day",
}
FREEFORM = {key: name.upper() for key, name in VORBIS.items() if key not in ATOMS} | {
    "album.kind": "MusicBrainz Album Type"
}


def test_vorbis_comments(tmp_path: Path) -> None:
    file = FLAC(mix(tmp_path / "1.flac"))
    for key, texts in SAID.items():
        file[VORBIS[key]] = list(texts)
    file["performer"] = ["Ann (voice)", "Bo (violin)", "Ann (voice)"]
    file["originaldate"] = "1998"
    file.save()
    assert tags_of(tmp_path / "1.flac") == SAID | {
        "performers": ("Ann (voice)", "Bo (violin)"),
        "album.original_date": ("1998",),
    }


@pytest.mark.parametrize("version", [3, 4])
def test_id3_frames_with_those_who_were_involved(tmp_path: Path, version: int) -> None:
    file = WAVE(mix(tmp_path / "1.wav"))
    file.add_tags()
    for key, frame in FRAMES.items():
        file.tags.add(getattr(ID3, frame)(encoding=3, text=list(SAID[key])))
    for key, description in DESCRIBED.items():
        file.tags.add(ID3.TXXX(encoding=3, desc=description, text=list(SAID[key])))
    roles = {"arranger": "arranger", "producer": "producer", "engineer": "engineer", "mixer": "mix"}
    people = [[role, name] for key, role in roles.items() for name in SAID[key]]
    file.tags.add(ID3.TIPL(encoding=3, people=people))
    if version == 4:
        file.tags.add(ID3.TMCL(encoding=3, people=[["voice", "Ann"], ["violin", "Bo"], ["", "Cy"]]))
        file.save(v2_version=4)
        assert tags_of(tmp_path / "1.wav") == SAID | {"performers": ("Ann (voice)", "Bo (violin)", "Cy")}
    else:
        file.tags.update_to_v23()
        file.save(v2_version=3, v23_sep=None)
        found = tags_of(tmp_path / "1.wav")
        lost = {"title_sort", "artist_sort", "composer_sort", "album.title_sort", "album.artist_sort", "phonogram"}
        assert {key: texts for key, texts in found.items() if key not in lost} == {
            key: texts for key, texts in SAID.items() if key not in lost
        }


def test_mp4_atoms(tmp_path: Path) -> None:
    source, path = mix(tmp_path / "1.wav"), tmp_path / "1.m4a"
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", source, "-c:a", "alac", path]
    subprocess.run(words, check=True)
    file = MP4.MP4(path)
    for key, atom in ATOMS.items():
        file[atom] = list(SAID[key])
    for key, name in FREEFORM.items():
        if key not in ("explicit", "album.compilation"):
            file[f"----:com.apple.iTunes:{name}"] = [MP4.MP4FreeForm(text.encode()) for text in SAID[key]]
    file["rtng"], file["cpil"], file["trkn"], file["disk"] = [2], True, [(3, 12)], [(1, 2)]
    file.save()
    found = tags_of(path)
    assert {key: found[key] for key in SAID} == SAID
    assert (found["number"], found["disc"]) == (("3",), ("1",))


def test_a_hostile_number_of_texts_is_bounded(tmp_path: Path) -> None:
    file = FLAC(mix(tmp_path / "1.flac"))
    file["composer"] = [f"n{n}" for n in range(20_000)]
    file.save()
    assert len(tags_of(tmp_path / "1.flac")["composer"]) == 200


def test_what_has_no_tags_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"RIFF")
    assert tags_of(tmp_path / "x.wav") == {}
    assert tags_of(tmp_path / "nowhere.wav") == {}
