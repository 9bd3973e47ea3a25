"""A piece as it is performed: one take, cut into its mixes without a sample lost."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from albums.examples import performance, score
from albums.examples.desk import RATE

BEATS = score.Piece(
    files=("one", "two"),
    seed=1,
    tempo_bpm=240.0,
    key="C",
    mode="major",
    form=("a",),
    chords={"a": "I | V"},
    parts=(score.Part("kick", {"a": "x..."}, pitched=False), score.Part("organ", {"a": "x..."}, pan=-0.5)),
    peak_dbfs=-6.0,
    room={"decay_s": 0.3},
    tail_s=1.0,
    cuts=(1,),
)


def test_the_mixes_are_one_performance_cut_in_two(tmp_path: Path) -> None:
    paths = [tmp_path / "one.wav", tmp_path / "two.wav"]
    performance.write_mixes(BEATS, paths)
    one, two = (np.asarray(soundfile.read(path)[0]) for path in paths)
    assert len(one) == RATE
    np.testing.assert_allclose(np.concatenate((one, two)), performance.performed(BEATS).T, rtol=0.0, atol=2.0**-23)
    assert sorted(tmp_path.iterdir()) == paths


def test_the_mix_peaks_where_the_score_says() -> None:
    assert 20.0 * np.log10(np.abs(performance.performed(BEATS)).max()) == pytest.approx(-6.0, abs=1e-9)


def test_a_part_is_heard_on_the_side_that_it_is_panned_to() -> None:
    def balance_db(pan: float) -> float:
        piece = replace(BEATS, parts=(replace(BEATS.parts[0], pan=pan, room_db=-120.0),))
        left, right = np.sqrt(np.mean(performance.performed(piece) ** 2, axis=1))
        return float(20.0 * np.log10(left / right))

    assert balance_db(0.0) == pytest.approx(0.0, abs=1e-3)
    assert balance_db(-0.5) == pytest.approx(20.0 * np.log10(1.0 / np.tan(np.pi / 8.0)), abs=1e-3)
