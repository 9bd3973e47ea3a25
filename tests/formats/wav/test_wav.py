"""Plain WAV tracks: placed end to end they are the programme, and nothing else is in the files."""

import hashlib
import random
import struct
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from albums import Album
from albums.faults import Refusal
from formats import Block, Format, Layout, Mark, Programme, named, wav
from formats._shared import wav as plain
from formats._shared.pcm import pack
from tests.support.pictures import picture
from tests.support.programmes import album, albums, joined, layout, layouts, needs, on_side, programme

TRACKS = layout([(4800, 0), (30000, 25000), (60000, None)], 90001, 48000, 24)
TITLES = ("First / Song", "Zweites Stück", "三")
NAMES = ["01 First - Song.wav", "02 Zweites Stück.wav", "03 三.wav"]
SPANS = ((0, 30000), (30000, 60000), (60000, 90001))
HEADER_BYTES = 44


def chunks(data: bytes) -> list[tuple[str, bytes]]:
    """Every chunk of a RIFF, walked as Microsoft wrote it down in 1991: its name, and its bytes without the pad."""
    name, size, form = struct.unpack_from("<4sI4s", data)
    assert (name, form, size) == (b"RIFF", b"WAVE", len(data) - 8)
    found, place = list[tuple[str, bytes]](), 12
    while place < len(data):
        name, size = struct.unpack_from("<4sI", data, place)
        body = data[place + 8 : place + 8 + size]
        assert len(body) == size
        found.append((name.decode("ascii"), body))
        place += 8 + size + size % 2
    assert place == len(data)
    return found


def written(folder: Path, of: Album | None = None, tracks: Layout = TRACKS) -> Path:
    wav.write(folder, of or album(*TITLES), [programme(tracks)])
    return folder


@pytest.fixture
def covered(tmp_path: Path) -> Album:
    (tmp_path / "art").write_bytes(picture())
    return album(*TITLES, folder=tmp_path, cover="art")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_the_module_is_a_format() -> None:
    deliverable: Format = named("wav")
    assert deliverable is wav


@pytest.mark.parametrize(("rate_hz", "bits"), [(44100, 16), (44100, 24), (48000, 24), (192000, 24)])
def test_a_file_is_a_form_of_16_bytes_and_the_samples(out: Path, rate_hz: int, bits: int) -> None:
    written(out, tracks=replace(TRACKS, rate_hz=rate_hz, bits=bits))
    whole = joined(programme(replace(TRACKS, bits=bits)))
    for name, (start, stop) in zip(NAMES, SPANS, strict=True):
        form, data = chunks((out / name).read_bytes())
        per_frame = 2 * bits // 8
        assert form == ("fmt ", struct.pack("<HHIIHH", 1, 2, rate_hz, rate_hz * per_frame, per_frame, bits))
        assert data == ("data", bytes(pack(whole[start:stop], bits)))


def test_nothing_but_the_tracks_and_the_cover_is_written(out: Path, covered: Album) -> None:
    assert sorted(path.name for path in written(out).iterdir()) == NAMES
    assert sorted(path.name for path in written(out, covered).iterdir()) == [*NAMES, "cover.jpg"]
    assert (out / "cover.jpg").read_bytes() == (covered.folder / "art").read_bytes()


def test_the_cover_is_the_only_text(out: Path, covered: Album) -> None:
    assert wav.texts(album(*TITLES), [TRACKS]) == wav.read(written(out)).texts == {}
    digest = hashlib.sha256(picture()).hexdigest()
    assert wav.texts(covered, [TRACKS]) == wav.read(written(out, covered)).texts == {"album.cover": digest}


def test_what_is_written_is_read_from_any_sample_on(out: Path) -> None:
    found = wav.read(written(out)).programmes[0]
    assert found.layout == replace(TRACKS, marks=(Mark(1, 0), Mark(2, 30000), Mark(3, 60000)))
    whole = joined(programme(TRACKS))
    for start in (0, 1, 29999, 30000, 59000, 90000, 90001):
        assert np.array_equal(np.concatenate([whole[:start], *found.blocks(start)]), whole)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, covered: Album) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        written(folder, covered)
    one, two = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert one == two


def test_a_hundred_tracks_come_back_in_their_order(out: Path) -> None:
    of, tracks = album(*(["Same"] * 100)), layout([(n * 100, None) for n in range(100)], 10000)
    wav.write(out, of, [programme(tracks)])
    assert sorted(path.name for path in out.iterdir())[::99] == ["001 Same.wav", "100 Same.wav"]
    assert wav.read(out).programmes[0].layout == tracks


@settings(max_examples=25, deadline=None)
@given(albums(most=20), st.data())
def test_any_album_comes_back(of: Album, data: st.DataObject) -> None:
    tracks = data.draw(layouts(len(of.tracks), 48000, 24, tail=500))
    with TemporaryDirectory() as folder:
        wav.write(Path(folder), of, [programme(tracks)])
        found = wav.read(Path(folder))
        assert found.texts == wav.texts(of, [tracks])
        assert [span[1:] for span in found.programmes[0].layout.spans()] == [span[1:] for span in tracks.spans()]
        assert np.array_equal(joined(found.programmes[0]), joined(programme(tracks)))
        for path in Path(folder).iterdir():
            assert [name for name, _ in chunks(path.read_bytes())] == ["fmt ", "data"]


def test_a_title_that_leaves_nothing_for_a_name_still_has_its_number(out: Path) -> None:
    written(out, album("???", "...", "CON"))
    assert sorted(path.name for path in out.iterdir()) == ["01.wav", "02.wav", "03 CON.wav"]
    assert len(wav.read(out).programmes[0].layout.marks) == 3


def test_what_does_not_fit_is_refused(out: Path) -> None:
    for layouts_ in (
        [],
        [TRACKS, TRACKS],
        [on_side(TRACKS, "A")],
        [layout([(0, None)], 9)],
        [replace(TRACKS, marks=())],
        [replace(TRACKS, bits=20)],
    ):
        assert any(fault.severity == "refusal" for fault in wav.check(album(*TITLES), layouts_))
    with pytest.raises(Refusal, match="the marks are of tracks"):
        wav.write(out, album("One"), [programme(TRACKS)])
    assert not list(out.iterdir())


def test_each_track_of_over_four_gib_is_named_and_an_album_of_as_much_is_taken(out: Path) -> None:
    most = (2**32 - 1 - 36) // 6
    fits = layout([(0, None), (most, None), (2 * most, None)], 3 * most, 192000, 24)
    assert [fault.severity for fault in wav.check(album(*TITLES), [fits])] == ["note"]
    assert "hold samples alone" in wav.check(album(*TITLES), [fits])[0].words
    long = layout([(0, None), (most + 1, None), (2 * most + 1, None)], 3 * most + 2, 192000, 24)
    told = [str(fault) for fault in wav.check(album(*TITLES), [long]) if fault.severity == "refusal"]
    words = f"takes {6 * (most + 1)} bytes as WAV, which holds {2**32 - 1 - 36}; make it shorter"
    assert told == [f"tracks[{number}]: {words}" for number in (1, 3)]
    with pytest.raises(Refusal, match="bytes as WAV"):
        wav.write(out, album(*TITLES), [Programme(long, programme(TRACKS).blocks)])
    assert not list(out.iterdir())


def test_a_broken_cover_is_refused_and_a_poor_one_is_told(out: Path, covered: Album) -> None:
    (covered.folder / "art").write_bytes(picture(side=200))
    assert [fault.severity for fault in wav.check(covered, [TRACKS])] == ["note", "note"]
    (covered.folder / "art").write_bytes(b"GIF89a")
    with pytest.raises(Refusal, match="no JPEG or PNG"):
        written(out, covered)


def test_a_programme_that_is_not_as_its_layout_says_is_an_error(out: Path) -> None:
    heard = programme(layout([(0, None), (100, None)], 50000))
    for frames in (49999, 50001):
        with pytest.raises(ValueError, match="frames where"):
            wav.write(out, album("One", "Two"), [replace(heard, layout=replace(heard.layout, frames=frames))])
    loud: Block = np.array([[0, 32768]], np.int32)
    with pytest.raises(ValueError, match="16 bit holds"):
        wav.write(out, album("One"), [Programme(layout([(0, None)], 1), lambda start=0: iter([loud[start:]]))])


def _append(path: Path, more: bytes) -> None:
    path.write_bytes(path.read_bytes() + more)


def _as_another_writer(path: Path, rate_hz: int, bits: int) -> None:
    soundfile.write(path, np.zeros((100, 2)), rate_hz, f"PCM_{bits}")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / NAMES[1]).unlink(), "03 三.wav: stands where track 2 is expected"),
        (lambda folder: (folder / NAMES[2]).rename(folder / "00.wav"), "00.wav: stands where track 1"),
        (lambda folder: (folder / NAMES[0]).rename(folder / "1 First.wav"), "stands where track"),
        (lambda folder: (folder / NAMES[0]).rename(folder / "First.wav"), "stands where track 1"),
        (lambda folder: (folder / "04.wav.wav").write_bytes(b""), "04.wav.wav: stands where track 4"),
        (lambda folder: (folder / NAMES[2]).write_bytes(b""), "03 三.wav: is 0 bytes long"),
        (lambda folder: (folder / NAMES[2]).write_bytes(b"fLaC" + bytes(4000)), "03 三.wav: has"),
        (lambda folder: (folder / NAMES[2]).write_bytes((folder / NAMES[2]).read_bytes()[:-6]), "has RIFF size"),
        (lambda folder: _append(folder / NAMES[1], b"id3 \0\0\0\0"), "has RIFF size"),
        (lambda folder: _as_another_writer(folder / NAMES[1], 44100, 24), "44100 Hz, 24 bit; 01 First"),
        (lambda folder: _as_another_writer(folder / NAMES[1], 48000, 16), "48000 Hz, 16 bit; 01 First"),
        (lambda folder: (folder / "cover.png").write_bytes(b"\x89PNG"), "found cover.jpg, cover.png"),
        (lambda folder: (folder / "cover.jpg").write_bytes(b"\xff\xd8"), "no JPEG or PNG"),
        (lambda folder: [path.unlink() for path in folder.glob("*.wav")], "holds no WAV"),
    ],
)
def test_a_folder_that_was_changed_is_refused(
    out: Path, covered: Album, change: Callable[[Path], object], words: str
) -> None:
    change(written(out, covered))
    with pytest.raises(Refusal, match=words):
        wav.read(out)


def test_a_track_without_a_sample_is_refused(out: Path) -> None:
    empty = programme(Layout(48000, 24, 0, ()))
    plain.write(written(out) / NAMES[1], empty)
    with pytest.raises(Refusal, match=r"tracks\[3\]: starts at 30000, which is not after 30000"):
        wav.read(out)


def test_a_lost_cover_is_no_text_that_was_promised(out: Path, covered: Album) -> None:
    (written(out, covered) / "cover.jpg").unlink()
    assert wav.read(out).texts != wav.texts(covered, [TRACKS])


def test_any_changed_byte_is_refused_or_heard(out: Path) -> None:
    path = written(out, album("One"), layout([(0, None)], 500)) / "01 One.wav"
    good, whole = path.read_bytes(), joined(programme(layout([(0, None)], 500)))
    draw, refused = random.Random(7), 0  # noqa: S311 - a test that can be replayed
    for place in [*range(HEADER_BYTES), *draw.sample(range(HEADER_BYTES, len(good)), 100)]:
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x41]) + good[place + 1 :])
        try:
            assert not np.array_equal(joined(wav.read(out).programmes[0]), whole)
        except Refusal:
            refused += 1
    assert refused == HEADER_BYTES


@needs("ffmpeg")
def test_ffmpeg_hears_the_same_samples(out: Path) -> None:
    for name, (start, stop) in zip(NAMES, SPANS, strict=True):
        call = ["ffmpeg", "-v", "error", "-i", str(out / name), "-c:a", "pcm_s24le", "-f", "s24le", "-"]
        written(out)
        decoded = subprocess.run(call, capture_output=True, check=True).stdout
        assert decoded == pack(joined(programme(TRACKS))[start:stop], 24)


@needs("sox")
def test_sox_hears_the_same_samples_and_has_nothing_to_say(out: Path) -> None:
    run = subprocess.run(["sox", written(out) / NAMES[1], "-t", "s24", "-"], capture_output=True, check=True)
    assert run.stdout == pack(joined(programme(TRACKS))[30000:60000], 24)
    assert not run.stderr


def test_libsndfile_finds_plain_wav_and_the_same_samples(out: Path) -> None:
    written(out)
    for name, (start, stop) in zip(NAMES, SPANS, strict=True):
        about = soundfile.info(out / name)
        assert (about.format, about.subtype, about.samplerate, about.channels) == ("WAV", "PCM_24", 48000, 2)
        heard = soundfile.read(out / name, dtype="int32")[0] >> 8
        assert np.array_equal(heard, joined(programme(TRACKS))[start:stop])
