"""The Info tag of MP3 files: made anew from what is counted, and never believed unseen."""

import random
from pathlib import Path

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from albums.faults import Refusal
from formats.codecs import encode
from formats.codecs.info_tag import CRC, LIMITS, crc_16, read_info, write_info
from profiles.codecs import codec_named
from tests.support.lossy import samples_of

FRAMES = 30000
PLACE = 20  # FFmpeg writes an ID3v2 tag of nothing first


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("mp3")
    codec = codec_named("mp3-v4")
    return encode(samples_of(folder / "s", FRAMES), 48000, [codec], folder)[codec].read_bytes()


def put(folder: Path, data: bytes) -> Path:
    (folder / "x.mp3").write_bytes(data)
    return folder / "x.mp3"


def test_the_crc_is_the_usual_one() -> None:
    assert crc_16(b"123456789") == 0xBB3D  # the check value of CRC-16/ARC


def test_what_lame_writes_is_read(tmp_path: Path, encoded: bytes) -> None:
    found = read_info(put(tmp_path, encoded))
    assert (found.place, found.rate_hz, found.delay) == (PLACE, 48000, 576)
    assert found.length == found.frames * 1152 - found.delay - found.padding
    assert abs(found.length - FRAMES) < 30  # FFmpeg's padding is sometimes wrong by so much


@pytest.mark.parametrize(("lead", "length"), [(0, FRAMES), (0, FRAMES - 1000), (2304, FRAMES - 2304), (7, 28000)])
def test_what_is_written_is_read_also_by_libsndfile(tmp_path: Path, encoded: bytes, lead: int, length: int) -> None:
    path = put(tmp_path, encoded)
    whole = soundfile.read(path)[0]
    write_info(path, lead, length)
    found = read_info(path)
    assert (found.length, found.delay) == (length, 576 + lead)
    heard = soundfile.read(path)[0]
    assert len(heard) == length
    # The first frames lean on those before, which a decoder that starts at the music has not heard.
    assert abs(heard[2000:] - whole[lead + 2000 : lead + length]).max() < 1e-5


@pytest.mark.parametrize(("lead", "length"), [(3520, 20000), (0, FRAMES - 4000), (0, FRAMES + 4000)])
def test_what_twelve_bits_do_not_hold_is_an_error(tmp_path: Path, encoded: bytes, lead: int, length: int) -> None:
    with pytest.raises(ValueError, match="no Info tag says"):
        write_info(put(tmp_path, encoded), lead, length)


def test_an_id3_tag_before_it_is_skipped(tmp_path: Path, encoded: bytes) -> None:
    sound = encoded[PLACE:]
    for tag in (b"", b"ID3\x04\0\0\0\0\1\x48" + bytes(200), b"ID3\x04\0\x10\0\0\0\x64" + bytes(110)):
        assert read_info(put(tmp_path, tag + sound)).place == len(tag)


def damaged(data: bytes) -> dict[str, bytes]:
    sound = data[PLACE:]
    unsigned = bytearray(sound)
    unsigned[LIMITS + 1] ^= 1
    fewer = bytearray(sound)
    fewer[47] -= 1
    fewer[CRC : CRC + 2] = crc_16(fewer[:CRC]).to_bytes(2, "big")
    return {
        "whose checksum is wrong": bytes(unsigned),
        "frames and has": bytes(fewer),
        "no Info tag": sound[:36] + b"None" + sound[40:],
        "without all of its fields": sound[:43] + b"\x07" + sound[44:],
        "ends within a frame": data[:-1],
        "something else where": data + b"TAG" + bytes(125),
        "without a size": b"ID3\x04\0\0\xff\0\0\0" + sound,
        "no known bit rate": sound[:2] + b"\xf0" + sound[3:],
    }


def test_every_kind_of_damage_is_told(tmp_path: Path, encoded: bytes) -> None:
    for words, data in damaged(encoded).items():
        with pytest.raises(Refusal, match=words):
            read_info(put(tmp_path, data))


def test_what_is_all_padding_is_refused(tmp_path: Path, encoded: bytes) -> None:
    sound = bytearray(encoded[PLACE:])
    place = 0
    for _ in range(4):  # the tag's frame and three more
        place = sound.index(b"\xff\xfb", place + 1)
    sound[44:48] = (3).to_bytes(4, "big")
    sound[LIMITS : LIMITS + 3] = b"\xff\xff\xff"
    sound[CRC : CRC + 2] = crc_16(sound[:CRC]).to_bytes(2, "big")
    with pytest.raises(Refusal, match="are not heard"):
        read_info(put(tmp_path, bytes(sound[:place])))


def test_broken_bytes_are_refused_or_read(tmp_path: Path, encoded: bytes) -> None:
    draw, refused = random.Random(3), 0  # noqa: S311 - a test that can be replayed
    for _ in range(300):
        data = bytearray(encoded)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(draw.choice([PLACE + CRC + 2, len(data)]))] = draw.randrange(256)
        path = put(tmp_path, bytes(data[: draw.choice([len(data), draw.randrange(len(data))])]))
        try:
            read_info(path)
        except Refusal:
            refused += 1
    assert refused > 150


@given(st.binary(max_size=400), st.sampled_from([b"", b"ID3\x04\0\0\0\0\0\0", b"\xff\xfb\x94\0"]))
def test_any_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, head: bytes) -> None:
    with pytest.raises(Refusal):
        read_info(put(tmp_path_factory.getbasetemp(), head + data))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="is a folder"):
        read_info(tmp_path)
