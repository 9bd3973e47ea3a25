"""Names of files by templates: safe on every system, in the order of the tracks, each once, never out of a folder."""

import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import Any

import pathvalidate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albums import Album
from albums.faults import Refusal
from formats import flac, wav
from formats._shared.file_names import LONGEST_BYTES, name_faults, track_file_name
from profiles import load, load_all
from profiles.file_names import NUMBERS, TEXTS, pieces_of
from tests.support.programmes import album, layout, programme

HOSTILE = st.one_of(
    st.text(min_size=1, max_size=300),
    st.sampled_from(
        ["../../etc/passwd", "CON", "aux.wav", "a/b\\c", "x" * 400, ". .", "\u202eexe.gpj", "nul ", "{title}"]
    ),
)


def titled(titles: list[str]) -> Album:
    """An album whose tracks have these very titles, also such as no manifest takes."""
    of = album(*("x" for _ in titles))
    tracks = (track.model_copy(update={"title": title}) for track, title in zip(of.tracks, titles, strict=True))
    return of.model_copy(update={"tracks": tuple(tracks)})


TEMPLATES = ("{track} {title}", "{title}", "{disc}-{track:03}_{title}")


@settings(max_examples=300)
@given(
    st.lists(HOSTILE, min_size=1, max_size=4),
    st.sampled_from(TEMPLATES),
)
def test_a_name_is_one_on_every_system(titles: list[str], template: str) -> None:
    of = titled(titles)
    for number in range(1, len(titles) + 1):
        name = track_file_name(of, number, ".flac", template)
        for platform in ("linux", "windows", "macos"):
            pathvalidate.validate_filename(name, platform=platform)
        assert PurePosixPath(name).name == name
        assert PureWindowsPath(name).name == name
        assert name == unicodedata.normalize("NFC", name)
        assert len(name.encode()) <= LONGEST_BYTES + 1
        assert name.endswith(".flac")


@settings(max_examples=100)
@given(st.lists(HOSTILE, min_size=1, max_size=12))
def test_without_a_fault_names_are_each_once_and_in_order(titles: list[str]) -> None:
    of = titled(titles)
    for template in ("", "{title}", "{track:02}", "{title} {track}"):
        names = [track_file_name(of, number, ".wav", template) for number in range(1, len(titles) + 1)]
        is_well = len({name.casefold() for name in names}) == len(names) and names == sorted(names)
        assert is_well == (not [*name_faults(of, ".wav", template)])
    assert not [*name_faults(of, ".wav", "")]


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("", "02 Zwei (Live).flac"),
        ("{track:02} {title}", "02 Zwei (Live).flac"),
        ("{upc}_{disc:02}_{track:03}", "036000291452_01_002.flac"),
        ("{track}. {artist} - {title} [{isrc}]", "02. Ann - Zwei (Live) [QZGLM2600002].flac"),
        ("{catalogue_number}-{track:02} {album} ({year}) {{{label}}}", "GM-1-02 An Album (2026) {Haus}.flac"),
    ],
)
def test_fields_of_a_template(template: str, name: str) -> None:
    tracks = [{"isrc": "QZGLM2600001"}, {"isrc": "QZGLM2600002", "version": "Live", "artist": "Ann"}]
    about: dict[str, Any] = {"upc": "036000291452", "catalogue_number": "GM-1", "label": "Haus", "title": "An Album"}
    of = album("Eins", "Zwei", tracks=tracks, release_date=date(2026, 11, 27), **about)
    assert track_file_name(of, 2, ".flac", template) == name
    assert not [*name_faults(of, ".flac", template)]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{track.__class__} {title}", "is no field; known: track, disc, title"),
        ("{0}", "is no field"),
        ("{title!r}", "form that is not known"),
        ("{title:>500}", "form that is not known"),
        ("{track:0999999}", "form that is not known"),
        ("../{track}", "has '/'"),
        ("{track}\\x", r"has '\\\\'"),
        ("{album}", "names all tracks alike"),
        ("{track", "cannot be read"),
        ("{track}" + "x" * 200, "at most 200"),
        ("{track}\n", "no file's name can have"),
    ],
)
def test_a_template_that_is_none_is_refused_with_the_profile(tmp_path: Path, template: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        pieces_of(template)
    text = (Path(__file__).parents[3] / "profiles" / "streaming.toml").read_text("utf-8")
    escaped = template.replace("\\", "\\\\").replace("\n", "\\n")
    (tmp_path / "own.toml").write_text(f'{text}\n[files]\nnames = "{escaped}"\nsource = "x"\n', "utf-8")
    with pytest.raises(Refusal, match=r"files\.names"):
        load_all(["own"], [tmp_path])


def test_every_field_is_known_to_both_rooms() -> None:
    of = album("One", upc="036000291452", catalogue_number="GM-1", label="L", tracks=[{"isrc": "QZGLM2600001"}])
    for field in (*NUMBERS, *TEXTS):
        wanted = 1 if field == "year" else 0
        assert len([*name_faults(of, ".wav", f"{{track}}{{{field}}}")]) == wanted, field


def test_what_is_missing_or_out_of_order_is_told() -> None:
    of = album("B", "a", "A")
    assert next(str(f) for f in name_faults(of, ".wav", "{upc}_{track:02}")) == (
        "tracks[1]: files are named {upc}_{track:02}, and {upc} is empty here"
    )
    told = [str(f) for f in name_faults(of, ".wav", "{title}")]
    assert told[0] == "tracks[3]: its file would be named 'A.wav', as that of track 2 is"
    assert "begin the profile's files.names with {track:02}" in told[1]


@pytest.mark.parametrize("kind", [flac, wav])
def test_files_are_written_and_read_by_a_template(kind: object) -> None:
    of = album("Eins", "Zwei", upc="036000291452")
    laid = replace(layout([(0, None), (30_000, None)], 60_000, 48000, 24), names="{upc}_{disc:02}_{track:03}")
    with TemporaryDirectory() as folder:
        kind.write(Path(folder), of, [programme(laid)])  # type: ignore[attr-defined]
        names = sorted(path.name for path in Path(folder).iterdir())
        assert [Path(name).stem for name in names] == ["036000291452_01_001", "036000291452_01_002"]
        reading = kind.read(Path(folder))  # type: ignore[attr-defined]
        assert [mark.start for mark in reading.programmes[0].layout.marks] == [0, 30_000]


def test_a_disc_has_no_names_of_tracks(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "profiles" / "cd-wav.toml").read_text("utf-8")
    (tmp_path / "own.toml").write_text(f'{text}\n[files]\nnames = "{{track}}"\nsource = "x"\n', "utf-8")
    with pytest.raises(Refusal, match="no disc and no record"):
        load("own", [tmp_path])
