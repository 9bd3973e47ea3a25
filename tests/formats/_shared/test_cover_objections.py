"""What shops object to in a cover is told, by what the picture is and not by what it is called."""

import io
import random
import warnings
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from formats._shared import cover
from tests.support.pictures import ADOBE_RGB, DISPLAY_P3, SRGB, in_sixteen_bits, picture, profile, with_chunk

SPACE = "is in the colour space {}; shops want sRGB"


def told(folder: Path, data: bytes, name: str = "art") -> list[str]:
    (folder / name).write_bytes(data)
    return [f"{fault.severity} {fault.words}" for fault in cover.faults(folder / name)]


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def stored_in_adobe_rgb() -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA001] = 65535
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    return exif


def declaring(side: int) -> bytes:
    """A small PNG whose header says that it is large."""
    png = bytearray(picture("PNG", side=8))
    png[16:24] = side.to_bytes(4, "big") * 2
    png[29:33] = zlib.crc32(png[12:29]).to_bytes(4, "big")
    return bytes(png)


def several(kind: str, count: int) -> bytes:
    pictures = [Image.new("RGB", (1500, 1500), (30 * n, 0, 0)) for n in range(count)]
    data = io.BytesIO()
    pictures[0].save(data, kind, save_all=True, append_images=pictures[1:])
    return data.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    "saved",
    [
        {},
        {"exif": turned(1)},
        {"icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()},
        {"icc_profile": profile(SRGB, 2.2, "c2")},
        {"progressive": True},
    ],
)
def test_what_shops_ask_for_is_not_objected_to(tmp_path: Path, kind: str, saved: dict[str, Any]) -> None:
    assert told(tmp_path, picture(kind, **saved)) == []


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (picture(mode="CMYK"), "is CMYK; shops want RGB"),
        (picture(mode="L"), "is grey; shops want RGB"),
        (picture("PNG", mode="L"), "is grey; shops want RGB"),
        (picture("PNG", mode="1"), "is black and white; shops want RGB"),
        (picture("PNG", mode="P"), "has a palette of colours; shops want RGB"),
        (picture("PNG", mode="RGBA"), "can be seen through"),
        (picture("PNG", transparency=(0, 0, 0)), "can be seen through"),
        (in_sixteen_bits(2), "has 16 bits a channel; shops want 8"),
        *[(picture(exif=turned(number)), f"(Exif orientation {number})") for number in range(2, 9)],
        (picture("PNG", exif=turned(6)), "(Exif orientation 6)"),
        (picture(icc_profile=profile(DISPLAY_P3, 2.2, "Display P3")), SPACE.format("'Display P3'")),
        (picture("PNG", icc_profile=profile(ADOBE_RGB, 2.2, "A (98)")), SPACE.format("'A (98)'")),
        (picture(icc_profile=profile(SRGB, 1.0, "linear")), SPACE.format("'linear'")),
        (picture(icc_profile=profile(DISPLAY_P3, 2.2, "sRGB")), SPACE.format("'sRGB'")),
        (picture(icc_profile=profile(ADOBE_RGB, 2.2, "\x1b[31m")), SPACE.format("of its own profile")),
        (picture(icc_profile=b"no profile at all"), SPACE.format("of a profile that cannot be used")),
        (picture(exif=stored_in_adobe_rgb()), SPACE.format("Adobe RGB, by its Exif tags")),
        (with_chunk(picture("PNG"), b"cICP", bytes((12, 13, 0, 1))), SPACE.format("of the code points 12/13")),
        (with_chunk(picture("PNG"), b"gAMA", (55556).to_bytes(4, "big")), SPACE.format("of gamma 1.8")),
        (several("PNG", 3), "holds 3 pictures; shops want one"),
        (several("MPO", 2), "holds 2 pictures; shops want one"),
    ],
)  # fmt: skip
def test_each_objection_is_told_once(tmp_path: Path, data: bytes, wanted: str) -> None:
    (note,) = told(tmp_path, data)
    assert note.startswith("note ")
    assert wanted in note


def test_all_objections_are_told_at_once(tmp_path: Path) -> None:
    assert len(told(tmp_path, picture("PNG", mode="LA", side=900, exif=turned(3)))) == 4
    assert [note.split(";")[0] for note in told(tmp_path, in_sixteen_bits(0))] == [
        *("note is grey", "note has 16 bits a channel")
    ]


def test_what_says_that_it_is_srgb_is(tmp_path: Path) -> None:
    named = with_chunk(with_chunk(picture("PNG"), b"gAMA", (55556).to_bytes(4, "big")), b"sRGB", b"\0")
    assert told(tmp_path, named) == []
    assert told(tmp_path, with_chunk(picture("PNG"), b"cICP", bytes((1, 13, 0, 1)))) == []


def test_depth_is_of_the_file_and_not_of_its_decoder(tmp_path: Path) -> None:
    for data, depth in (
        (in_sixteen_bits(2), 48),
        (picture(), 24),
        (picture(mode="CMYK"), 32),
        (picture("PNG", "P"), 8),
    ):
        (tmp_path / "art").write_bytes(data)
        assert cover.load(tmp_path / "art").depth == depth


def test_a_jpeg_by_another_name_is_a_jpeg(tmp_path: Path) -> None:
    assert told(tmp_path, picture(), "art.png") == []
    assert cover.load(tmp_path / "art.png").mime == "image/jpeg"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_what_is_cut_off_is_refused(tmp_path: Path, kind: str, kept: float) -> None:
    for whole in (picture(kind, side=1500), picture(kind, progressive=True)):
        (note,) = told(tmp_path, whole[: round(kept * len(whole))])
        assert note == "refusal 'art' is no JPEG or PNG that can be decoded"


def test_the_program_s_settings_neither_judge_nor_are_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a caller's limit on pixels is its own; and no warning is raised, whoever listens."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        assert told(tmp_path, picture()) == []
        assert "12000 x 12000 pixels" in told(tmp_path, declaring(12000))[0]
    assert raised == []


def test_broken_tags_and_profiles_raise_nothing(tmp_path: Path) -> None:
    rng = random.Random(1)  # noqa: S311 - no secret
    saved: dict[str, Any] = {"exif": stored_in_adobe_rgb(), "icc_profile": profile(DISPLAY_P3, 2.2, "P3")}
    for kind in ("JPEG", "PNG"):
        whole = picture(kind, side=64, **saved)
        for _ in range(150):
            broken = bytearray(whole)
            for _ in range(rng.randrange(1, 6)):
                broken[rng.randrange(4, min(900, len(broken)))] = rng.randrange(256)
            assert all(words.startswith(("note ", "refusal ")) for words in told(tmp_path, bytes(broken)))
