"""Covers as shops want them: each fault converted and told, colours measured, what is right left as it is."""

import io
import resource
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from albums.faults import Refusal
from formats._shared.cover import loaded
from formats._shared.cover_conversion import fitted
from formats._shared.cover_rules import faults_by_rules
from profiles import load, names
from profiles.parts import CoverRules
from tests.support.pictures import ADOBE_RGB, DISPLAY_P3, SRGB, picture, profile
from tests.support.programmes import album

SIDE = 800
RULES = CoverRules(source="x", colours="srgb", convert=True, smallest_px=640)
P3 = profile(DISPLAY_P3, 2.2, "Display P3")
ADOBE = profile(ADOBE_RGB, 2.2, "Adobe RGB (1998)")


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def plain(mode: str = "RGB", colour: Any = (200, 100, 50), side: int = SIDE) -> Image.Image:
    return Image.new(mode, (side, side), colour)


def turned(orientation: int) -> bytes:
    """A picture whose upper half is red once it is turned as its Exif orientation says."""
    exif, image = Image.Exif(), plain(colour=(0, 0, 255))
    exif[0x112] = orientation
    image.paste((255, 0, 0), (0, 0, SIDE // 2, SIDE))  # 6: turn right, so that the left half comes to stand on top
    return saved(image, "JPEG", exif=exif, quality=95)


def deep_png() -> bytes:
    """A PNG of 16 bits a channel, its lines unfiltered."""
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 16, 2, 0, 0, 0)
    lines = (b"\0" + struct.pack(">3H", 51400, 25700, 12850) * SIDE) * SIDE
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    packed = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + packed


def in_srgb(colorants: tuple[tuple[float, ...], ...], colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """A colour of a space with gamma 2.2 and these colorants as IEC 61966-2-1 has it, by matrices of our own."""
    xyz = np.array(colorants).T @ (np.array(colour) / 255) ** 2.1992
    linear = np.clip(np.linalg.inv(np.array(SRGB).T) @ xyz, 0, 1)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (int(value) for value in np.rint(255 * coded))
    return red, green, blue


SHOWN_P3, SHOWN_ADOBE = (in_srgb(space, (200, 100, 50)) for space in (DISPLAY_P3, ADOBE_RGB))
FAULTY: dict[str, tuple[Callable[[], bytes], str, tuple[int, int, int]]] = {
    "cmyk": (lambda: saved(plain().convert("CMYK"), "JPEG"), "from CMYK without a profile", (200, 100, 50)),
    "grey": (lambda: saved(plain("L", 120)), "brought to RGB", (120, 120, 120)),
    "deep": (deep_png, "from 16 bits a channel to 8", (200, 100, 50)),
    "deep grey": (lambda: saved(Image.fromarray(np.full((SIDE, SIDE), 120 << 8, np.uint16))), "16 bits", (120,) * 3),
    "palette": (lambda: saved(plain().convert("P")), "brought to RGB", (200, 100, 50)),
    "alpha": (lambda: saved(plain("RGBA", (200, 100, 50, 128))), "laid on white", (227, 177, 152)),
    "display p3": (
        lambda: saved(plain(), icc_profile=P3),
        "by its profile 'Display P3' to sRGB",
        in_srgb(DISPLAY_P3, (200, 100, 50)),
    ),
    "adobe rgb": (
        lambda: saved(plain(), icc_profile=ADOBE),
        "by its profile 'Adobe RGB (1998)'",
        in_srgb(ADOBE_RGB, (200, 100, 50)),
    ),
    "turned": (lambda: turned(6), "turned upright", (255, 0, 0)),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_each_fault_is_converted_and_told(fault: str) -> None:
    make, words, colour = FAULTY[fault]
    own = loaded(make(), "art")
    assert own.objections
    found = fitted(own, RULES)
    assert words in "; ".join(found.changes)
    assert (found.cover.width, found.cover.height, found.cover.objections) == (SIDE, SIDE, ())
    shown = Image.open(io.BytesIO(found.cover.data))
    assert shown.mode == "RGB"
    found_colour = np.asarray(shown)[100, SIDE // 2]
    assert np.abs(found_colour.astype(int) - np.array(colour)).max() <= 6, found_colour
    assert not shown.getexif()
    assert fitted(found.cover, RULES).cover.data == found.cover.data  # what was converted keeps the rules
    assert fitted(own, RULES).cover.data == found.cover.data


@pytest.mark.parametrize("fault", FAULTY)
def test_without_conversion_each_fault_is_refused(fault: str, tmp_path: Path) -> None:
    (tmp_path / "art").write_bytes(FAULTY[fault][0]())
    of = album("One", folder=tmp_path, cover="art")
    strict = RULES.model_copy(update={"convert": False})
    told = [str(f) for f in faults_by_rules(of, strict, "shop") if f.severity == "refusal"]
    assert any("shop takes nothing else" in words for words in told)
    lenient = strict.model_copy(update={"colours": "any"})
    assert not [*faults_by_rules(of, lenient, "shop")]


def test_colours_are_those_that_littlecms_shows() -> None:
    rng = np.random.default_rng(1)
    image = Image.fromarray(rng.integers(30, 226, (SIDE, SIDE, 3), np.uint8))
    found = fitted(loaded(saved(image, icc_profile=P3), "art"), RULES)
    source = ImageCms.ImageCmsProfile(io.BytesIO(P3))
    wanted = ImageCms.profileToProfile(
        image, source, ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC
    )
    apart = np.abs(np.asarray(Image.open(io.BytesIO(found.cover.data))).astype(int) - np.asarray(wanted).astype(int))
    assert apart.max() <= 2


def test_what_keeps_the_rules_is_left_byte_for_byte() -> None:
    for data in (picture(), saved(plain()), saved(plain(), "JPEG", progressive=True)):
        found = fitted(loaded(data, "art"), RULES)
        assert (found.cover.data, found.changes) == (data, ())


def test_too_large_is_made_smaller_and_too_small_is_left() -> None:
    found = fitted(loaded(saved(plain(side=1000)), "art"), RULES.model_copy(update={"largest_px": 700}))
    assert (found.cover.width, found.cover.height) == (700, 700)
    assert "made smaller, from 1000 x 1000 pixels to 700 x 700" in found.changes
    small = loaded(saved(plain(side=300)), "art")
    assert fitted(small, RULES).cover is small


def test_too_many_bytes_are_written_with_less_quality_or_as_another_kind() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), np.uint8))
    own = loaded(saved(noise), "art")
    found = fitted(own, RULES.model_copy(update={"largest_bytes": 1_000_000}))
    assert len(found.cover.data) <= 1_000_000
    assert found.cover.mime == "image/jpeg"
    assert any(words.startswith("written as JPEG") for words in found.changes)


def test_a_kind_that_is_not_taken_becomes_one_that_is() -> None:
    found = fitted(loaded(saved(plain()), "art"), RULES.model_copy(update={"kinds": ("jpeg",)}))
    assert (found.cover.mime, found.cover.suffix) == ("image/jpeg", ".jpg")


def test_a_colour_space_without_a_profile_is_refused(tmp_path: Path) -> None:
    data = bytearray(saved(plain()))
    gamma = b"gAMA" + struct.pack(">I", 100_000)
    data[33:33] = struct.pack(">I", 4) + gamma + struct.pack(">I", zlib.crc32(gamma))
    with pytest.raises(Refusal, match="of gamma 1; shops want sRGB, and it has no profile to convert it by"):
        fitted(loaded(bytes(data), "art"), RULES)
    (tmp_path / "art").write_bytes(data)
    told = [*faults_by_rules(album("One", folder=tmp_path, cover="art"), RULES, "shop")]
    assert [fault.severity for fault in told] == ["refusal"]


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["RGB", "RGBA", "L", "LA", "P", "CMYK"]),
    st.sampled_from(["PNG", "JPEG"]),
    st.integers(640, 900),
    st.sampled_from([None, 700]),
    st.sampled_from([("jpeg", "png"), ("jpeg",), ("png",)]),
)
def test_whatever_comes_out_keeps_the_rules(
    mode: str, kind: str, side: int, most: int | None, kinds: tuple[Any, ...]
) -> None:
    if (kind == "JPEG") != (mode in ("RGB", "L", "CMYK")) and not (kind == "PNG" and mode in ("RGB", "L")):
        return
    largest_px = most or 8000
    rules = RULES.model_copy(update={"largest_px": largest_px, "kinds": kinds})
    found = fitted(loaded(picture(kind, mode, side), "art"), rules)
    assert not found.cover.objections
    assert max(found.cover.width, found.cover.height) <= largest_px
    assert found.cover.mime.removeprefix("image/") in kinds
    assert fitted(found.cover, rules).cover is found.cover


def test_shipped_profiles_that_want_srgb_convert() -> None:
    asked = [rules for name in names() if (rules := load(name).cover) and rules.colours == "srgb"]
    assert len(asked) >= 6
    assert all(rules.convert for rules in asked)


def bomb(kind: str) -> bytes:
    """Some hundred bytes that claim to be billions of pixels, or text that swells."""
    if kind == "jpeg":
        data = bytearray(picture(side=64))
        place = data.index(b"\xff\xc0") + 5
        data[place : place + 4] = struct.pack(">HH", 65500, 65500)
        return bytes(data)
    side = 100_000 if kind == "pixels" else 64
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    swollen = zlib.compress(bytes(200_000_000), 9)
    middle = {"text": (b"zTXt", b"a\0\0" + swollen), "profile": (b"iCCP", b"a\0\0" + swollen)}.get(kind)
    lines = zlib.compress((b"\0" + bytes(3 * 64)) * 64 if kind != "pixels" else bytes(100_000_000), 9)
    chunks = [(b"IHDR", head), *([middle] if middle else []), (b"IDAT", lines), (b"IEND", b"")]
    packed = (struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


MEASURES = """
import resource, sys
from formats._shared.cover import load
from albums.faults import Refusal
from pathlib import Path
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    load(Path(sys.argv[1]))
    said = "taken"
except Refusal as refusal:
    said = str(refusal.faults[0])
print(said, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_jpeg_that_goes_over_its_picture_without_end_is_refused_undecoded() -> None:
    plain = picture(side=64)
    held = io.BytesIO()
    Image.open(io.BytesIO(plain)).save(held, "JPEG", progressive=True)
    whole = held.getvalue()
    assert loaded(whole, "cover.jpg").width == 64
    scan = whole.rindex(b"\xff\xda")
    more = whole[:-2] + 70 * whole[scan:-2] + whole[-2:]
    with pytest.raises(Refusal, match="in more than 64 passes over the picture"):
        loaded(more, "cover.jpg")


@pytest.mark.skipif(not hasattr(resource, "getrusage"), reason="it asks the system for a process' memory")
@pytest.mark.parametrize("kind", ["pixels", "jpeg", "text", "profile"])
def test_a_bomb_does_not_swell(kind: str, tmp_path: Path) -> None:
    (tmp_path / "art").write_bytes(bomb(kind))
    said = subprocess.run(
        [sys.executable, "-c", MEASURES, str(tmp_path / "art")], check=True, capture_output=True, text=True
    ).stdout
    words, _, megabytes = said.strip().rpartition(" ")
    assert int(megabytes) < 300, said
    assert "pixels" in words or "is no JPEG or PNG" in words or words == "taken", said
