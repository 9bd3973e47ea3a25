"""Sound for lossy files, and what a codec did to it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formats import Block, Layout, Mark, Programme
from formats.codecs import decoded, encode_exact
from profiles.codecs import codec_named

COMMENTS = (
    ("TITLE", "First 🎹 夜"), ("ARTIST", "A / B"), ("WRITER", "W"), ("COMPOSER", "C; D"), ("ARRANGER", "E"),
    ("ISRC", "GBXXX2600001"), ("DISCNUMBER", "1"), ("ITUNESADVISORY", "0"), ("ALBUM", "x" * 500),
    ("ALBUMARTIST", "V.A."), ("BARCODE", "036000291452"), ("CATALOGNUMBER", "GM-001"), ("LABEL", "Glass"),
    ("DATE", "2026-11-27"), ("GENRE", "(17)Ambient"), ("LANGUAGE", "de"), ("COPYRIGHT", "2026 Glass"),
    ("PRODUCEDNOTICE", "2026 The Band"),
    ("COMPILATION", "1"), ("TRACKNUMBER", "7"), ("TRACKTOTAL", "12"), ("TOTALTRACKS", "12"), ("DISCTOTAL", "2"),
    ("TOTALDISCS", "2"),
)  # fmt: skip
FULL_SCALE = 2**23
RATE_HZ = 48000


def steady(frames: int, seed: int = 1) -> Block:
    """A held chord and soft noise, in 24 bits: its codec noise is the same everywhere, so that joints stand out."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(frames) / RATE_HZ
    pitches_hz = 110.0 * 2.0 ** (np.array([0, 7, 12, 16, 24, 31, 40, 52]) / 12)
    phases = rng.uniform(0, 2 * np.pi, (2, len(pitches_hz), 1))
    chord = np.sin(2 * np.pi * pitches_hz[:, None] * time_s + phases).sum(axis=1).T
    sound = 0.06 * chord + 0.002 * rng.standard_normal((frames, 2))
    block: Block = np.rint(sound * FULL_SCALE).astype(np.int32)
    return block


def playing(
    sound: Block, codec: str, cuts: tuple[int, ...] = (), *, joined: bool = True, rate_hz: int = RATE_HZ
) -> Programme:
    """A programme of `sound` for files of `codec`, cut into tracks which music runs through, or which stand alone."""
    marks = tuple(Mark(number, cut, joined=joined and cut > 0) for number, cut in enumerate((0, *cuts), 1))
    return Programme(
        Layout(rate_hz, 24, len(sound), marks, codec=codec), lambda start=0: iter(np.split(sound[start:], [777]))
    )


def samples_of(path: Path, frames: int, seed: int = 1) -> Path:
    """Write `frames` of that sound to `path` as they are encoded from."""
    (steady(frames, seed) << 8).astype("<i4").tofile(path)
    return path


def tagged_file(folder: Path, codec: str, tag: Callable[..., None]) -> Path:
    """A short file of `codec` in `folder`, with COMMENTS put into it by `tag`."""
    wanted = codec_named(codec)
    path = encode_exact(samples_of(folder / "s", 5000), RATE_HZ, [wanted], folder)[wanted]
    tag(path, COMMENTS, None)
    return path


def lengths(folder: Path, rate_hz: int, codecs: tuple[str, ...], frames: int, lead: int = 0, tail: int = 0) -> set[int]:
    """How many samples those codecs' decoders give of `frames`, encoded with `lead` and `tail` around."""
    samples = samples_of(folder / "samples.raw", lead + frames + tail)
    written = encode_exact(samples, rate_hz, [*map(codec_named, codecs)], folder, lead, tail)
    return {sum(map(len, decoded(path, codec.kind))) for codec, path in written.items()}


def rms_db(error: NDArray[np.float64]) -> float:
    return float(10 * np.log10(np.mean(error**2) + 1e-30))


def with_marks(of: Layout, *joined: bool) -> Layout:
    return replace(of, marks=tuple(replace(mark, joined=each) for mark, each in zip(of.marks, joined, strict=True)))
