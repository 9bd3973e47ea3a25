"""Sound files with anything in their headers and bytes: read, or refused in words; quickly, and in little memory."""

import functools
import os
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from albums.faults import Fault, Refusal
from pipeline.intake.mixes import open_mix
from tests.support.sound_bytes import CONTAINERS, NEVER_WRITTEN, WITH_SIZE, noise, sound_bytes, with_frames

EXAMPLES = int(os.environ.get("GLASSMASTER_FUZZ", "500"))
WHERE = "album.toml: tracks[1].mix"
LONGEST_S = 2
MOST_BYTES = 16 * 2**20
MOST_FRAMES = 40_000  # of a mutated file that is read: no header makes more sound of these few kilobytes
KINDS = (*CONTAINERS, "BW64", "AIFC")
NAMES = (b"RIFF", b"RF64", b"BW64", b"FORM", b"fLaC", b"caff", b"data", b"SSND", b"COMM", b"fmt ", b"ds64", b"ID3\4")
SIZES = (0, 1, 2, 7, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**62, 2**63 - 1, 2**64 - 1)

Change = Callable[[bytes], bytes]


@functools.cache
def whole(kind: str, channels: int, rate_hz: int) -> bytes:
    sound = noise(1500, channels)
    if kind == "BW64":
        return b"BW64" + sound_bytes("RF64", sound, "PCM_24", rate_hz)[4:]
    if kind == "AIFC":
        return sound_bytes("AIFF", sound, "FLOAT", rate_hz)
    return sound_bytes(kind, sound, "PCM_16", rate_hz)


def _put(data: bytes, place: int, new: bytes) -> bytes:
    place = min(place, len(data))
    return data[:place] + new + data[place + len(new) :]


def places() -> st.SearchStrategy[int]:
    """Mostly in the header."""
    return st.one_of(st.integers(0, 150), st.integers(0, 12_000))


def changes() -> st.SearchStrategy[Change]:
    """One mutation of a file's bytes."""
    numbers = st.one_of(st.sampled_from(SIZES), st.integers(0, 2**64 - 1))
    layouts = st.sampled_from(("<H", ">H", "<I", ">I", "<Q", ">Q"))
    spans = st.tuples(places(), st.integers(1, 300))
    return st.one_of(
        st.builds(lambda at, new: lambda data: _put(data, at, new), places(), st.binary(min_size=1, max_size=4)),
        st.builds(lambda at, new: lambda data: _put(data, at, new), places(), st.sampled_from(NAMES)),
        st.builds(
            lambda at, layout, number: lambda data: _put(
                data, at, struct.pack(layout, number % 2 ** (8 * struct.calcsize(layout)))
            ),
            places(), layouts, numbers,
        ),
        st.builds(lambda at: lambda data: data[:at], places()),
        st.builds(lambda span: lambda data: data[: span[0]] + data[sum(span) :], spans),
        st.builds(lambda span: lambda data: data[: sum(span)] + data[span[0] :], spans),
        st.builds(lambda new: lambda data: data + new, st.binary(max_size=200)),
        st.just(lambda data: data + data),
        st.builds(lambda number: lambda data: with_frames(data, number % 2**32), numbers),
    )  # fmt: skip


def _with_size(kind: str, size: int) -> Change:
    changed = WITH_SIZE.get({"BW64": "RF64", "AIFC": "AIFF"}.get(kind, kind))
    return (lambda data: changed(data, size)) if changed else lambda data: with_frames(data, 0)


@st.composite
def sound_files(draw: st.DrawFn) -> bytes:
    kind = draw(st.sampled_from(KINDS))
    channels, rate_hz = draw(st.sampled_from((1, 2, 6))), draw(st.sampled_from((8000, 44100, 384000)))
    data = whole(kind, channels, rate_hz)
    if draw(st.booleans()):
        sizes = NEVER_WRITTEN.get({"BW64": "RF64", "AIFC": "AIFF"}.get(kind, kind), (0,))
        data = _with_size(kind, draw(st.sampled_from(sizes)))(data)
    for change in draw(st.lists(changes(), min_size=1, max_size=4)):
        data = change(data)
    return data


@settings(max_examples=EXAMPLES, deadline=LONGEST_S * 1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=sound_files())
def test_a_broken_sound_file_is_read_or_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    for fault in _faults(path):
        assert fault.where == WHERE
        assert fault.words.startswith("'x' ")


def _faults(path: Path) -> tuple[Fault, ...]:
    """What it is refused for; if it is not, it is as long as it was said to be."""
    try:
        mix = open_mix(path, WHERE)
        blocks = [block.shape for block in mix.proven_blocks(0, mix.frames)]
    except Refusal as refusal:
        return refusal.faults
    assert {channels for _, channels in blocks} == {2}
    assert sum(frames for frames, _ in blocks) == mix.frames
    return ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [2**31 - 1, 2**32 - 1, 2**62, 2**63 - 1])
def test_a_promise_of_much_takes_no_memory(kind: str, number: int, tmp_path: Path) -> None:
    data = whole(kind, 2, 44100)
    changed = _with_size(kind, number)(data) if kind != "FLAC" else with_frames(data, number % 2**36)
    (tmp_path / "x").write_bytes(changed)
    tracemalloc.start()
    try:
        mix = open_mix(tmp_path / "x", WHERE)
        assert sum(len(block) for block in mix.proven_blocks(0, mix.frames)) <= MOST_FRAMES
    except Refusal:
        pass
    finally:
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert highest < MOST_BYTES
