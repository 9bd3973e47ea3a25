"""A target curve: read, brought to zero, refused with the line that is wrong."""

import numpy as np
import pytest

from albums.faults import Refusal
from pipeline.analysis.meters.spectrum import NOMINAL_CENTRES_HZ
from pipeline.matching.target_curve import read_curve

CENTRES_HZ = np.array(NOMINAL_CENTRES_HZ)


def written(tmp_path, text):
    path = tmp_path / "curve.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_curve_is_straight_over_octaves_and_level_beyond_its_ends(tmp_path):
    curve = read_curve(written(tmp_path, "# dB a third octave\n100, 6\n\n1600; -2   # four octaves\n6400 -2\n"))
    inside = (CENTRES_HZ >= 100) & (CENTRES_HZ <= 1600)
    slope = np.diff(curve[inside]) / np.diff(np.log2(CENTRES_HZ[inside]))
    assert slope == pytest.approx(-2.0)
    assert curve[0] == curve[CENTRES_HZ == 100.0]
    assert curve[-1] == curve[CENTRES_HZ == 6300.0]
    assert curve[(CENTRES_HZ >= 200) & (CENTRES_HZ <= 2000)].mean() == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("100 1\n200 two\n", "line 2: found '200 two'"),
        ("100 1\n200\n", "line 2: found '200'"),
        ("100 1\n50 2\n", "line 2: found '50 2'"),
        ("100 1\n100 2\n", "line 2"),
        ("100 nan\n200 1\n", "line 1"),
        ("0 1\n200 1\n", "line 1"),
        ("inf 1\n", "line 1"),
        ("100 1\n", "has 1 points"),
        ("", "has 0 points"),
        (b"\xff\xfe\x00", "'curve.txt': is UTF-16; save it as UTF-8"),
        (b"100 1\n# caf\xe9\n200 1\n", "'curve.txt': line 2: is not UTF-8 (byte 0xE9"),
        ("1 1\n" * 300_000, "'curve.txt': takes 1200000 bytes; at most 1048576 are taken"),
    ],
)
def test_what_is_no_curve_is_refused(tmp_path, text, told):
    with pytest.raises(Refusal) as refused:
        read_curve(written(tmp_path, text))
    (fault,) = refused.value.faults
    assert fault.where == "album.toml: intent.target_curve"
    assert told in fault.words
    assert "wanted lines of a frequency in Hz and a level in dB" in fault.words
