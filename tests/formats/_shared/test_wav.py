"""WAV files, file names and the bytes of samples: by hand, by foreign readers, and by our own."""

import hashlib
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from albums.faults import Refusal
from formats import Layout, Programme
from formats._shared import wav
from formats._shared.file_names import LONGEST_BYTES, ascii_file_name, file_name
from formats._shared.files import beside, content, only
from formats._shared.pcm import pack, unpack
from formats._shared.programme import counted
from tests.support.programmes import joined, layout, needs, programme

TWO_FRAMES_AT_24_BITS = """
52 49 46 46   30 00 00 00   57 41 56 45   # RIFF, 48 bytes follow, WAVE
66 6d 74 20   10 00 00 00                 # fmt , 16 bytes
01 00   02 00                             # PCM, stereo
00 77 01 00   00 ca 08 00                 # 96000 Hz, 576000 bytes per second
06 00   18 00                             # 6 bytes per frame, 24 bit
64 61 74 61   0c 00 00 00                 # data, 12 bytes
00 00 80   ff ff 7f                       # least, greatest
ff ff ff   01 00 00                       # -1, 1
"""


def written(folder: Path, bits: int = 24, frames: int = 70000) -> tuple[Path, Programme]:
    heard = programme(Layout(96000, bits, frames, ()))
    wav.write(folder / "x.wav", heard)
    return folder / "x.wav", heard


def test_every_byte_of_a_file(tmp_path: Path) -> None:
    samples = np.array([[-(2**23), 2**23 - 1], [-1, 1]], np.int32)
    wav.write(tmp_path / "x.wav", Programme(Layout(96000, 24, 2, ()), lambda start=0: iter([samples[start:]])))
    wanted = bytes.fromhex("".join(line.split("#")[0] for line in TWO_FRAMES_AT_24_BITS.split("\n")))
    assert (tmp_path / "x.wav").read_bytes() == wanted


@given(st.lists(st.integers(-(2**23), 2**23 - 1), max_size=40))
def test_24_bits_pack_as_python_packs_integers(numbers: list[int]) -> None:
    block = np.array(numbers[: len(numbers) // 2 * 2], np.int32).reshape(-1, 2)
    data = pack(block, 24)
    assert data == b"".join(int(n).to_bytes(3, "little", signed=True) for n in block.ravel())
    assert np.array_equal(unpack(data, 24), block)


@given(st.lists(st.integers(-(2**15), 2**15 - 1), max_size=40))
def test_16_bits_pack_as_python_packs_integers(numbers: list[int]) -> None:
    block = np.array(numbers[: len(numbers) // 2 * 2], np.int32).reshape(-1, 2)
    data = pack(block, 16)
    assert data == b"".join(int(n).to_bytes(2, "little", signed=True) for n in block.ravel())
    assert np.array_equal(unpack(data, 16), block)


@pytest.mark.parametrize("bits", [16, 24])
def test_every_sample_there_is_comes_back(bits: int) -> None:
    every = np.arange(-(2 ** (bits - 1)), 2 ** (bits - 1), dtype=np.int32).reshape(-1, 2)
    data = pack(every, bits)
    assert np.array_equal(unpack(data, bits), every)
    assert data[: bits // 8] == bytes(bits // 8 - 1) + b"\x80"
    assert data[-bits // 8 :] == b"\xff" * (bits // 8 - 1) + b"\x7f"


@pytest.mark.parametrize("bits", [16, 24])
def test_packing_does_not_mind_how_a_block_lies_in_memory(bits: int) -> None:
    block = np.arange(-600, 600, dtype=np.int32).reshape(-1, 4)
    straight = pack(np.array([row[::-2] for row in block]), bits)
    assert pack(block[:, ::-2], bits) == pack(np.asfortranarray(block[:, ::-2]), bits) == straight
    assert len(pack(block[:0, :2], bits)) == 0
    assert unpack(b"", bits).shape == (0, 2)


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("order", ["C", "F"])
def test_extremes_pack_as_they_are_however_they_lie_in_memory(bits: int, order: Literal["C", "F"]) -> None:
    top = 2 ** (bits - 1) - 1
    block = np.array([[-top - 1, top], [-1, 0], [1, -256], [255, 32512]], np.int32, order=order)
    for part in (block, block[1:], block[::2], block[:0]):
        data = pack(part, bits)
        assert data == b"".join(int(n).to_bytes(bits // 8, "little", signed=True) for n in part.ravel())
        assert np.array_equal(unpack(data, bits), part)
        assert np.array_equal(unpack(bytes(data), bits), part)


def test_what_is_packed_is_a_copy() -> None:
    """A writer may keep the bytes and reuse the block."""
    for bits in (16, 24):
        block = np.array([[1, 2]], np.int32)
        data = pack(block, bits)
        block[:] = 9
        assert np.array_equal(unpack(data, bits), [[1, 2]])


@pytest.mark.parametrize(("bits", "sample"), [(16, 2**15), (16, -(2**15) - 1), (24, 2**23), (24, -(2**23) - 1)])
def test_a_sample_that_does_not_fit_is_never_wrapped(bits: int, sample: int) -> None:
    with pytest.raises(ValueError, match=str(sample)):
        pack(np.array([[0, sample]], np.int32), bits)


@pytest.mark.parametrize("bits", [16, 24])
def test_what_is_written_is_read(tmp_path: Path, bits: int) -> None:
    path, heard = written(tmp_path, bits, 140000)
    assert wav.layout_of(path) == heard.layout
    assert np.array_equal(np.concatenate(list(wav.blocks(path))), joined(heard))
    for start in (0, 1, 65536, 139999, 140000):
        assert np.array_equal(np.concatenate([joined(heard)[:start], *wav.blocks(path, start)]), joined(heard))
    left_aligned, rate_hz = soundfile.read(path, dtype="int32", always_2d=True)
    assert rate_hz == 96000
    assert np.array_equal(left_aligned >> (32 - bits), joined(heard))


def test_the_same_programme_gives_the_same_bytes_in_any_blocks(tmp_path: Path) -> None:
    path, heard = written(tmp_path)
    first = path.read_bytes()
    whole = joined(heard)
    wav.write(path, Programme(heard.layout, lambda start=0: iter([whole[start:]])))
    assert path.read_bytes() == first


@pytest.mark.parametrize("frames", [69999, 70001])
def test_a_programme_that_is_not_as_long_as_its_layout_is_an_error(tmp_path: Path, frames: int) -> None:
    heard = programme(Layout(96000, 24, 70000, ()))
    with pytest.raises(ValueError, match="70000 frames where"):
        wav.write(tmp_path / "x.wav", replace(heard, layout=replace(heard.layout, frames=frames)))
    assert len(list(counted(heard.blocks(), 70000))) > 1


def test_more_than_a_header_can_count_is_refused(tmp_path: Path) -> None:
    most = (2**32 - 1 - 36) // 6
    assert not list(wav.faults(Layout(192000, 24, most, ())))
    heard = programme(Layout(192000, 24, 10, ()))
    with pytest.raises(Refusal, match="bytes as WAV"):
        wav.write(tmp_path / "x.wav", replace(heard, layout=replace(heard.layout, frames=most + 1)))
    assert not (tmp_path / "x.wav").exists()


@pytest.mark.parametrize("cut", [0, 1, 12, 43, 44, 45, 50, 419999 + 44])
def test_a_truncated_file_is_refused(tmp_path: Path, cut: int) -> None:
    path, _ = written(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(Refusal, match=r"x\.wav"):
        list(wav.blocks(path))


def test_anything_after_the_samples_is_refused(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    path.write_bytes(path.read_bytes() + b"LIST\x00\x00\x00\x00")
    with pytest.raises(Refusal, match="data size"):
        wav.layout_of(path)


def test_the_tag_of_other_writers_is_refused_by_name(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    data = bytearray(path.read_bytes())
    data[20:22] = b"\xfe\xff"
    path.write_bytes(data)
    with pytest.raises(Refusal, match="has format tag 65534, expected 1"):
        wav.layout_of(path)


def test_no_byte_of_the_header_can_change_unseen(tmp_path: Path) -> None:
    path, heard = written(tmp_path, frames=10)
    good = path.read_bytes()
    for place in range(44):
        for flip in (1, 0x80, 0xFF):
            path.write_bytes(good[:place] + bytes([good[place] ^ flip]) + good[place + 1 :])
            with pytest.raises(Refusal):
                list(wav.blocks(path))
    path.write_bytes(good)
    assert wav.layout_of(path) == heard.layout


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="No such file"):
        wav.layout_of(tmp_path / "x.wav")


@needs("ffmpeg")
@pytest.mark.parametrize(("bits", "codec"), [(16, "s16le"), (24, "s24le")])
def test_ffmpeg_hears_the_same_samples(tmp_path: Path, bits: int, codec: str) -> None:
    path, heard = written(tmp_path, bits)
    call = ["ffmpeg", "-v", "error", "-i", str(path), "-c:a", f"pcm_{codec}", "-f", codec, "-"]
    decoded = subprocess.run(call, capture_output=True, check=True).stdout
    assert hashlib.sha256(decoded).digest() == hashlib.sha256(pack(joined(heard), bits)).digest()


@needs("soxi")
def test_sox_sees_rate_depth_and_length(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    told = [subprocess.run(["soxi", f"-{what}", path], capture_output=True, text=True, check=True) for what in "rbscT"]
    assert [run.stdout.strip() for run in told[:4]] == ["96000", "24", "70000", "2"]
    assert all(not run.stderr for run in told)


@needs("mediainfo")
def test_mediainfo_finds_plain_pcm(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    told = subprocess.run(["mediainfo", "--Output=JSON", path], capture_output=True, check=True).stdout
    audio = json.loads(told)["media"]["track"][1]
    assert (audio["Format"], audio["CodecID"], audio["BitDepth"], audio["SamplingRate"]) == ("PCM", "1", "24", "96000")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Björk – Jóga", "Björk – Jóga.wav"),
        ("夜に駆ける", "夜に駆ける.wav"),
        ("AC/DC", "AC-DC.wav"),
        ("../../etc/passwd", "etc-passwd.wav"),
        ("..\\..\\boot.ini", "boot.ini.wav"),
        (".hidden", "hidden.wav"),
        ("-rf", "rf.wav"),
        ('Who? "Me" *now* <3', "Who 'Me' now (3.wav"),
        ("tab\tand\nline", "tab and line.wav"),
        ("right\u202eleft\x00", "rightleft.wav"),
        ("ends. . ", "ends.wav"),
        ("con", "_con.wav"),
        ("Com1.live", "_Com1.live.wav"),
        ("Console", "Console.wav"),
        ("...", "untitled.wav"),
        ("???", "untitled.wav"),
        ("", "untitled.wav"),
        ("e\u0301", "é.wav"),
    ],
)
def test_file_names(text: str, name: str) -> None:
    assert file_name(text, ".wav") == name


@given(st.text())
def test_no_text_leads_out_of_its_folder(text: str) -> None:
    name = file_name(text, ".wav")
    assert Path(name).name == name
    assert Path("folder", name).resolve().parent == Path("folder").resolve()
    assert len(name.encode()) <= LONGEST_BYTES
    assert not re.search(r'[\x00-\x1f\x7f/\\:*?"<>|]', name)
    assert name[0] not in " .-"
    assert not name.removesuffix(".wav").endswith((" ", "."))
    assert ascii_file_name(text, ".wav").isascii()


def test_a_long_name_is_cut_between_characters() -> None:
    name = file_name("夜" * 200, ".wav")
    assert name == "夜" * 38 + ".wav"


def test_a_sheet_names_files_beside_it_only(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.wav").write_bytes(b"")
    (tmp_path / "in" / "x.wav").write_bytes(b"12")
    sheet = tmp_path / "in" / "sheet"
    assert beside(sheet, "x.wav") == tmp_path / "in" / "x.wav"
    for name in ("../out.wav", "..\\out.wav", "", ".", "..", "y.wav", "x.wav\0", str(tmp_path / "out.wav")):
        with pytest.raises(Refusal, match="sheet"):
            beside(sheet, name)
    with pytest.raises(Refusal, match="at most 1"):
        content(tmp_path / "in" / "x.wav", 1)
    with pytest.raises(Refusal, match="found none"):
        only(tmp_path, "*.cue")


def test_layouts_hold_no_samples() -> None:
    assert "blocks" not in repr(programme(layout([(0, None)], 588)))
