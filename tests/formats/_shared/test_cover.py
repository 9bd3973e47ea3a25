"""The cover: as large as shops ask, with its shapes where the score puts them, and judged by a profile's rules."""

import io
from pathlib import Path

import pytest
from PIL import Image

from albums.examples.cover import write_cover
from formats._shared.cover_rules import faults_by_rules
from profiles.parts import CoverRules
from tests.support.pictures import picture
from tests.support.programmes import album

SQUARE = picture(side=600)
SQUARE_BYTES = len(SQUARE)

MOON = {
    "sky": ["#000000", "#0000ff"],
    "shapes": [{"kind": "ellipse", "colour": "#ff0000", "points": [400, 400, 600, 600], "blur": 2}],
    "texts": [{"words": "Tiny", "at": [100, 100], "size": 50, "colour": "#ffffff"}],
}


def test_the_cover_is_square_and_large_enough_for_a_shop(tmp_path: Path) -> None:
    write_cover(MOON, tmp_path / "cover.png")
    with Image.open(tmp_path / "cover.png") as cover:
        assert cover.width == cover.height >= 1400
        assert cover.mode == "RGB"
    assert [path.name for path in tmp_path.iterdir()] == ["cover.png"]


def test_sky_shapes_and_words_are_where_they_should_be(tmp_path: Path) -> None:
    write_cover(MOON, tmp_path / "cover.png")
    with Image.open(tmp_path / "cover.png") as cover:
        last = cover.width - 1
        assert [cover.getpixel((last, y)) for y in (0, last)] == [(0, 0, 0), (0, 0, 255)]
        assert cover.getpixel((last // 2, last // 2)) == (255, 0, 0)
        words = cover.crop((last // 10, last // 20, last // 4, last // 10))
        assert words.getextrema()[0] == (0, 255)


def told(folder: Path, data: bytes, **rules: object) -> list[str]:
    (folder / "art").write_bytes(data)
    of = album("One", folder=folder, cover="art")
    found = faults_by_rules(of, CoverRules.model_validate({"source": "x", **rules}), "shop")
    return [f"{fault.severity} {fault}" for fault in found]


SMALL = "refusal album.cover: is 600 x 600 pixels; shop takes 601 a side or more, and nothing is enlarged"


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({}, None),
        ({"square": True, "smallest_px": 600, "advised_px": 600, "largest_px": 600, "kinds": ("jpeg",)}, None),
        ({"kinds": ("png",)}, "refusal album.cover: is of the kind image/jpeg; shop takes png"),
        (
            {"smallest_px": 601},
            "refusal album.cover: is 600 x 600 pixels; shop takes 601 a side or more, and nothing is enlarged",
        ),
        ({"advised_px": 601}, "warning album.cover: is 600 x 600 pixels; shop advises 601 a side or more"),
        ({"largest_px": 599}, "refusal album.cover: is 600 x 600 pixels; shop takes 599 a side or less"),
        ({"largest_bytes": SQUARE_BYTES}, None),
        (
            {"largest_bytes": SQUARE_BYTES - 1},
            f"refusal album.cover: takes {SQUARE_BYTES} bytes; shop takes {SQUARE_BYTES - 1} or less",
        ),
    ],
)
def test_a_cover_is_held_against_a_profile_s_rules(tmp_path: Path, rules: dict[str, object], words: str | None) -> None:
    assert told(tmp_path, SQUARE, **rules) == ([words] if words else [])


def test_each_side_counts_and_all_broken_rules_are_told(tmp_path: Path) -> None:
    data = io.BytesIO()
    Image.new("RGB", (1000, 600)).save(data, "PNG")
    size = "refusal album.cover: is 1000 x 600 pixels; shop takes"
    rules = {"kinds": ("jpeg",), "square": True, "smallest_px": 700, "advised_px": 800, "largest_px": 900}
    assert told(tmp_path, data.getvalue(), **rules, largest_bytes=1) == [
        "refusal album.cover: is of the kind image/png; shop takes jpeg",
        f"{size} a square",
        f"{size} 700 a side or more, and nothing is enlarged",
        f"{size} 900 a side or less",
        f"refusal album.cover: takes {len(data.getvalue())} bytes; shop takes 1 or less",
    ]


def test_no_cover_breaks_no_rule_and_a_broken_one_is_for_others_to_tell(tmp_path: Path) -> None:
    rules = CoverRules(source="x", smallest_px=8000, square=True)
    assert not list(faults_by_rules(album("One"), rules, "shop"))
    assert not told(tmp_path, b"GIF89a", smallest_px=8000)
