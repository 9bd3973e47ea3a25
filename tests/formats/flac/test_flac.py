"""Tagged FLAC tracks: placed end to end they are the programme, and foreign readers find sound, tags and cover."""

import errno
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.flac import FLAC
from PIL import Image

from albums import Album
from albums.faults import Refusal
from formats import Format, Layout, Mark, Programme, flac, named
from formats._shared import cover
from formats._shared.pcm import pack
from formats.flac.flac_file import opened, tag, write_samples
from tests.support.programmes import UPC, album, albums, joined, layout, layouts, needs, on_side, programme

TRACKS = layout([(4800, 0), (30000, 25000), (60000, None)], 90001, 48000, 24)
TITLES = ("First / Song", "Zweites Stück", "三")
NAMES = ["01 First - Song.flac", "02 Zweites Stück.flac", "03 三.flac"]


def picture(kind: str = "PNG", size: tuple[int, int] = (1500, 1500), mode: str = "RGB") -> bytes:
    data = io.BytesIO()
    Image.new(mode, size).save(data, kind)
    return data.getvalue()


def three_tracks(folder: Path = Path(), **release: object) -> Album:
    fields = {"upc": UPC, "catalogue_number": "GM-001", "label": "Glass", "release_date": date(2026, 11, 27),
              "genre": "Ambient", "language": "en", "copyright": "2026 Glass",
              "phonogram": "2026 The Band"}  # fmt: skip
    credits_ = {"songwriter": "W", "composer": "C", "arranger": "A"}
    return album(*TITLES, folder=folder, tracks=[credits_, {"explicit": True}, {"disc": 2}], **fields, **release)


def written(folder: Path, of: Album | None = None, tracks: Layout = TRACKS) -> Path:
    flac.write(folder, of or three_tracks(), [programme(tracks)])
    return folder


@pytest.fixture
def covered(tmp_path: Path) -> Album:
    (tmp_path / "art.png").write_bytes(picture())
    return three_tracks(tmp_path, cover="art.png")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_the_module_is_a_format() -> None:
    deliverable: Format = named("flac")
    assert deliverable is flac


def test_tracks_laid_end_to_end_are_the_programme(out: Path) -> None:
    written(out)
    heard = [soundfile.read(out / name, dtype="int32")[0] >> 8 for name in NAMES]
    whole = joined(programme(TRACKS))
    assert [len(track) for track in heard] == [30000, 30000, 30001]
    assert np.array_equal(np.concatenate(heard), whole)
    assert np.array_equal(np.concatenate(list(programme(TRACKS).cut(30000, 60000))), heard[1])


def test_what_is_written_is_read(out: Path, covered: Album) -> None:
    found = flac.read(written(out, covered))
    assert found.texts == flac.texts(covered, [TRACKS])
    cut = replace(TRACKS, marks=(Mark(1, 0), Mark(2, 30000), Mark(3, 60000)))
    assert [heard.layout for heard in found.programmes] == [cut]
    assert list(cut.spans()) == [(mark, *span) for mark, (_, *span) in zip(cut.marks, TRACKS.spans(), strict=True)]
    whole = joined(programme(TRACKS))
    for start in (0, 1, 29999, 30000, 59000, 90000, 90001):
        assert np.array_equal(np.concatenate([whole[:start], *found.programmes[0].blocks(start)]), whole)


@pytest.mark.parametrize(("rate_hz", "bits"), [(44100, 16), (44100, 24), (96000, 24), (192000, 24)])
def test_every_rate_and_depth(out: Path, rate_hz: int, bits: int) -> None:
    tracks = layout([(0, None)], 50000, rate_hz, bits)
    found = flac.read(written(out, album("One"), tracks)).programmes[0]
    assert found.layout == tracks
    assert np.array_equal(joined(found), joined(programme(tracks)))


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, covered: Album) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        written(folder, covered)
    contents = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
    assert contents[0] == contents[1]
    assert sorted(contents[0]) == [*NAMES, "cover.png"]


def test_a_hundred_tracks_are_numbered_with_three_digits(out: Path) -> None:
    of = album(*(["Same"] * 100))
    flac.write(out, of, [programme(layout([(n * 100, None) for n in range(100)], 10000))])
    assert sorted(path.name for path in out.iterdir())[::99] == ["001 Same.flac", "100 Same.flac"]
    assert flac.read(out).texts["tracks[100].title"] == "Same"


def test_titles_stay_in_their_folder(out: Path) -> None:
    written(out, album("../../../escape", "/etc/passwd", "x" * 400))
    assert len(list(out.iterdir())) == 3
    assert not list(out.parent.glob("*.flac"))


def test_tags_are_those_of_the_mapping(out: Path) -> None:
    tags = dict(opened(written(out) / NAMES[0]).pairs)
    assert tags == {
        "TITLE": "First / Song", "ARTIST": "The Band", "WRITER": "W", "COMPOSER": "C", "ARRANGER": "A",
        "ISRC": "GBXXX2600001", "ITUNESADVISORY": "0", "ALBUM": "Quiet Rooms", "ALBUMARTIST": "The Band",
        "BARCODE": UPC, "CATALOGNUMBER": "GM-001", "LABEL": "Glass", "DATE": "2026-11-27", "GENRE": "Ambient",
        "LANGUAGE": "en", "COPYRIGHT": "2026 Glass", "PRODUCEDNOTICE": "2026 The Band", "TRACKNUMBER": "1",
        "TRACKTOTAL": "3", "TOTALTRACKS": "3",
    }  # fmt: skip


def test_every_file_of_a_compilation_says_so_and_no_other(out: Path) -> None:
    of = album("One", "Two", artist="V.A.", tracks=[{"artist": "Ann"}, {"artist": "Bob"}])
    tracks = layout([(0, None), (4800, None)], 9600)
    flac.write(out, of, [programme(tracks)])
    for path, artist in zip(sorted(out.glob("*.flac")), ("Ann", "Bob"), strict=True):
        tags = dict(FLAC(path))
        assert (tags["compilation"], tags["albumartist"], tags["artist"]) == (["1"], ["V.A."], [artist])
    assert flac.read(out).texts["album.compilation"] == flac.texts(of, [tracks])["album.compilation"] == "1"
    retag(out / "02 Two.flac", lambda file: file.pop("compilation"))
    with pytest.raises(Refusal, match=r"02 Two.flac: says album.compilation is None, the file before it '1'"):
        flac.read(out)
    retag(out / "01 One.flac", lambda file: file.pop("compilation"))
    assert flac.read(out).texts != flac.texts(of, [tracks])
    assert "album.compilation" not in flac.texts(three_tracks(), [TRACKS])


def test_what_others_add_is_passed_over_however_often_it_stands_there(out: Path) -> None:
    path = written(out) / NAMES[0]
    before = flac.read(out).texts
    retag(path, lambda file: file.update({"MUSICBRAINZ_ARTISTID": ["a", "b"], "Comment": ["c", "d", "e"]}))
    assert flac.read(out).texts == before


@pytest.mark.parametrize(("kind", "mime", "suffix"), [("PNG", "image/png", ".png"), ("JPEG", "image/jpeg", ".jpg")])
def test_the_cover_is_carried_as_it_is(out: Path, tmp_path: Path, kind: str, mime: str, suffix: str) -> None:
    data = picture(kind)
    (tmp_path / "art").write_bytes(data)
    written(out, three_tracks(tmp_path, cover="art"))
    found = FLAC(out / NAMES[1]).pictures[0]
    assert (found.type, found.mime, found.width, found.height, found.depth) == (3, mime, 1500, 1500, 24)
    assert found.data == (out / f"cover{suffix}").read_bytes() == data
    assert flac.read(out).texts["album.cover"] == hashlib.sha256(data).hexdigest()


def notes(folder: Path, data: bytes) -> list[str]:
    (folder / "art").write_bytes(data)
    of = three_tracks(folder, cover="art")
    return [f"{fault.severity} {fault}" for fault in flac.check(of, [TRACKS])]


def test_covers_are_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not notes(tmp_path, picture())
    assert notes(tmp_path, picture(size=(1600, 1500))) == [
        "note album.cover: is 1600 x 1500 pixels; shops want a square"
    ]
    assert "1400 a side or more" in notes(tmp_path, picture(size=(1399, 1399)))[0]
    assert "no JPEG or PNG" in notes(tmp_path, picture("GIF", mode="L"))[0]
    assert "no JPEG or PNG" in notes(tmp_path, picture()[:-60])[0]
    assert "no JPEG or PNG" in notes(tmp_path, b"")[0]
    assert "refusal album.cover: has 8001 x 8000" in notes(tmp_path, picture(size=(8001, 8000), mode="1"))[0]
    monkeypatch.setattr(cover, "LARGEST_BYTES", 1000)
    assert "at most 1000 are taken" in notes(tmp_path, picture())[0]


def test_a_decompression_bomb_is_refused_undecoded(tmp_path: Path) -> None:
    data = bytearray(picture(size=(10, 10)))
    data[16:24] = (60000).to_bytes(4, "big") * 2
    assert "no JPEG or PNG" in notes(tmp_path, bytes(data))[0]


def test_the_largest_cover_fits_a_picture_block(out: Path) -> None:
    art = cover.Cover(bytes(cover.LARGEST_BYTES), "image/jpeg", ".jpg", 1, 1, 24)
    path = written(out) / NAMES[0]
    tag(path, [], art)
    assert opened(path).cover == art.digest


def test_what_does_not_fit_is_refused(out: Path) -> None:
    for layouts_ in (
        [],
        [TRACKS, TRACKS],
        [on_side(TRACKS, "A")],
        [layout([(0, None)], 9)],
        [replace(TRACKS, bits=20)],
    ):
        assert any(fault.severity == "refusal" for fault in flac.check(three_tracks(), layouts_))
    with pytest.raises(Refusal, match="the marks are of tracks"):
        flac.write(out, album("One"), [programme(TRACKS)])
    assert not list(out.iterdir())


def test_a_programme_that_is_not_as_its_layout_says_is_an_error(out: Path) -> None:
    heard = programme(layout([(0, None), (100, None)], 50000))
    with pytest.raises(ValueError, match="where its layout has"):
        flac.write(out, album("One", "Two"), [replace(heard, layout=replace(heard.layout, frames=50001))])
    with pytest.raises(ValueError, match="gave 50000 frames where"):
        flac.write(out, album("One", "Two"), [replace(heard, layout=layout([(0, None), (50000, None)], 50001))])
    loud = Programme(layout([(0, None)], 1), lambda start=0: iter([np.array([[0, 32768]], np.int32)[start:]]))
    with pytest.raises(ValueError, match="16 bit holds"):
        flac.write(out, album("One"), [loud])


def retag(path: Path, change: Callable[[Any], object]) -> None:
    file: Any = FLAC(path)
    change(file)
    file.save()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / NAMES[1]).unlink(), "TRACKNUMBER|TRACKTOTAL"),
        (lambda folder: (folder / NAMES[2]).rename(folder / "00.flac"), "00.flac: has TRACKNUMBER '3', expected '1'"),
        (lambda folder: (folder / NAMES[2]).write_bytes(b""), "no FLAC"),
        (lambda folder: (folder / NAMES[2]).write_bytes(b"RIFF" + bytes(4000)), "no FLAC"),
        (lambda folder: (folder / NAMES[2]).write_bytes((folder / NAMES[2]).read_bytes()[:30]), "no FLAC"),
        (lambda folder: (folder / "cover.png").unlink(), "found none"),
        (lambda folder: (folder / "cover.png").write_bytes(picture(size=(10, 10))), "not the picture"),
        (
            lambda folder: retag(folder / NAMES[1], lambda f: f.update({"ALBUM": "Other"})),
            "says album.title is 'Other'",
        ),
        (lambda folder: retag(folder / NAMES[1], lambda f: f.update({"ISRC": ["A", "B"]})), "has ISRC twice"),
        (lambda folder: retag(folder / NAMES[1], lambda f: f.delete()), "TRACKNUMBER None"),
        (lambda folder: retag(folder / NAMES[1], lambda f: f.clear_pictures()), "cover none; 01"),
        (lambda folder: retag(folder / NAMES[1], lambda f: f.add_picture(f.pictures[0])), "2 front covers"),
    ],
)
def test_a_folder_that_was_changed_is_refused(
    out: Path, covered: Album, change: Callable[[Path], object], words: str
) -> None:
    change(written(out, covered))
    with pytest.raises(Refusal, match=words):
        flac.read(out)


@pytest.mark.parametrize(("rate_hz", "bits", "channels"), [(44100, 24, 2), (48000, 16, 2), (48000, 24, 1)])
def test_a_track_of_another_kind_is_refused(out: Path, rate_hz: int, bits: int, channels: int) -> None:
    path = written(out) / NAMES[2]
    soundfile.write(path, np.zeros((100, channels)), rate_hz, f"PCM_{bits}")
    with pytest.raises(Refusal, match=r"03 三\.flac: has"):
        flac.read(out)


def test_an_empty_folder_is_refused(out: Path) -> None:
    with pytest.raises(Refusal, match="holds no FLAC"):
        flac.read(out)


def test_one_changed_bit_of_sound_is_noticed(out: Path) -> None:
    path = written(out) / NAMES[2]
    good = path.read_bytes()
    sound = len(good) - 60000
    for place in range(sound, len(good), 4999):
        path.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        found = flac.read(out).programmes[0]
        with pytest.raises(Refusal, match=r"03 三\.flac"):
            joined(found)


def test_a_short_track_is_noticed(out: Path) -> None:
    path = written(out) / NAMES[2]
    path.write_bytes(path.read_bytes()[:-20000])
    with pytest.raises(Refusal, match=r"03 三\.flac"):
        joined(flac.read(out).programmes[0])


def test_a_wrong_checksum_is_noticed(out: Path) -> None:
    path = written(out) / NAMES[2]
    data = bytearray(path.read_bytes())
    data[26] ^= 1  # the first byte of STREAMINFO's MD5
    path.write_bytes(data)
    with pytest.raises(Refusal, match="it is damaged"):
        joined(flac.read(out).programmes[0])


def test_broken_bytes_are_refused_or_read_but_never_crash(out: Path, tmp_path: Path) -> None:
    (tmp_path / "art").write_bytes(picture(size=(20, 20)))
    of = album("One", folder=tmp_path, cover="art")
    path = next(written(out, of, layout([(0, None)], 500)).glob("*.flac"))
    good, draw, refused = path.read_bytes(), random.Random(11), 0  # noqa: S311 - a test that can be replayed
    for _ in range(400):
        data = bytearray(good)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(draw.choice([64, len(data)]))] = draw.randrange(256)
        path.write_bytes(data[: draw.choice([len(data), len(data), draw.randrange(len(data))])])
        try:
            joined(flac.read(out).programmes[0])
        except Refusal:
            refused += 1
    assert refused > 200


@settings(max_examples=15, deadline=None)
@given(albums(most=20), st.data())
def test_any_album_comes_back(of: Album, data: st.DataObject) -> None:
    tracks = data.draw(layouts(len(of.tracks), 48000, 24, tail=500))
    with TemporaryDirectory() as folder:
        flac.write(Path(folder), of, [programme(tracks)])
        found = flac.read(Path(folder))
        assert found.texts == flac.texts(of, [tracks])
        assert [span[1:] for span in found.programmes[0].layout.spans()] == [span[1:] for span in tracks.spans()]
        assert np.array_equal(joined(found.programmes[0]), joined(programme(tracks)))


@needs("flac")
def test_the_reference_decoder_accepts_every_track(out: Path, covered: Album) -> None:
    subprocess.run(["flac", "-t", "-s", "-w", *map(str, sorted(written(out, covered).glob("*.flac")))], check=True)


@needs("metaflac")
def test_metaflac_finds_md5_tags_and_cover(out: Path, covered: Album) -> None:
    path = written(out, covered) / NAMES[1]
    show = ["metaflac", "--show-md5sum", "--show-total-samples", "--show-bps", "--show-tag=ISRC", str(path)]
    told = subprocess.run(show, capture_output=True, text=True, check=True).stdout.split()
    whole = joined(programme(TRACKS))[30000:60000]
    md5 = hashlib.md5(pack(whole, 24), usedforsecurity=False).hexdigest()
    assert told == [md5, "30000", "24", "ISRC=GBXXX2600002"]
    blocks = subprocess.run(["metaflac", "--list", path], capture_output=True, text=True, check=True).stdout
    assert "type: 3 (Cover (front))" in blocks
    assert "length: 4096" in blocks


@needs("ffmpeg")
def test_ffmpeg_hears_the_same_samples(out: Path) -> None:
    call = ["ffmpeg", "-v", "error", "-i", str(written(out) / NAMES[0]), "-c:a", "pcm_s24le", "-f", "s24le", "-"]
    decoded = subprocess.run(call, capture_output=True, check=True).stdout
    assert decoded == pack(joined(programme(TRACKS))[:30000], 24)


@needs("ffprobe")
def test_ffprobe_finds_the_tags(out: Path) -> None:
    call = ["ffprobe", "-v", "error", "-show_entries", "format_tags", "-of", "json", str(written(out) / NAMES[2])]
    tags = json.loads(subprocess.run(call, capture_output=True, check=True).stdout)["format"]["tags"]
    assert (tags["TITLE"], tags["track"], tags["BARCODE"]) == ("三", "3", UPC)


def test_the_album_need_not_be_there_to_read(out: Path, covered: Album, tmp_path: Path) -> None:
    written(out, covered)
    shutil.move(out, tmp_path / "elsewhere")
    (tmp_path / "art.png").unlink()
    assert flac.read(tmp_path / "elsewhere").texts["album.title"] == "Quiet Rooms"


def test_what_is_no_file_is_told_as_what_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.flac")
    with pytest.raises(Refusal, match="is a named pipe, no file"):
        opened(tmp_path / "pipe.flac")
    with pytest.raises(Refusal, match="cannot be read: No such file"):
        opened(tmp_path / "none.flac")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_is_full_is_told_by_its_own_words() -> None:
    with pytest.raises(OSError, match="No space left"):
        write_samples(Path("/dev/full"), iter([np.zeros((100, 2), np.int32)]), 44100, 16)


@pytest.mark.parametrize("number", range(1, 7))
def test_no_failed_write_is_passed_over(tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also not that of the header, which libsndfile writes anew at the end without a look at what came of it."""
    count = 0

    class FailsOnce(io.FileIO):
        def write(self, data: Any) -> int:
            nonlocal count
            count += 1
            if count == number:
                raise OSError(errno.EIO, "Input/output error")
            return super().write(data)

    monkeypatch.setattr(Path, "open", lambda path, mode, **_: FailsOnce(path, mode))
    noise = np.random.default_rng(1).integers(-(2**15), 2**15, (20_000, 2)).astype(np.int32)
    with pytest.raises(OSError, match="Input/output error"):
        write_samples(tmp_path / "a.flac", iter([noise]), 44100, 16)
    assert count >= number
