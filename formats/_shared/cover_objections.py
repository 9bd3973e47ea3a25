"""What shops object to in a cover that can be decoded: told, never mended, as only its maker knows how it should look.

Source: the guidelines of Apple, Spotify and the distributors, which agree: RGB, 8 bits a channel, sRGB, one picture,
opaque, upright as it is stored. PNG 3 (W3C), 11.3; Exif 2.32, 4.6; CIPA DC-007 (several pictures in a JPEG).
"""

import io
from collections.abc import Iterator

from PIL import ImageCms
from PIL.Image import Image, frombytes
from PIL.ImageFile import ImageFile
from PIL.MpoImagePlugin import MpoImageFile

GREY, PALETTE = "is grey", "has a palette of colours"
COLOURS = {"CMYK": "is CMYK", "1": "is black and white", "P": PALETTE, "PA": PALETTE,
           **dict.fromkeys(("L", "LA", "I", "I;16", "I;16B"), GREY)}  # fmt: skip
TRANSPARENT = ("RGBA", "LA", "PA")
ORIENTATION, UPRIGHT = 0x0112, 1
EXIF_IFD, COLOUR_SPACE, ADOBE_RGB = 0x8769, 0xA001, 2
INTEROPERABILITY_IFD, INTEROPERABILITY_INDEX, ADOBE_RGB_FILE = 0xA005, 1, "R03"
SRGB_GAMMA, GAMMA_TOLERANCE = 1 / 2.2, 0.03
SRGB_PRIMARIES = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
PRIMARIES_TOLERANCE = 0.01
SRGB_CODE_POINTS = (1, 13)  # primaries and transfer of sRGB in a PNG's cICP, after ITU-T H.273
MOST_APART = 6  # of 255: taste; profiles of sRGB by several makers differ by 2, Display P3 and Adobe RGB by 40 and more
LONGEST_NAME = 60


def objections(image: ImageFile, data: bytes) -> Iterator[str]:
    """What is told of `image`, decoded from `data`."""
    if image.mode in COLOURS:
        yield f"{COLOURS[image.mode]}; shops want RGB"
    bits = bits_per_channel(data)
    if bits > 8:
        yield f"has {bits} bits a channel; shops want 8"
    if image.mode in TRANSPARENT or "transparency" in image.info:
        yield "can be seen through (an alpha channel or a transparent colour); shops want it opaque"
    yield from _tagged(image)
    if image.mode in ("RGB", "RGBA", "P", "PA"):
        space = _other_space(image, data)
        if space:
            yield f"is in the colour space {space}; shops want sRGB"
    pictures = _pictures(image, data)
    if pictures > 1:
        yield f"holds {pictures} pictures; shops want one"


def bits_per_channel(data: bytes) -> int:
    """As a PNG's header has it; a JPEG that can be decoded has 8."""
    return data[24] if data.startswith(b"\x89PNG") else 8


def _tagged(image: ImageFile) -> Iterator[str]:
    try:
        orientation = image.getexif().get(ORIENTATION, UPRIGHT)
    except Exception:  # as on broken profiles; players pass over it
        return
    if orientation != UPRIGHT and orientation in range(1, 9):
        yield f"is stored turned or mirrored (Exif orientation {orientation}), which some ignore; shops want it upright"


def _other_space(image: ImageFile, data: bytes) -> str:
    """The name of the colour space that `image` says it is in; "" if that is sRGB, or if it says nothing."""
    for found in (_by_code_points(data), _by_profile(image), _by_chunks(image), _by_exif(image)):
        if found is not None:
            return found
    return ""


def _by_code_points(data: bytes) -> str | None:
    """What a PNG's cICP chunk says, which comes before its profile."""
    head = data[: data.find(b"IDAT")] if data.startswith(b"\x89PNG") else b""
    place = head.find(b"\x00\x00\x00\x04cICP")
    if place < 0 or len(head) < place + 12:
        return None
    primaries, transfer = head[place + 8], head[place + 9]
    return "" if (primaries, transfer) == SRGB_CODE_POINTS else f"of the code points {primaries}/{transfer}"


def _by_profile(image: ImageFile) -> str | None:
    """The name of the embedded profile if it shows colours otherwise than sRGB does, which is tried with some."""
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = (found.profile.profile_description or "").strip()[:LONGEST_NAME]
        to_srgb = ImageCms.buildTransform(found, ImageCms.createProfile("sRGB"), "RGB", "RGB")
        shown = to_srgb.apply(_colours())
    except Exception:  # what Pillow raises on broken profiles is of any kind
        return "of a profile that cannot be used"
    apart = max(abs(one - other) for one, other in zip(_colours().tobytes(), shown.tobytes(), strict=True))
    called = f"'{name}'" if name and name.isprintable() else "of its own profile"
    return called if apart > MOST_APART else ""


def _colours() -> Image:
    """Colours from all over the cube, within it, so that none is cut off."""
    levels = (32, 80, 128, 176, 224)
    return frombytes("RGB", (25, 5), bytes(c for r in levels for g in levels for b in levels for c in (r, g, b)))


def _by_chunks(image: ImageFile) -> str | None:
    """What a PNG says of its gamma and of its primaries; what calls itself sRGB has no need to."""
    if "srgb" in image.info:
        return ""
    gamma, primaries = image.info.get("gamma"), image.info.get("chromaticity")
    if gamma and abs(gamma - SRGB_GAMMA) > GAMMA_TOLERANCE:
        return f"of gamma {1 / gamma:.2g}"
    if primaries and any(
        abs(one - other) > PRIMARIES_TOLERANCE for one, other in zip(primaries[2:], SRGB_PRIMARIES, strict=False)
    ):
        return "of its own primaries"
    return None


def _by_exif(image: ImageFile) -> str | None:
    try:
        exif = image.getexif()
        adobe = exif.get_ifd(EXIF_IFD).get(COLOUR_SPACE) == ADOBE_RGB
        adobe |= exif.get_ifd(INTEROPERABILITY_IFD).get(INTEROPERABILITY_INDEX) == ADOBE_RGB_FILE
    except Exception:  # as on broken profiles
        return None
    return "Adobe RGB, by its Exif tags" if adobe else None


def _pictures(image: ImageFile, data: bytes) -> int:
    if "mp" not in image.info:
        return int(getattr(image, "n_frames", 1))
    try:
        return int(MpoImageFile(io.BytesIO(data)).n_frames)
    except Exception:  # an index that cannot be read is passed over by whoever shows the first picture
        return 1
