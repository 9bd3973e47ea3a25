"""The cover: as large as shops ask, and with its shapes where the score puts them."""

from pathlib import Path

from PIL import Image

from albums.examples.cover import write_cover

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
