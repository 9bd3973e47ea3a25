"""Albums, layouts and programmes for the tests of the deliverables."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from albums import Album, SheetTexts
from formats import Block, Layout, Mark, Programme

UPC = "036000291452"


def needs(tool: str) -> pytest.MarkDecorator:
    """Skip where a foreign reader is not installed."""
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed")


def album(*titles: str, folder: Path = Path(), tracks: list[dict[str, Any]] | None = None, **release: Any) -> Album:
    """An album of tracks called `titles`, each with an ISRC and its artist.

    `tracks` changes the fields of each; a field that is "" is left out.
    """
    extra = tracks or [{} for _ in titles]
    fields = [
        _given(mix=f"{n}.wav", **{"title": title, "artist": "The Band", "isrc": f"GBXXX26{n:05d}"} | more)
        for n, (title, more) in enumerate(zip(titles, extra, strict=True), 1)
    ]
    about = _given(**{"title": "Quiet Rooms", "artist": "The Band"} | release)
    return Album.model_validate({"album": about, "tracks": tuple(fields), "folder": folder})


def layout(starts: list[tuple[int, int | None]], frames: int, rate_hz: int = 44100, bits: int = 16) -> Layout:
    """A layout from starts and pauses in samples."""
    marks = tuple(Mark(number, start, pause) for number, (start, pause) in enumerate(starts, 1))
    return Layout(rate_hz, bits, frames, marks)


def programme(of: Layout, seed: int = 1) -> Programme:
    """Full-scale noise, in blocks of odd sizes, some of them empty."""
    return Programme(of, partial(_noise, of, seed))


def joined(heard: Programme) -> Block:
    """All the samples of a programme."""
    return np.concatenate([np.empty((0, 2), np.int32), *heard.blocks()])


def _given(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value != ""}


def _noise(of: Layout, seed: int, start: int = 0) -> Iterator[Block]:
    limit = 1 << (of.bits - 1)
    samples = np.random.default_rng(seed).integers(-limit, limit, (of.frames, 2)).astype(np.int32)
    samples[:1], samples[-1:] = -limit, limit - 1
    cuts = np.cumsum(np.random.default_rng(seed).integers(0, 20000, of.frames // 10000 + 1))
    return iter(np.split(samples[start:], cuts))


ANY = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=120).map(lambda text: f"x{text}")
TRICKY = st.text(st.sampled_from('aé夜“”"\\/:.… -🎹ﬁ\u0301\u200d'), min_size=1, max_size=40).filter(
    lambda text: text.strip(" \u200d")
)
TITLES = ANY | TRICKY


@st.composite
def layouts(draw: st.DrawFn, tracks: int, rate_hz: int = 44100, bits: int = 16, tail: int = 0) -> Layout:
    """A layout on the grid of 75ths, some tracks with a pause before them; short, so that many can be tried."""
    step = rate_hz // 75
    marks, place = [], 0
    for number in range(1, tracks + 1):
        pause = draw(st.integers(0, 2))
        start = place + pause
        marks.append(Mark(number, start * step, place * step if pause else None))
        place = start + draw(st.integers(1, 3))
    return Layout(rate_hz, bits, place * step + draw(st.integers(0, tail)), tuple(marks))


@st.composite
def albums(draw: st.DrawFn, most: int = 99) -> Album:
    """An album of up to `most` tracks with titles in any script, and any texts for sheets."""
    names = draw(st.lists(TITLES, min_size=1, max_size=most))
    isrcs = [
        {"isrc": f"GBXXX26{n:05d}" if draw(st.booleans()) else "", "artist": draw(TITLES)} for n in range(len(names))
    ]
    lines = {field: tuple(draw(st.lists(TITLES, max_size=2))) for field in SheetTexts.model_fields}
    found = album(*names, tracks=isrcs, title=draw(TITLES), artist=draw(TITLES), upc=draw(st.sampled_from(["", UPC])))
    return found.model_copy(update={"sheets": SheetTexts.model_validate(lines)})


def on_side(of: Layout, side: str, first: int = 1) -> Layout:
    """The same layout as a side of a record, its tracks counted from `first`."""
    return replace(of, side=side, marks=tuple(replace(mark, track=mark.track + first - 1) for mark in of.marks))
