"""The mixing desk: its shelves and its room do what their numbers say."""

import numpy as np
import pytest

from albums.examples import desk
from albums.examples.desk import RATE


def test_shelves_reach_their_gain_at_the_ends_of_the_spectrum() -> None:
    click = np.zeros((2, 1 << 16))
    click[:, 0] = 1.0
    spectrum_db = 20.0 * np.log10(np.abs(np.fft.rfft(desk.shelved(click, low_db=4.0, high_db=-3.0)[0])))
    np.testing.assert_allclose((spectrum_db[0], spectrum_db[-1]), (4.0, -3.0), atol=0.05)


def test_the_room_falls_by_60_db_in_its_time() -> None:
    send = np.zeros((2, 2 * RATE), np.float32)
    send[:, 0] = 1.0
    heard = desk.reverberated(send, desk.Room(decay_s=1.0, low_ratio=1.0, high_ratio=1.0), np.random.default_rng(2))
    left_db = 10.0 * np.log10(np.cumsum(heard[0, ::-1].astype(np.float64) ** 2)[::-1] + 1e-20)
    slope_s = (np.argmax(left_db < left_db[0] - 35.0) - np.argmax(left_db < left_db[0] - 5.0)) / RATE
    assert slope_s == pytest.approx(0.5, rel=0.15)
    ears = np.asarray(np.corrcoef(heard[:, RATE // 10 :]))
    assert abs(ears[0, 1]) < 0.1
