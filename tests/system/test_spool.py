"""What is spooled to disk comes back as it was, from any frame on and as often as asked."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.system import spool
from pipeline.system.spool import spool_to_disk

FRAMES = 1000
SOUND = np.random.default_rng(3).uniform(-1.0, 1.0, (FRAMES, 2)).astype(np.float32)
INTEGERS = np.random.default_rng(4).integers(-(2**23), 2**23, (FRAMES, 2)).astype(np.int32)


def together(blocks, kind):
    return np.concatenate([np.empty((0, 2), kind), *blocks])


@pytest.mark.parametrize(("samples", "kind"), [(SOUND, np.float32), (INTEGERS, np.int32)])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, FRAMES), max_size=9), start=st.integers(0, FRAMES + 10), read=st.integers(1, 1500))
def test_any_blocks_written_and_read_are_the_same_samples(tmp_path, samples, kind, cuts, start, read):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "BLOCK", read)
        kept = spool_to_disk(tmp_path / "samples", np.split(samples, sorted(cuts)), kind)
        assert kept.frames == FRAMES
        assert np.array_equal(together(kept(), kind), samples)
        assert np.array_equal(together(kept(start), kind), samples[start:])


def test_two_may_read_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "BLOCK", 64)
    kept = spool_to_disk(tmp_path / "samples", [INTEGERS], np.int32)
    for one, other in zip(kept(), kept(), strict=True):
        assert np.array_equal(one, other)


def test_blocks_that_lie_oddly_in_memory_are_written_frame_by_frame(tmp_path):
    kept = spool_to_disk(tmp_path / "samples", [np.asfortranarray(INTEGERS), INTEGERS[::-1]], np.int32)
    assert np.array_equal(together(kept(), np.int32), np.concatenate([INTEGERS, INTEGERS[::-1]]))


def test_single_precision_holds_every_sample_of_24_bits(tmp_path):
    exact = INTEGERS / 2.0**23
    kept = spool_to_disk(tmp_path / "samples", [exact.astype(np.float32)], np.float32)
    assert np.array_equal(together(kept(), np.float32).astype(np.float64), exact)


def test_nothing_stored_is_nothing_read(tmp_path):
    kept = spool_to_disk(tmp_path / "samples", [], np.float32)
    assert kept.frames == 0
    assert list(kept()) == []
