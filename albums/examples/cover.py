"""Draws an album's cover from the `[cover]` of its score: a gradient, shapes on it and lines of text."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFilter, ImageFont

COVER = 1600  # pixels: a side is this long; shops ask for 1400 and more
OVERSAMPLED = 2  # shapes are drawn this much larger, for smooth edges


def write_cover(cover: dict[str, Any], path: Path) -> None:
    """Draw the cover and write it to `path` as PNG, aside first and then renamed."""
    aside = path.with_suffix(".part")
    drawn(cover).save(aside, format="PNG")
    aside.rename(path)


def drawn(cover: dict[str, Any]) -> Image.Image:
    """A cover: a gradient, shapes (coordinates in thousandths of the side, some blurred) and lines of text."""
    top, bottom = (np.array(ImageColor.getrgb(colour)) for colour in cover["sky"])
    rows = top + np.linspace(0.0, 1.0, COVER)[:, None] * (bottom - top)
    picture = Image.fromarray(np.repeat(np.round(rows).astype(np.uint8)[:, None], COVER, axis=1)).convert("RGBA")
    for shape in cover["shapes"]:
        picture.alpha_composite(_layer(shape))
    pen = ImageDraw.Draw(picture)
    for text in cover["texts"]:
        at = [value * COVER / 1000.0 for value in text["at"]]
        font = ImageFont.load_default(text["size"] * COVER / 1000.0)
        pen.text((at[0], at[1]), text["words"], fill=text["colour"], font=font, anchor="ls")
    return picture.convert("RGB")


def _layer(shape: dict[str, Any]) -> Image.Image:
    """One shape on a transparent ground, smooth at its edges and blurred where the score says so."""
    scale = COVER * OVERSAMPLED
    mask = Image.new("L", (scale, scale))
    points = [value * scale / 1000.0 for value in shape["points"]]
    draw = ImageDraw.Draw(mask)
    {"ellipse": draw.ellipse, "polygon": draw.polygon}[shape["kind"]](
        points, fill=round(255 * shape.get("opacity", 1.0))
    )
    mask = mask.resize((COVER, COVER), Image.Resampling.BOX)
    layer = Image.new("RGBA", mask.size, shape["colour"])
    layer.putalpha(mask.filter(ImageFilter.GaussianBlur(shape.get("blur", 0) * COVER / 1000.0)))
    return layer
