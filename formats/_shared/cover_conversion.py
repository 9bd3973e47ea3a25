"""A cover made as a shop wants it: colours, depth, transparency, rotation, size, kind, bytes; never larger, never cut.

What keeps all of a profile's rules is left byte for byte as it is, and so is what was converted: it keeps them. The
same picture gives the same bytes with the same version of Pillow and the libraries in it.

Colours are brought to sRGB by the embedded profile, relative to white and with the black point compensated, as picture
editors do by default. What can be seen through is laid on white (taste: shops' pages are white). A smaller picture is
made by Lanczos' filter. A JPEG has all of the colour's resolution, and the highest of some qualities that is small
enough.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms, ImageOps

from albums.faults import Refusal
from formats._shared.cover import Cover, fault, loaded
from formats._shared.cover_objections import ORIENTATION, TRANSPARENT, UPRIGHT, bits_per_channel
from profiles.parts import CoverRules

QUALITIES = (95, 92, 88, 84, 80, 75)  # taste: under the last, edges of letters show
WHITE = (255, 255, 255)
KINDS = {"jpeg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True)
class Fitted:
    """A cover as it is delivered, and in words what was changed, one thing each; none where it is the artist's own."""

    cover: Cover
    changes: tuple[str, ...] = ()


def fitted(cover: Cover, rules: CoverRules) -> Fitted:
    """`cover` by `rules`, as far as a conversion can bring it there; itself where they want none.

    Raises what Pillow raises on pictures that it cannot convert.
    """
    if not rules.convert or not any(_reasons(cover, rules)):
        return Fitted(cover)
    with Image.open(io.BytesIO(cover.data), formats=["JPEG", "PNG"]) as opened:
        opened.load()
        changes: list[str] = []
        picture: Image.Image = opened
        for change in (_upright, _shallow, _opaque, _in_srgb, _in_rgb):
            picture = change(picture, cover, changes)
        picture = _small_enough(picture, rules, changes)
        made, how = _encoded(picture, cover, rules)
    return Fitted(made, (*changes, *how))


def _reasons(cover: Cover, rules: CoverRules) -> Iterator[object]:
    """Whatever of `cover` is not as `rules` want it and can be converted."""
    if rules.colours == "srgb":
        yield from cover.objections
    yield max(cover.width, cover.height) > rules.largest_px
    yield cover.mime.removeprefix("image/") not in rules.kinds
    yield rules.largest_bytes is not None and len(cover.data) > rules.largest_bytes


def _upright(picture: Image.Image, cover: Cover, changes: list[str]) -> Image.Image:  # noqa: ARG001 - as the others
    if picture.getexif().get(ORIENTATION, UPRIGHT) == UPRIGHT:
        return picture
    changes.append("turned upright, as its Exif orientation says")
    return ImageOps.exif_transpose(picture)


def _shallow(picture: Image.Image, cover: Cover, changes: list[str]) -> Image.Image:
    bits = bits_per_channel(cover.data)
    if bits > 8:
        changes.append(f"brought from {bits} bits a channel to 8")
    if picture.mode.startswith("I"):
        grey = (np.asarray(picture).astype(np.uint32) >> 8).astype(np.uint8)
        return Image.fromarray(grey)
    return picture


def _opaque(picture: Image.Image, cover: Cover, changes: list[str]) -> Image.Image:  # noqa: ARG001 - as the others
    if picture.mode not in TRANSPARENT and "transparency" not in picture.info:
        return picture
    changes.append("laid on white where it could be seen through")
    profile = picture.info.get("icc_profile")
    laid = Image.alpha_composite(Image.new("RGBA", picture.size, (*WHITE, 255)), picture.convert("RGBA")).convert("RGB")
    if profile and picture.mode not in ("LA", "L"):
        laid.info["icc_profile"] = profile
    return laid


def _in_srgb(picture: Image.Image, cover: Cover, changes: list[str]) -> Image.Image:
    profile = picture.info.get("icc_profile")
    known = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile and _is_wanted(picture, cover) else None
    if known:
        name = (known.profile.profile_description or "").strip()[:60]
        changes.append(f"brought from {picture.mode} by its profile {name!r} to sRGB")
        made = ImageCms.profileToProfile(
            picture if picture.mode in ("CMYK", "RGB") else picture.convert("RGB"),
            known,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        if made is None:
            raise ValueError("littleCMS gave no picture")
        return made
    if spaces := [said for said in cover.objections if "colour space" in said]:
        raise Refusal([fault(f"{spaces[0]}, and it has no profile to convert it by; export it as sRGB")])
    if picture.mode == "CMYK":
        changes.append("brought from CMYK without a profile to RGB, so that its colours are a guess; look at it")
    return picture


def _in_rgb(picture: Image.Image, cover: Cover, changes: list[str]) -> Image.Image:  # noqa: ARG001 - as the others
    if picture.mode == "RGB":
        return picture
    if picture.mode != "CMYK":
        changes.append("brought to RGB")
    return picture.convert("RGB")


def _small_enough(picture: Image.Image, rules: CoverRules, changes: list[str]) -> Image.Image:
    longest = max(picture.size)
    if longest <= rules.largest_px:
        return picture
    size = [max(1, round(side * rules.largest_px / longest)) for side in picture.size]
    changes.append(f"made smaller, from {picture.width} x {picture.height} pixels to {size[0]} x {size[1]}")
    return picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)


def _encoded(picture: Image.Image, cover: Cover, rules: CoverRules) -> tuple[Cover, list[str]]:
    """The picture as the first kind and quality that is small enough, or as the smallest there is."""
    own = cover.mime.removeprefix("image/")
    kinds = [kind for kind in (own, *rules.kinds) if kind in rules.kinds]
    tries = [(kind, quality) for kind in dict.fromkeys(kinds) for quality in (QUALITIES if kind == "jpeg" else (0,))]
    made = b""
    for kind, quality in tries:
        made = _saved(picture, kind, quality)
        if rules.largest_bytes is None or len(made) <= rules.largest_bytes:
            break
    how = [f"written as {kind.upper()}"] if kind != own else []
    if quality not in (0, QUALITIES[0]):
        how.append(f"written with quality {quality}, for {len(made)} bytes")
    return loaded(made, f"cover.{kind}"), how


def _saved(picture: Image.Image, kind: str, quality: int) -> bytes:
    held = io.BytesIO()
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())  # without profile, Exif and texts
    options: dict[str, object] = {"quality": quality, "subsampling": 0} if kind == "jpeg" else {"compress_level": 6}
    bare.save(held, kind.upper(), **options)
    return held.getvalue()


def _is_wanted(picture: Image.Image, cover: Cover) -> bool:
    """Whether the colours are to be converted by the profile: one that shows them as sRGB does is passed over."""
    return picture.mode == "CMYK" or any("colour space" in said for said in cover.objections)
