"""Lossy tracks: joints as clean as the rest, lengths and texts that come back, and no folder that was changed."""

import io
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from albums import Album
from albums.faults import Fault, Refusal
from formats import FORMATS, Format, Layout, Mark, Programme, named
from formats._lossy import tracks
from pipeline.analysis.defects.clicks import ClickSearch
from profiles.codecs import codec_named
from tests.support.lossy import FULL_SCALE, RATE_HZ, playing, rms_db, steady
from tests.support.programmes import UPC, album, joined

CODECS = ("aac-256", "mp3-320", "opus-128", "vorbis-q5")
SUFFIXES = {"aac": ".m4a", "mp3": ".mp3", "opus": ".opus", "vorbis": ".ogg"}
TITLES = ("First / Song 🎹", "x" * 300, "三つ目 “…”")
CUTS, FRAMES = (26001, 27000), 60011
MOST_DB = {"aac-256": 9.0}  # over the body, in the 50 samples beside a joint: AAC settles slowly; of the others:
ELSE_DB = 6.0


def kind_of(codec: str) -> str:
    return codec_named(codec).kind


def deliverable(codec: str) -> Format:
    return named(kind_of(codec))


def three_tracks(folder: Path = Path(), **release: object) -> Album:
    fields = {"upc": UPC, "catalogue_number": "GM-001", "label": "Glass 🎛", "release_date": date(2026, 11, 27),
              "genre": "Ambient", "language": "pt-BR", "copyright": "2026 Glass",
              "phonogram": "2026 The Band"}  # fmt: skip
    credits_ = {"songwriter": "W ü", "composer": "C", "arranger": "A 夜", "disc": 1}
    return album(
        *TITLES, folder=folder, tracks=[credits_, {"explicit": True, "disc": 2}, {"disc": 2}], **fields, **release
    )


def sound(codec: str) -> Programme:
    return playing(steady(FRAMES), codec, CUTS)


@pytest.fixture(scope="module", params=CODECS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Album]:
    """The codec, the folder of three tracks that were written, to be copied, and their album."""
    folder = tmp_path_factory.mktemp(request.param)
    picture = io.BytesIO()
    Image.effect_noise((1500, 1500), 50).convert("RGB").save(picture, "JPEG")
    (folder / "art").write_bytes(picture.getvalue())
    of = three_tracks(folder, cover="art")
    (folder / "out").mkdir()
    deliverable(request.param).write(folder / "out", of, [sound(request.param)])
    return request.param, folder / "out", of


@pytest.fixture
def copy(made: tuple[str, Path, Album], tmp_path: Path) -> tuple[Format, Path]:
    shutil.copytree(made[1], tmp_path / "copy")
    return deliverable(made[0]), tmp_path / "copy"


def errors(codec: str, folder: Path, *, run_on: bool) -> NDArray[np.float64]:
    """Decoded minus source of two tracks of 3 s, which music runs through or not."""
    heard = playing(steady(6 * RATE_HZ), codec, (3 * RATE_HZ,), joined=run_on)
    deliverable(codec).write(folder, album("One", "Two"), [heard])
    found = joined(deliverable(codec).read(folder).programmes[0])
    return (found - joined(heard)) / FULL_SCALE


def beside_the_joint_db(error: NDArray[np.float64]) -> float:
    """How far the error of the 50 samples before or after the joint stands over that of the body."""
    middle, edge = len(error) // 2, RATE_HZ
    body = rms_db(np.concatenate([error[edge : middle - edge], error[middle + edge : -edge]]))
    return max(rms_db(error[middle - 50 : middle]), rms_db(error[middle : middle + 50])) - body


def clicks(error: NDArray[np.float64]) -> int:
    """How many clicks a search finds in what is heard."""
    search = ClickSearch(RATE_HZ)
    search.add(steady(6 * RATE_HZ) / FULL_SCALE + error)
    return len(search.clicks())


@pytest.mark.parametrize("codec", ["mp3-320", "mp3-v0", "aac-256", "opus-128", "vorbis-q5"])
def test_a_joint_is_as_clean_as_the_rest(tmp_path: Path, codec: str) -> None:
    error = errors(codec, tmp_path, run_on=True)
    assert beside_the_joint_db(error) < MOST_DB.get(codec, ELSE_DB)
    assert not clicks(error)


@pytest.mark.parametrize("codec", ["mp3-320", "aac-256", "opus-128"])
def test_without_the_sound_around_it_a_joint_is_not(tmp_path: Path, codec: str) -> None:
    error = errors(codec, tmp_path, run_on=False)
    assert beside_the_joint_db(error) > MOST_DB.get(codec, ELSE_DB) or clicks(error)


def test_an_aac_encoder_has_settled_where_music_runs_on(tmp_path: Path) -> None:
    error = errors("aac-256", tmp_path, run_on=True)
    settled_db = rms_db(error[5 * RATE_HZ : -4096])
    assert rms_db(error[3 * RATE_HZ : 3 * RATE_HZ + 20000]) - settled_db < 3


def test_lengths_places_and_texts_come_back(made: tuple[str, Path, Album]) -> None:
    codec, folder, of = made
    found, source = deliverable(codec).read(folder), sound(codec)
    assert found.texts == deliverable(codec).texts(of, [source.layout])
    assert {found.texts[f"tracks[{number}].title"] for number in (1, 2, 3)} == set(TITLES)
    marks = tuple(Mark(number, start) for number, start in enumerate((0, *CUTS), 1))
    assert [heard.layout for heard in found.programmes] == [Layout(RATE_HZ, 24, FRAMES, marks)]
    whole = joined(found.programmes[0])
    assert whole.shape == (FRAMES, 2)
    assert rms_db((whole - joined(source)) / FULL_SCALE) < -35
    for start in (1, CUTS[0] - 1, CUTS[0], CUTS[1] + 7, FRAMES):
        assert np.array_equal(np.concatenate([whole[:start], *found.programmes[0].blocks(start)]), whole)


def test_the_same_input_gives_the_same_bytes_and_nothing_else(made: tuple[str, Path, Album], tmp_path: Path) -> None:
    codec, folder, of = made
    deliverable(codec).write(tmp_path, of, [sound(codec)])
    contents = [{path.name: path.read_bytes() for path in each.iterdir()} for each in (folder, tmp_path)]
    assert contents[0] == contents[1]
    assert [name[:3] for name in sorted(contents[0])] == ["01 ", "02 ", "03 ", "cov"]
    assert {Path(name).suffix for name in contents[0]} == {SUFFIXES[kind_of(codec)], ".jpg"}


def test_an_album_without_a_cover_and_by_various_artists(tmp_path: Path) -> None:
    for codec in CODECS:
        heard = playing(steady(5000), codec, (2000,))
        of = album("One", "Two", artist="V.A.", tracks=[{"artist": "Ann"}, {"artist": "Bob"}])
        (tmp_path / codec).mkdir()
        deliverable(codec).write(tmp_path / codec, of, [heard])
        texts = deliverable(codec).read(tmp_path / codec).texts
        assert texts == deliverable(codec).texts(of, [heard.layout])
        assert (texts["album.compilation"], texts["tracks[2].artist"]) == ("1", "Bob")


def test_lists_in_tags_of_2_3_are_told_and_come_back_joined(tmp_path: Path) -> None:
    heard = playing(steady(5000), "mp3-v0")
    heard = replace(heard, layout=replace(heard.layout, id3="2.3"))
    of = album("One", genre=("Jazz", "Folk"), tracks=[{"producer": ("Ann", "Bob")}])
    mp3 = named("mp3")
    told = [fault for fault in mp3.check(of, [heard.layout]) if fault.severity == "note"]
    assert [str(fault) for fault in told] == ["tracks[1].genre: is written as 'Jazz/Folk': ID3v2.3 has no lists"]
    mp3.write(tmp_path, of, [heard])
    texts = mp3.read(tmp_path).texts
    assert texts == mp3.texts(of, [heard.layout])
    assert (texts["tracks[1].genre"], texts["tracks[1].producer"]) == ("Jazz/Folk", "Ann\nBob")


def first(folder: Path) -> Path:
    return min(folder.iterdir())


def emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a track is missing": (lambda folder: first(folder).unlink(), "TRACKNUMBER '2', expected '1'|TRACKTOTAL|DISCTOTAL"),
    "the last is missing": (lambda folder: sorted(folder.iterdir())[2].unlink(), "TRACKTOTAL '3', expected '2'"),
    "two are exchanged": (lambda folder: first(folder).rename(folder / f"04{first(folder).suffix}"), "TRACKNUMBER"),
    "one is empty": (lambda folder: first(folder).write_bytes(b""), "01 First"),
    "one is something else": (lambda folder: first(folder).write_bytes(b"RIFF" + bytes(5000)), "01 First"),
    "one is cut off": (lambda folder: first(folder).write_bytes(first(folder).read_bytes()[:-300]), "01 First"),
    "the cover is missing": (lambda folder: (folder / "cover.jpg").unlink(), "found none"),
    "the cover is another": (lambda folder: Image.new("RGB", (9, 9)).save(folder / "cover.jpg"), "not the picture"),
    "all is missing": (emptied, "holds no "),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_folder_that_was_changed_is_refused(copy: tuple[Format, Path], change: str) -> None:
    by, folder = copy
    CHANGES[change][0](folder)
    with pytest.raises(Refusal, match=CHANGES[change][1]):
        joined(by.read(folder).programmes[0])


def test_broken_bytes_are_refused_or_read_but_never_crash(copy: tuple[Format, Path]) -> None:
    by, folder = copy
    (folder / "cover.jpg").unlink()
    path = sorted(folder.iterdir())[1]  # a short one
    good, draw, refused = path.read_bytes(), random.Random(7), 0  # noqa: S311 - a test that can be replayed
    for other in [other for other in folder.iterdir() if other != path]:
        other.unlink()
    for _ in range(60):
        data = bytearray(good)
        for _ in range(draw.randint(1, 5)):
            data[draw.randrange(draw.choice([200, len(data)]))] = draw.randrange(256)
        path.write_bytes(data[: draw.choice([len(data), len(data), draw.randrange(len(data))])])
        try:
            joined(by.read(folder).programmes[0])
        except Refusal:
            refused += 1
    assert refused == 60  # by its number, if by nothing else


def faults_of(codec: str, of: Layout, titles: int = 1) -> list[Fault]:
    return [*deliverable(codec).check(album(*["T"] * titles), [of])]


@pytest.mark.parametrize(("codec", "of", "words"), [
    ("mp3-320", {"codec": ""}, "is no codec; wanted"),
    ("mp3-320", {"codec": "aac-256"}, "the codec is aac-256; wanted one of mp3"),
    ("mp3-320", {"bits": 16}, "MP3 320 kbit/s is made from 44100 or 48000 and 24"),
    ("aac-256", {"rate_hz": 96000}, "96000 Hz and 24 bits"),
    ("opus-128", {"rate_hz": 44100}, "made from 48000 and 24"),
    ("vorbis-q5", {"side": "A"}, "this deliverable is one programme"),
    ("vorbis-q5", {"marks": ()}, "a programme without a track"),
    ("aac-256", {"frames": 2**29}, "lasts 186 min; AAC 256 kbit/s is encoded from 186 min at most"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(tmp_path: Path, codec: str, of: dict[str, object], words: str) -> None:
    layout = replace(playing(steady(500), codec).layout, **of)  # type: ignore[arg-type]
    assert words in "\n".join(map(str, faults_of(codec, layout)))
    with pytest.raises(Refusal, match=words):
        deliverable(codec).write(tmp_path, album("T"), [replace(playing(steady(500), codec), layout=layout)])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("codec", CODECS)
def test_two_tracks_of_one_name_are_refused(codec: str) -> None:
    layout = replace(playing(steady(500), codec, (100, 200)).layout, names="{title}")
    assert "would be named" in str(faults_of(codec, layout, 3)[0])


@pytest.mark.parametrize("codec", CODECS)
def test_an_album_that_fits_has_no_fault(codec: str) -> None:
    assert faults_of(codec, playing(steady(500), codec, (100, 200)).layout, 3) == []


def test_a_missing_encoder_is_told_before_anything_is_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracks, "codec_faults", lambda codecs: [Fault("", f"{codecs[0].name} wants another FFmpeg")])
    assert str(faults_of("opus-128", playing(steady(500), "opus-128").layout)[0]) == "opus-128 wants another FFmpeg"


def test_a_programme_that_is_not_as_its_layout_says_is_an_error(tmp_path: Path) -> None:
    heard = playing(steady(500), "mp3-320")
    with pytest.raises(ValueError, match="gave 500 frames where"):
        deliverable("mp3-320").write(tmp_path, album("T"), [replace(heard, layout=replace(heard.layout, frames=501))])
    loud = replace(heard, blocks=lambda start=0: iter([np.full((500, 2), 2**23, np.int32)[start:]]))
    with pytest.raises(ValueError, match="24 bit holds"):
        deliverable("mp3-320").write(tmp_path, album("T"), [loud])
    assert not list(tmp_path.iterdir())


def test_each_kind_of_lossy_file_is_a_format() -> None:
    assert {kind_of(codec) for codec in CODECS} == set(tracks.RATES_HZ) <= set(FORMATS)
