"""The types that every deliverable shares: tracks placed end to end are the programme, sample for sample."""

import hashlib
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats import FORMATS, Layout, Mark, Programme, canonical_bytes, named, split
from tests.support.programmes import joined, layouts, programme

FRAMES = 600
SAMPLES = np.random.default_rng(5).integers(-(2**23), 2**23, (FRAMES, 2)).astype(np.int32)


@st.composite
def cuttings(draw):
    """Where to cut FRAMES frames into blocks, some of them empty."""
    return sorted(draw(st.lists(st.integers(0, FRAMES), max_size=12)))


@st.composite
def marked(draw):
    """A layout of FRAMES frames with marks anywhere, also before the first sample of music."""
    starts = draw(st.lists(st.integers(0, FRAMES - 1), min_size=1, max_size=8, unique=True))
    marks = tuple(Mark(number, start) for number, start in enumerate(sorted(starts), start=1))
    return Layout(44100, 24, FRAMES, marks)


def blocks_of(cuts, samples=SAMPLES):
    return iter(np.split(samples, cuts))


@given(marked())
def test_spans_leave_nothing_out_and_take_nothing_twice(layout):
    spans = list(layout.spans())
    assert [mark for mark, _, _ in spans] == list(layout.marks)
    assert [start for _, start, _ in spans] == [0, *(stop for _, _, stop in spans[:-1])]
    assert spans[-1][2] == layout.frames
    assert all(start <= mark.start < stop for mark, start, stop in spans)


def test_a_pause_belongs_to_the_track_before_it():
    layout = Layout(44100, 16, 3000, (Mark(1, 588, 0), Mark(2, 1764, 1176)))
    assert [(start, stop) for _, start, stop in layout.spans()] == [(0, 1764), (1764, 3000)]


@given(marked(), cuttings())
def test_a_programme_splits_into_its_spans_however_its_blocks_are_cut(layout, cuts):
    pieces = list(split(blocks_of(cuts), layout))
    found = {track: np.concatenate([b for _, b in of]) for track, of in groupby(pieces, key=lambda piece: piece[0])}
    assert list(found) == list(range(len(layout.marks)))
    for track, (_, start, stop) in enumerate(layout.spans()):
        assert np.array_equal(found[track], SAMPLES[start:stop])


@given(marked(), st.integers(0, 700), cuttings())
def test_what_is_short_or_long_is_split_as_far_as_it_goes(layout, frames, cuts):
    samples = np.resize(SAMPLES, (frames, 2))
    found = [block for _, block in split(blocks_of(cuts, samples), layout)]
    assert sum(map(len, found)) == min(frames, layout.frames)


@given(st.integers(0, FRAMES), st.integers(0, 700), cuttings())
def test_a_cut_is_the_samples_between(start, stop, cuts):
    whole = Programme(
        Layout(44100, 24, FRAMES, (Mark(1, 0),)),
        lambda start=0: blocks_of([max(cut - start, 0) for cut in cuts], SAMPLES[start:]),
    )
    found = np.concatenate([np.empty((0, 2), np.int32), *whole.cut(start, stop)])
    assert np.array_equal(found, SAMPLES[start:stop])


@given(layouts(3))
def test_tracks_cut_from_a_programme_are_the_programme(layout):
    whole = programme(layout)
    cut = [block for _, start, stop in layout.spans() for block in whole.cut(start, stop)]
    assert np.array_equal(np.concatenate(cut), joined(whole))


@given(cuttings())
def test_a_hash_of_samples_does_not_depend_on_blocks_or_memory(cuts):
    digest = hashlib.sha256()
    for block in blocks_of(cuts):
        digest.update(canonical_bytes(np.asfortranarray(block)))
    assert digest.digest() == hashlib.sha256(canonical_bytes(SAMPLES)).digest()


def test_samples_are_hashed_interleaved_as_little_endian_words():
    block = np.array([[1, -1], [256, -8388608]], np.int32)
    assert canonical_bytes(block).hex(" ", 4) == "01000000 ffffffff 00010000 000080ff"


@pytest.mark.parametrize("name", FORMATS)
def test_every_deliverable_can_do_what_a_format_does(name):
    assert all(callable(getattr(named(name), verb)) for verb in ("check", "texts", "write", "read"))


def test_a_format_nobody_wrote_is_unknown():
    with pytest.raises(KeyError):
        named("eight-track")
