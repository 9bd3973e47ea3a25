"""Broadcast WAVs: what stands before the samples, by our own walk and by readers that are not ours; nothing after."""

import re
import struct
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import wavinfo
from mutagen.wave import WAVE

from albums import Album
from albums.faults import Refusal
from formats import Layout, StatedLoudness, broadcast_wav
from formats._shared.tags.loudness import broadcast
from formats.broadcast_wav import riff, wav_file
from formats.broadcast_wav.chunks import chunks
from tests.support.pictures import picture
from tests.support.programmes import album, joined, layout, needs, programme

TRACKS = layout([(0, None), (30000, None), (60000, None)], 90001, 48000, 24)
TITLES = ("Größe", "夜 🎹", "שלום & <x>")
NAMES = ["01 Größe.wav", "02 夜 🎹.wav", "03 שלום & (x).wav"]
STATED = [
    StatedLoudness(-14.015, -1.004, -15.0, -0.9, 7.005, -9.994, -11.0),
    StatedLoudness(),
    StatedLoudness(-9.0, 0.5),
]


def walked(path: Path) -> dict[str, bytes]:
    """Every chunk by its letters, walked as Microsoft wrote it down in 1991, pad bytes left out; the samples last."""
    data = path.read_bytes()
    kind, size, form = struct.unpack_from("<4sI4s", data)
    assert (kind, size, form) == (b"RIFF", len(data) - 8, b"WAVE")
    found, place = dict[str, bytes](), 12
    while place < len(data):
        kind, size = struct.unpack_from("<4sI", data, place)
        assert place % 2 == 0
        assert kind.decode() not in found
        found[kind.decode()] = data[place + 8 : place + 8 + size]
        assert len(found[kind.decode()]) == size
        if size % 2:
            assert data[place + 8 + size] == 0
        place += 8 + size + size % 2
    assert place == len(data)
    assert [*found][-1] == "data"
    return found


@pytest.fixture
def of(tmp_path: Path) -> Album:
    (tmp_path / "art").write_bytes(picture())
    tracks = [{"isrc": f"QZGLM260000{n}", "artist": "Ann" if n == 1 else "אן"} for n in (1, 2, 3)]
    return album(
        *TITLES, folder=tmp_path, cover="art", tracks=tracks, upc="036000291452", label="Haus", genre=["A", "B"]
    )


@pytest.fixture
def out(tmp_path: Path, of: Album) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    broadcast_wav.write(folder, of, [programme(TRACKS)])
    return folder


def test_the_files_are_the_programme_and_say_all_texts(out: Path, of: Album) -> None:
    assert sorted(path.name for path in out.glob("*.wav")) == NAMES
    reading = broadcast_wav.read(out)
    assert reading.texts == broadcast_wav.texts(of, [TRACKS])
    (found,) = reading.programmes
    assert (joined(found) == joined(programme(TRACKS))).all()
    ours = [soundfile.read(out / name, dtype="int32", always_2d=True)[0] >> 8 for name in NAMES]
    assert (np.concatenate(ours) == joined(programme(TRACKS))).all()


def test_bext_byte_by_byte(out: Path) -> None:
    broadcast_wav.state_loudness(out, TRACKS, STATED)
    bext = walked(out / NAMES[0])["bext"]
    assert bext[:256].rstrip(b"\0") == b"Ann - Grosse"
    assert bext[256:288].rstrip(b"\0") == b"Glassmaster"
    assert bext[288:320].rstrip(b"\0") == b"QZGLM2600001"
    assert bext[320:346] == b"\0" * 26  # date and time, and no time reference
    assert bext[346:348] == b"\x02\x00"
    assert bext[348:412] == b"\0" * 64
    assert struct.unpack("<5h", bext[412:422]) == (-1402, 701, -100, -999, -1100)
    assert bext[422:602] == b"\0" * 180
    assert bext[602:] == b"A=PCM,F=48000,W=24,M=stereo,T=Glassmaster\r\n\0"
    silent = walked(out / NAMES[1])["bext"]
    assert silent[412:422] == b"\xff\x7f" * 5


def test_halves_are_rounded_away_from_zero() -> None:
    said = dict(broadcast(StatedLoudness(-22.645, 12.765, range_lu=0.125)))
    assert said == {"LOUDNESSVALUE": "-2265", "MAXTRUEPEAKLEVEL": "1277", "LOUDNESSRANGE": "13"}


def test_stated_loudness_is_read_back_and_the_samples_stay(out: Path) -> None:
    before = [walked(out / name)["data"] for name in NAMES]
    broadcast_wav.state_loudness(out, TRACKS, STATED)
    found = broadcast_wav.read(out).stated
    assert found == tuple(map(broadcast_wav.as_stated, STATED))
    assert found[0].integrated_lufs == -14.02
    assert found[0].album_lufs is None
    assert [walked(out / name)["data"] for name in NAMES] == before


def test_axml_has_the_isrc(out: Path) -> None:
    root = ElementTree.fromstring(walked(out / NAMES[1])["axml"])  # noqa: S314 - our own
    (found,) = [e for e in root.iter() if e.tag.endswith("identifier") and e.get("formatLabel") == "ISRC"]
    assert found[0].text == "ISRC:QZGLM2600002"
    assert found[0].tag == "{http://purl.org/dc/elements/1.1/}identifier"


def test_ixml_has_the_texts_in_unicode(out: Path) -> None:
    root = ElementTree.fromstring(walked(out / NAMES[2])["iXML"])  # noqa: S314 - our own
    assert root.findtext("USER", "").splitlines()[0] == "TITLE=שלום & <x>"
    assert root.findtext("SPEED/FILE_SAMPLE_RATE") == "48000"
    assert len(root.findall("TRACK_LIST/TRACK")) == 2


def test_info_is_ascii(out: Path) -> None:
    info = walked(out / NAMES[2])["LIST"]
    assert info[:4] == b"INFO"
    assert info.isascii()
    assert b"INAM" in info
    assert b"IGNR\x05\0\0\0A; B\0\0" in info  # an odd size, and its pad byte


def test_wavinfo_reads_bext_and_ixml(out: Path) -> None:
    broadcast_wav.state_loudness(out, TRACKS, STATED)
    found = wavinfo.WavInfoReader(str(out / NAMES[0]))
    assert (found.bext.originator, found.bext.version) == ("Glassmaster", 2)
    assert (found.bext.loudness_value, found.bext.max_true_peak) == (-14.02, -1.0)
    assert found.bext.description == "Ann - Grosse"
    assert found.ixml.project == "An Album" or found.ixml.project
    assert [track.name for track in found.ixml.track_list] == ["L", "R"]


def test_mutagen_finds_the_cover(out: Path) -> None:
    tags: Any = WAVE(out / NAMES[0]).tags
    assert tags.getall("APIC")[0].data == picture()
    assert str(tags["TIT2"]) == "Größe"


@needs("mediainfo")
def test_mediainfo_reads_bext(out: Path) -> None:
    broadcast_wav.state_loudness(out, TRACKS, STATED)
    told = subprocess.run(["mediainfo", "--Full", out / NAMES[0]], check=True, capture_output=True).stdout.decode()
    assert re.search(r"Producer +: Glassmaster", told), told
    assert "QZGLM2600001" in told


@needs("ffprobe")
def test_ffmpeg_decodes_every_sample(out: Path) -> None:
    command = [
        "ffprobe",
        "-v",
        "error",
        "-select_streams",
        "a",
        "-show_entries",
        "stream=duration_ts",
        "-of",
        "csv=p=0",
        str(out / NAMES[2]),
    ]
    assert int(subprocess.run(command, check=True, capture_output=True).stdout) == 30001


@pytest.mark.parametrize("kind", ["bext", "LIST", "axml", "iXML", "fmt "])
def test_a_chunk_that_says_something_else_is_told(out: Path, kind: str) -> None:
    path = out / NAMES[0]
    data = bytearray(path.read_bytes())
    place = data.index(kind.encode()) + 8 + (4 if kind == "LIST" else 0)
    data[place + 8] ^= 1
    path.write_bytes(data)
    with pytest.raises(Refusal, match=f"its chunk '{kind.strip()}' does not say|has no|not well|bits"):
        broadcast_wav.read(out)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda data: data[:-1], "its chunks end at"),
        (lambda data: data + b"\0\0", "ends within the head of a chunk|its chunks end at"),
        (lambda data: data + b"LIST\4\0\0\0INFO", "its chunks end at|does not end with one chunk"),
        (lambda data: b"FORM" + data[4:], "is no WAV"),
        (lambda data: data[:20], "ends within|its chunks end at"),
        (lambda data: data[:0], "ends within the head"),
        (lambda data: data.replace(b"id3 ", b"junk"), "has no ID3 tag"),
        (lambda data: data[:16] + b"\xff\xff\xff\x7f" + data[20:], "its chunks end at"),
    ],
)
def test_a_broken_file_is_refused(out: Path, broken: object, words: str) -> None:
    path = out / NAMES[0]
    path.write_bytes(broken(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(Refusal, match=words):
        broadcast_wav.read(out)


def test_other_texts_take_the_same_samples(out: Path, of: Album, tmp_path: Path) -> None:
    other = of.model_copy(update={"release": of.release.model_copy(update={"label": "A Much Longer Name of a Label"})})
    anew, fresh = tmp_path / "anew", tmp_path / "fresh"
    for folder in (anew, fresh):
        folder.mkdir()
    broadcast_wav.retag(out, anew, other, TRACKS)
    broadcast_wav.write(fresh, other, [programme(TRACKS)])
    for name in NAMES:
        assert (anew / name).read_bytes() == (fresh / name).read_bytes()


FRAMES_OVER_4_GIB = 2**32 // 6 + 1000


def test_over_4_gib_it_is_an_rf64(tmp_path: Path) -> None:
    path, of = tmp_path / "long.wav", Layout(96000, 24, FRAMES_OVER_4_GIB, ())
    pairs = [("TITLE", "Long"), ("ISRC", "QZGLM2600001")]
    head = riff.head(chunks(pairs, None, of), 6 * FRAMES_OVER_4_GIB, FRAMES_OVER_4_GIB)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + 6 * FRAMES_OVER_4_GIB)  # sparse: silence that takes no room on the disk
        file.seek(-6, 2)
        file.write(b"\1\2\3\4\5\6")
    assert head[:4] == b"RF64"
    assert head[4:8] == b"\xff" * 4
    assert head[12:20] == b"ds64\x1c\0\0\0"
    assert struct.unpack_from("<QQQI", head, 20) == (
        path.stat().st_size - 8,
        6 * FRAMES_OVER_4_GIB,
        FRAMES_OVER_4_GIB,
        0,
    )
    found = wav_file.opened(path)
    assert (found.layout.frames, ("TITLE", "Long") in found.pairs) == (FRAMES_OVER_4_GIB, True)
    (last,) = wav_file.blocks(found, FRAMES_OVER_4_GIB - 1)
    assert last.tolist() == [[0x030201, 0x060504]]
    with soundfile.SoundFile(path) as other:
        assert (other.frames, other.samplerate, other.format) == (FRAMES_OVER_4_GIB, 96000, "RF64")
        other.seek(FRAMES_OVER_4_GIB - 1)
        assert (other.read(1, "int32") >> 8).tolist() == [[0x030201, 0x060504]]


@needs("ffprobe")
def test_ffmpeg_reads_the_rf64(tmp_path: Path) -> None:
    path, of = tmp_path / "long.wav", Layout(96000, 24, FRAMES_OVER_4_GIB, ())
    with path.open("wb") as file:
        file.write(riff.head(chunks([("TITLE", "Long")], None, of), 6 * FRAMES_OVER_4_GIB, FRAMES_OVER_4_GIB))
        file.seek(6 * FRAMES_OVER_4_GIB - 1, 1)
        file.write(b"\0")
    command = [
        "ffprobe",
        "-v",
        "error",
        "-select_streams",
        "a",
        "-show_entries",
        "stream=duration_ts",
        "-of",
        "csv=p=0",
        str(path),
    ]
    assert int(subprocess.run(command, check=True, capture_output=True).stdout) == FRAMES_OVER_4_GIB
