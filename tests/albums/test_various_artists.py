"""Various artists are known by any of their usual names, and no artist is taken for them."""

import pytest

from albums.various_artists import NAMES, is_by_various_artists


@pytest.mark.parametrize(
    "artist",
    [
        *NAMES,
        *(
            "various artists",
            "VARIOUS ARTISTS",
            "Various  Artists ",
            "[Various Artists]",
            "V.A.",
            "v. a.",
            "V/A",
            "Various",
        ),
        *("VERSCHIEDENE KÜNSTLER", "Verschiedene Ku\u0308nstler", "Artistes varies", "Vários Artistas", "aa. vv."),
    ],
)
def test_names_of_many_are_known(artist: str) -> None:
    assert is_by_various_artists(artist)


@pytest.mark.parametrize(
    "artist",
    [
        "",
        "...",
        "The Various Artists Band",
        "Various Cruelties",
        "Vä",
        "Eva",
        "VAST",
        "Diverse",
        "Verschiedene",
        "Artists",
        "夜",
    ],
)
def test_artists_are_not_taken_for_many(artist: str) -> None:
    assert not is_by_various_artists(artist)
