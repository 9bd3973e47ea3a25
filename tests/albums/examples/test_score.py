"""The score's notation: the notes that its lines mean, and the tracks that an album's manifest lists."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from albums.examples import score

ALBUMS = Path(score.__file__).parents[1]


@pytest.mark.parametrize("album", ["quiet-rooms", "night-set"])
def test_the_score_plays_what_the_manifest_lists_each_30_to_60_s(album: str) -> None:
    pieces = score.read(ALBUMS / album / "score.toml")
    manifest = tomllib.loads((ALBUMS / album / "album.toml").read_text("utf-8"))
    assert [track["mix"] for track in manifest["tracks"]] == [
        f"mixes/{name}.wav" for piece in pieces for name in piece.files
    ]
    for piece in pieces:
        edges_s = [0.0, *(bar * piece.bar_s for bar in piece.cuts), piece.length_s]
        assert all(30.0 <= length_s <= 60.0 for length_s in np.diff(edges_s))


def pitches_of(play: str, *, mode: str = "major", chords: str = "ii7") -> list[float]:
    part = score.Part("plucked", {"a": play})
    piece = score.Piece(
        ("x",), 1, 60.0, "C", mode, ("a",), {"a": chords}, (part,), peak_dbfs=-6.0, room={}, looseness_s=0.0
    )
    return [note.pitch for note in score.notes(piece, part, np.random.default_rng(1))]


def test_a_chord_is_thirds_of_the_mode_in_the_octave_of_its_register() -> None:
    assert pitches_of("x") == [57, 60, 62, 65]  # A C D F: D minor seventh about middle C
    assert pitches_of("x", mode="dorian", chords="IV") == [57, 60, 65]  # F major: dorian's raised sixth


def test_a_digit_is_a_scale_step_above_the_root_and_a_melody_counts_from_the_tonic() -> None:
    assert pitches_of("1358", chords="V") == [55, 59, 62, 67]
    assert pitches_of("1:1a 5,:1o 2':2e") == [60, 55, 74]
