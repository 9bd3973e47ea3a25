"""Any manifest's texts, in every system of tags: read back by us, and all of them by readers that are not ours."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tinytag import TinyTag

from albums import Album
from albums.faults import Refusal
from formats import Layout
from formats._lossy import ogg_file
from formats._shared.tags import id3
from formats._shared.tags.loudness import StatedLoudness, r128, replay_gain, stated_in
from formats._shared.tags.pairs import pairs, texts, texts_of, wrong_discs
from formats._shared.tags.table import BY_NAME, TABLE
from formats.aac import mp4_file
from formats.broadcast_wav import wav_file
from formats.codecs import encode_exact
from formats.flac import flac_file
from formats.mp3 import id3_file
from profiles.codecs import codec_named
from tests.support.lossy import RATE_HZ, samples_of
from tests.support.programmes import needs

FRAMES = 20000
Files = dict[str, tuple[Path, Callable[..., None], Callable[[Path], Any]]]
KINDS = ("flac", "mp3", "mp3 of 2.3", "aac", "opus", "vorbis", "wav")
IN_ID3 = ("mp3", "mp3 of 2.3", "wav")
SCRIPTS = ("Größe ", "Пётр", "夜の歌", "שלום", "🎹👩‍🚀", "a/b; c, d & (e)")
WORDS = st.lists(st.sampled_from(SCRIPTS), min_size=1, max_size=4).map("".join)
LETTERS = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn", "Co"))
TEXT = st.one_of(WORDS, st.text(LETTERS, min_size=1, max_size=20), WORDS.map(lambda word: (word * 500)[:500])).filter(
    lambda text: re.search(r"\w", text) and len(text) <= 500
)
NAMES = st.lists(TEXT, min_size=1, max_size=3, unique=True)
YEAR = st.one_of(st.integers(1900, 2026), st.dates(min_value=date(1900, 1, 1)))
CREDITS = {
    **dict.fromkeys(("title_sort", "artist_sort", "composer_sort", "copyright", "phonogram"), TEXT),
    **dict.fromkeys(("artists", "songwriter", "composer", "lyricist", "arranger", "producer", "engineer"), NAMES),
    **dict.fromkeys(("mixer", "performers"), NAMES),
    "genre": st.lists(WORDS, min_size=1, max_size=3, unique=True),  # numbers are genres of old to some readers
    "language": st.sampled_from(["en", "de", "pt-BR", "ja"]),
}
RELEASE = {"version": TEXT, "kind": st.sampled_from(["album", "ep", "single"]), "compilation": st.booleans(),
           "upc": st.just("036000291452"), "catalogue_number": TEXT, "label": TEXT, "original_date": YEAR,
           "release_date": st.dates()}  # fmt: skip
TRACK = {"version": TEXT, "artist": TEXT, "featured_artists": NAMES, "isrc": st.just("QZGLM2600001"),
         "iswc": st.just("T0345246801"), "disc": st.just(1),
         "explicit": st.sampled_from([True, False, "clean"])}  # fmt: skip
ALBUMS = st.builds(
    lambda release, tracks: {"album": release, "tracks": tracks},
    st.fixed_dictionaries({"title": TEXT, "artist": TEXT}, optional={**CREDITS, **RELEASE}),
    st.lists(
        st.fixed_dictionaries({"mix": st.just("a.wav"), "title": TEXT}, optional={**CREDITS, **TRACK}),
        min_size=1,
        max_size=2,
    ),
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A short file of each kind, how it is tagged, and how it is opened."""
    folder = tmp_path_factory.mktemp("files")
    samples = samples_of(folder / "s", FRAMES)
    codecs = [codec_named(name) for name in ("mp3-128", "aac-128", "opus-96", "vorbis-q3")]
    written = {codec.kind: path for codec, path in encode_exact(samples, RATE_HZ, codecs, folder).items()}
    flac = folder / "a.flac"
    flac_file.write_samples(flac, [np.fromfile(samples, "<i4").reshape(-1, 2) >> 8], RATE_HZ, 24)
    wav = folder / "a.wav"
    wav_file.write(wav, [np.fromfile(samples, "<i4").reshape(-1, 2) >> 8], Layout(RATE_HZ, 24, FRAMES, ()), [], None)
    old = folder / "old.mp3"
    shutil.copyfile(written["mp3"], old)
    return {
        "flac": (flac, flac_file.tag, flac_file.opened),
        "mp3": (written["mp3"], id3_file.tag, id3_file.opened),
        "mp3 of 2.3": (old, partial(id3_file.tag, version="2.3"), id3_file.opened),
        "aac": (written["aac"], mp4_file.tag, mp4_file.opened),
        "opus": (written["opus"], partial(ogg_file.tag, "opus"), partial(ogg_file.opened, "opus")),
        "wav": (wav, wav_file.tag, wav_file.opened),
        "vorbis": (written["vorbis"], partial(ogg_file.tag, "vorbis"), partial(ogg_file.opened, "vorbis")),
    }


def foreign_values(path: Path) -> Counter[str]:
    """All texts that tinytag finds, and each of those that stand in lists of people."""
    found: Counter[str] = Counter()
    for values in TinyTag.get(path).as_dict().values():
        for value in values if isinstance(values, list) else [values]:
            found.update(str(value).replace("\ufeff", "").split("\0"))  # UTF-16 begins with a mark
    return found


def wanted_values(said: dict[str, str], kind: str) -> Iterator[str]:
    for place, text in said.items():
        field = place.rpartition(".")[2]
        if field == "release_date" and kind.endswith("2.3"):  # TYER and TDAT
            yield from (text[:4], text[8:] + text[5:7])
            continue
        for value in text.split("\n"):
            played = re.fullmatch(r"(.+) \(([^()]+)\)", value) if field == "performers" and kind in IN_ID3 else None
            yield from (played[1], played[2]) if played else (value,)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(manifest=ALBUMS)
def test_every_text_is_read_back_from_every_kind_of_file(files: Files, kind: str, manifest: dict[str, Any]) -> None:
    album = Album.model_validate(manifest, strict=False)
    path, tag, opened = files[kind]
    version: id3.Version = "2.3" if kind.endswith("2.3") else "2.4"
    said, total = texts(album), len(album.tracks)
    tag(path, pairs(said, 1, total), None)
    of_this = {place: text for place, text in id3.held(said, version).items() if not place.startswith("tracks[2]")}
    assert texts_of(opened(path).pairs, 1, total, path.name) == of_this
    foreign = foreign_values(path)
    for value in wanted_values(of_this, kind):
        assert foreign[value], f"tinytag does not find {value!r} in {sorted(foreign)}"


FULL = {
    "album": {"title": "Räume", "artist": "V.A.", "upc": "036000291452", "label": "Ганс", "original_date": 1973,
              "release_date": "2026-11-27", "catalogue_number": "GM-1", "kind": "ep", "title_sort": "Raeume"},
    "tracks": [{"mix": "a.wav", "title": "夜 🎹", "version": "Live", "artist": "שלום", "producer": ["Ann", "Bea/Cid"],
                "performers": ["Ann Lee (violin)", "Bo"], "isrc": "QZGLM2600001", "genre": ["Jazz", "Folk"],
                "phonogram": "2026 G", "explicit": "clean", "disc": 1, "composer": ["C", "D"]}],
}  # fmt: skip


def tagged(files: Files, kind: str) -> Path:
    path, tag, _ = files[kind]
    album = Album.model_validate(FULL, strict=False)
    stated = StatedLoudness(-14.2, -1.0, -15.0, -0.9)
    tag(path, [*pairs(texts(album), 1, 1), *(r128 if kind == "opus" else replay_gain)(stated)], None)
    return path


def printed(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


@needs("metaflac")
def test_metaflac_lists_each_value(files: Files) -> None:
    found = printed("metaflac", "--export-tags-to=-", "--no-utf8-convert", str(tagged(files, "flac"))).splitlines()
    wanted = {"TITLE=夜 🎹 (Live)", "VERSION=Live", "PRODUCER=Ann", "PRODUCER=Bea/Cid", "GENRE=Jazz", "GENRE=Folk",
              "ITUNESADVISORY=2", "PRODUCEDNOTICE=2026 G", "LABEL=Ганс", "RELEASETYPE=ep", "DISCTOTAL=1",
              "ALBUMSORT=Raeume", "REPLAYGAIN_TRACK_GAIN=-3.80 dB", "REPLAYGAIN_ALBUM_PEAK=0.901571"}  # fmt: skip
    assert wanted <= set(found), found


@needs("opusinfo")
def test_opusinfo_lists_each_value(files: Files) -> None:
    found = [line.strip() for line in printed("opusinfo", str(tagged(files, "opus"))).splitlines()]
    wanted = {"PERFORMER=Ann Lee (violin)", "PERFORMER=Bo", "R128_TRACK_GAIN=-2253", "R128_ALBUM_GAIN=-2048"}
    assert {*wanted, "TITLE=夜 🎹 (Live)", "ORIGINALDATE=1973"} <= set(found), found


@needs("AtomicParsley")
def test_atomicparsley_lists_each_value(files: Files) -> None:
    found = printed("AtomicParsley", str(tagged(files, "aac")), "-t")
    for wanted in ("夜 🎹 (Live)", "PRODUCER] contains: Ann", "PRODUCER] contains: Bea/Cid", "Clean Content",
                   '"©gen" contains: Folk', "MusicBrainz Album Type] contains: ep", '"©wrt" contains: D',
                   "REPLAYGAIN_TRACK_GAIN] contains: -3.80 dB"):  # fmt: skip
        assert wanted in found, found


@needs("ffmpeg")
@pytest.mark.parametrize("kind", ["mp3", "mp3 of 2.3"])
def test_ffmpeg_finds_what_it_can_read_in_both_versions(files: Files, kind: str) -> None:
    path = tagged(files, kind)
    assert path.read_bytes()[3] == (4 if kind == "mp3" else 3)
    found = printed("ffmpeg", "-v", "error", "-i", str(path), "-f", "ffmetadata", "-").splitlines()
    assert {"title=夜 🎹 (Live)", "artist=שלום", "publisher=Ганс", "TSRC=QZGLM2600001", "disc=1/1"} <= set(found), found
    assert ("composer=C/D" in found) == (kind != "mp3")  # lists are in 2.4 alone, and FFmpeg finds one of them


def test_what_2_3_holds_otherwise_is_told() -> None:
    said = texts(Album.model_validate(FULL, strict=False))
    told = {fault.where: fault.words for fault in id3.notes(said, "2.3")}
    assert set(told) == {"tracks[1].genre", "tracks[1].composer"}
    assert told["tracks[1].composer"] == "is written as 'C/D': ID3v2.3 has no lists"
    assert not [*id3.notes(said, "2.4")]


def test_every_field_has_a_name_of_its_own_in_every_system() -> None:
    for names in ([row.vorbis for row in TABLE], [row.frame for row in TABLE], [row.atom for row in TABLE]):
        assert len({name.upper() for name in names}) == len(names)
    assert len(BY_NAME) == len(TABLE)


@settings(max_examples=200)
@given(st.floats(-70, 5), st.floats(-60, 3), st.one_of(st.none(), st.floats(-70, 5)))
def test_stated_loudness_comes_back_within_a_hundredth(lufs: float, dbtp: float, album: float | None) -> None:
    stated = StatedLoudness(lufs, dbtp, album, dbtp)
    for notation in (replay_gain, r128):
        found = stated_in(notation(stated))
        assert found.integrated_lufs == pytest.approx(lufs, abs=0.0051)
        assert found.album_lufs == (None if album is None else pytest.approx(album, abs=0.0051))
    assert stated_in(replay_gain(stated)).true_peak_dbtp == pytest.approx(dbtp, abs=0.01)


def test_what_is_silent_states_nothing() -> None:
    assert not [*replay_gain(StatedLoudness())]
    assert stated_in([("REPLAYGAIN_TRACK_GAIN", "loud"), ("R128_TRACK_GAIN", "1e9")]) == StatedLoudness()


def test_two_values_where_there_is_one_are_refused() -> None:
    numbers = [("TRACKNUMBER", "1"), ("TRACKTOTAL", "1"), ("TOTALTRACKS", "1")]
    with pytest.raises(Refusal, match="has ISRC twice: 'A' and 'B'"):
        texts_of([*numbers, ("ISRC", "A"), ("isrc", "B")], 1, 1, "x.flac")
    assert texts_of([*numbers, ("PRODUCER", "A"), ("producer", "B")], 1, 1, "x")["tracks[1].producer"] == "A\nB"
    with pytest.raises(Refusal, match="has TRACKTOTAL '2', expected '1'"):
        texts_of([*numbers, ("TRACKTOTAL", "2")], 1, 1, "x.flac")


def test_totals_of_discs_are_those_of_the_files() -> None:
    one, two = [("DISCNUMBER", "1"), ("DISCTOTAL", "2"), ("TOTALDISCS", "2")], [("DISCNUMBER", "2")]
    assert [str(fault) for fault in wrong_discs([("a", one), ("b", two)])] == [
        "b: has DISCTOTAL None, expected '2'", "b: has TOTALDISCS None, expected '2'",
    ]  # fmt: skip
    assert not [*wrong_discs([("a", [("DISCNUMBER", "1")]), ("b", two)])]  # files of old have no totals


def test_the_readme_has_the_table() -> None:
    page = (Path(__file__).parents[3] / "formats" / "README.md").read_text("utf-8")
    rows = [re.findall(r"`([^`]+)`", line) for line in page.splitlines() if line.startswith(("| `album`", "| `track`"))]
    short = [row.atom.replace("----:com.apple.iTunes:", "---- ") for row in TABLE]
    said = [[r.of, r.field, r.vorbis, r.frame, atom, r.info] for r, atom in zip(TABLE, short, strict=True)]
    assert rows == [[cell for cell in row if cell] for row in said]
