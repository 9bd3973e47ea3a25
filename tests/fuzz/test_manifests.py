"""Manifests, profiles, target curves and signatures that are nearly right: they load, or every fault is told.

Mutations know the structure: valid documents whose keys, values, lines and bytes are exchanged, doubled, left out or
made huge; and what an operator's editor, spreadsheet or an attacker makes of a file.
"""

import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import albums
import profiles
from albums import MANIFEST, SIGNATURE
from albums.faults import MOST_TOLD, Fault, Refusal
from pipeline.matching.baseline import read_baseline
from pipeline.matching.target_curve import read_curve
from tests.fuzz import fuzzed

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = [(ROOT / "albums" / name / MANIFEST).read_text("utf-8") for name in ("quiet-rooms", "night-set")]
SHIPPED = [(profiles.SHIPPED / f"{name}.toml").read_text("utf-8") for name in profiles.names()]
CURVE = "# dB a third octave\n25, 6\n100; 3\n1600 -2   # four octaves\n12800 -4\n"
LEVELS = ", ".join(["0.5"] * 30)
SIGNED = f"""{{"version": 1, "centre_db": [{LEVELS}], "farthest_db": null, "target": "centre",
"target_db": [{LEVELS}], "loud_end_lufs": -14.5, "range_lu": 6.0,
"dither_seed": 7, "drives_db": {{"streaming": 1.5}}}}"""
LONGEST_MESSAGE = 400  # characters: a fault is one line that a person reads
SMALL_BYTES = 2**14
MOST_MEMORY = 100 * 2**20

VALUES = st.sampled_from(
    [
        "1", "-1", "0", "1e400", "-0.0", "nan", "inf", "-inf", "0x" + "f" * 5000, "9" * 5000, "9" * 4000, "0o7",
        "1_000", "true", "True", "None", '""', '" "', '"\\u200b"', '"\\u0000"', '"\\n"', '"x"', '"auto"', "'A'",
        '"“"', "“x”", '"' + "x" * 600 + '"', '"' + "é" * 70_000 + '"', '"""\n\n"""', "'''", '"""', "[]", "[[]]",
        "[1, 2", "{}", "{a = 1}", "{a.b.c.d.e = 1}", "[" * 400, "[" * 10 + "]" * 10, "{a = " * 300,
        "[" + "1, " * 3000 + "1]", "2026-11-27", "2026-13-41", "2026-11-27T10:00:00", "10:00:00", "27.11.2026",
        '"2026-11-27"', "036000291452", '"36000291452"', '"GB-XXX-26-00001"', '"GBXXX26000O1"',
        '"../../etc/passwd"', '"/dev/zero"', '"mixes\\01.wav"', '"."', "#", "=", '"\\ud800"', '"\ufeff"',
        '"\u202e"', "{kind = 'bell', frequency_hz = 1, gain_db = 1}", "null", "[null]", '{"a": NaN}',
    ]
)  # fmt: skip
KEYS = st.sampled_from(
    [
        "title", "isrc", "upc", "mix", "folder", "tracks", "album", "intent", "eq", "indexes_s", "disc", "side",
        "gap_s", "pregap", "reference", "deliverables", "source", "pcm", "rates_hz", "level", "anchor",
        "tolerance_lu", "name", "a.b", "a." * 3000 + "a", '"a".' * 300 + "a", '""', "''", '"\\u001b[31m"', "é",
        "x" * 3000, "__proto__", "a b", "",
    ]
)  # fmt: skip
LINES = st.sampled_from(
    [
        "[album]", "[[album]]", "[tracks]", "[[tracks]]", "[track]", "[intent]", "[[tracks", "[a.b.c.d.e.f]",
        "[" + "a." * 999, "[]", "[[]]", "[level]", "[pcm]", "[groove]", "x", '"', "'", '"""', "'''", "}", "]",
        "\ufeff", "\x00", "\x1b[2J", "\r", "# \x07", "#" + "." * 9000, "\u2028", "= 1", "100, 3", "nan nan",
        "1e999 1", "[[tracks]]\n" * 1200, "a = 1\n" * 3000,
    ]
)  # fmt: skip
ENCODINGS = st.sampled_from(
    ["utf-8"] * 12 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "utf-7"]
)
Edit = Callable[[list[str]], list[str]]


def _value(index: int, value: str, lines: list[str]) -> list[str]:
    key, equals, _ = lines[index % len(lines)].partition("=")
    return [*lines[: index % len(lines)], key + (equals or "=") + value, *lines[index % len(lines) + 1 :]]


def _insert(index: int, line: str, lines: list[str]) -> list[str]:
    return [*lines[: index % len(lines)], line, *lines[index % len(lines) :]]


def _drop(index: int, count: int, lines: list[str]) -> list[str]:
    return [*lines[: index % len(lines)], *lines[index % len(lines) + count :]] or [""]


def _double(index: int, count: int, lines: list[str]) -> list[str]:
    here = index % len(lines)
    return [*lines[:here], *lines[here : here + 6] * count, *lines[here:]]


def _exchange(index: int, other: int, lines: list[str]) -> list[str]:
    changed, one, two = list(lines), index % len(lines), other % len(lines)
    changed[one], changed[two] = changed[two], changed[one]
    return changed


def _letter(index: int, letter: str, lines: list[str]) -> list[str]:
    text = "\n".join(lines)
    place = index * 7919 % (len(text) + 1)
    return [*(text[:place] + letter + text[place + 1 :]).split("\n")]


PLACES = st.integers(0, 200)
EDITS: st.SearchStrategy[list[Edit]] = st.lists(
    st.one_of(
        st.builds(partial, st.just(_value), PLACES, VALUES),
        st.builds(partial, st.just(_insert), PLACES, st.builds("{} = {}".format, KEYS, VALUES)),
        st.builds(partial, st.just(_insert), PLACES, LINES),
        st.builds(partial, st.just(_drop), PLACES, st.integers(1, 8)),
        st.builds(partial, st.just(_double), PLACES, st.sampled_from([2, 3, 50])),
        st.builds(partial, st.just(_exchange), PLACES, PLACES),
        st.builds(partial, st.just(_letter), PLACES, st.sampled_from([*list("\"'=[]{}.,#\\ \t\r\x00é“1"), ""])),
    ),
    min_size=1,
    max_size=5,
)


def edited(text: str, edits: list[Edit], encoding: str) -> bytes:
    lines = text.split("\n")
    for edit in edits:
        lines = edit(lines)
    return "\n".join(lines).encode(encoding, "replace")


def judged(read: Callable[[], object], place: str, size: int) -> object:
    """What is read; None where it is refused in messages that a person can read, of bounded number and length.

    Of a file of more than a few kilobytes the memory that it takes is bounded too; measuring it takes time.
    """
    found, faults, most = None, tuple[Fault, ...](), 0
    if size > SMALL_BYTES:
        tracemalloc.start()
    try:
        found = read()
    except Refusal as refusal:
        faults = refusal.faults
    finally:
        if size > SMALL_BYTES:
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    assert most < MOST_MEMORY
    assert len(faults) <= MOST_TOLD + 1
    for fault in faults:
        assert fault.where.startswith(place) or fault.untold, fault
        assert 3 < len(str(fault)) < LONGEST_MESSAGE
        assert not set(str(fault)) & set("\0\a\x1b\r\n")
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An album's folder where all that the manifests name is there."""
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "mixes").mkdir()
    for text in MANIFESTS:
        for line in text.splitlines():
            if line.startswith(("mix =", "cover =")):
                (folder / line.split('"')[1]).write_bytes(b"")
    return folder


@fuzzed
@given(st.sampled_from(MANIFESTS), EDITS, ENCODINGS)
def test_manifests(folder: Path, text: str, edits: list[Edit], encoding: str) -> None:
    size = (folder / MANIFEST).write_bytes(edited(text, edits, encoding))
    album = judged(partial(albums.load, folder), MANIFEST, size)
    if isinstance(album, albums.Album):
        assert 1 <= len(album.tracks) <= albums.MOST_TRACKS
        assert albums.Album.model_validate_json(album.model_dump_json(by_alias=True, exclude_defaults=True))


@fuzzed
@given(st.sampled_from(SHIPPED), EDITS, ENCODINGS)
def test_profiles(folder: Path, text: str, edits: list[Edit], encoding: str) -> None:
    size = (folder / "mine.toml").write_bytes(edited(text, edits, encoding))
    profile = judged(partial(profiles.load, "mine", [folder]), "mine.toml", size)
    assert profile is None or isinstance(profile, profiles.Profile)


@fuzzed
@given(EDITS, ENCODINGS)
def test_target_curves(folder: Path, edits: list[Edit], encoding: str) -> None:
    size = (folder / "curve.txt").write_bytes(edited(CURVE, edits, encoding))
    judged(partial(read_curve, folder / "curve.txt"), f"{MANIFEST}: intent.target_curve", size)


@fuzzed
@given(EDITS, ENCODINGS)
def test_signatures(folder: Path, edits: list[Edit], encoding: str) -> None:
    size = (folder / SIGNATURE).write_bytes(edited(SIGNED.replace(",", ",\n"), edits, encoding))
    judged(partial(read_baseline, folder), SIGNATURE, size)


@fuzzed
@given(st.binary(max_size=300) | st.binary(max_size=20).map(lambda piece: piece * 5000))
def test_any_bytes(folder: Path, data: bytes) -> None:
    for name, read in (
        (MANIFEST, partial(albums.load, folder)),
        ("mine.toml", partial(profiles.load, "mine", [folder])),
        (SIGNATURE, partial(read_baseline, folder)),
    ):
        judged(read, name, (folder / name).write_bytes(data))
