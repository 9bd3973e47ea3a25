"""The atoms of AAC files: each text in its own, found by a foreign reader; every file says that it is gapless."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mutagen.mp4 import MP4, MP4Cover

from albums.faults import Refusal
from formats.aac.mp4_file import opened, tag
from tests.support.lossy import COMMENTS, tagged_file
from tests.support.programmes import needs


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    return tagged_file(tmp_path, "aac-128", tag)


def test_what_is_written_is_read(tagged: Path) -> None:
    found = opened(tagged)
    assert dict(found.pairs) == dict(COMMENTS)
    assert (len(found.pairs), found.frames, found.cover) == (len(COMMENTS), 5000, "")


def test_each_text_stands_in_its_atom(tagged: Path) -> None:
    tags: Any = MP4(tagged).tags
    assert tags["©nam"] == ["First 🎹 夜"]
    assert (tags["trkn"], tags["disk"]) == ([(7, 12)], [(1, 2)])
    assert (tags["rtng"], tags["cpil"], tags["pgap"]) == ([0], True, True)
    assert [bytes(data) for data in tags["----:com.apple.iTunes:ISRC"]] == [b"GBXXX2600001"]
    assert (tags["©day"], tags["©wrt"], tags["aART"]) == (["2026-11-27"], ["C; D"], ["V.A."])


def test_what_is_heard_is_said_to_players_without_edit_lists_as_well(tagged: Path) -> None:
    """Delay, padding and length of 5000 samples after the 1024 of FFmpeg's encoder, in six frames."""
    tags: Any = MP4(tagged).tags
    said = bytes(tags["----:com.apple.iTunes:iTunSMPB"][0]).decode()
    assert [int(number, 16) for number in said.split()] == [0, 1024, 6 * 1024 - 1024 - 5000, 5000, *[0] * 8]


@needs("AtomicParsley")
def test_atomicparsley_finds_the_texts(tagged: Path) -> None:
    said = subprocess.run(["AtomicParsley", tagged, "-t"], check=True, capture_output=True).stdout.decode()
    for words in ('"©nam" contains: First 🎹 夜', '"trkn" contains: 7 of 12', '"disk" contains: 1 of 2',
                  "ISRC] contains: GBXXX2600001", '"©alb" contains: ' + "x" * 200, '"pgap" contains: true',
                  '"cpil" contains: true', "LABEL] contains: Glass"):  # fmt: skip
        assert words in said


def changed(path: Path, change: Callable[[Any], object]) -> Path:
    file: Any = MP4(path)
    change(file.tags)
    file.save()
    return path


def test_what_others_add_is_passed_over(tagged: Path) -> None:
    before = opened(tagged).pairs
    changed(tagged, lambda tags: tags.update({"©cmt": ["Hm"], "tmpo": [120], "----:com.apple.iTunes:MOOD": [b"x"]}))
    assert opened(tagged).pairs == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda tags: tags.pop("pgap"), "does not say by pgap"),
        (lambda tags: tags.pop("----:com.apple.iTunes:iTunSMPB"), "says by iTunSMPB"),
        (lambda tags: tags.update({"----:com.apple.iTunes:iTunSMPB": [b" 0 400"]}), "says by iTunSMPB"),
        (lambda tags: tags.update({"covr": [MP4Cover(b"a"), MP4Cover(b"b")]}), "2 covers"),
        (lambda tags: tags.update({"----:com.apple.iTunes:ISRC": [b"\xff\xfe"]}), "no tags that can be read"),
    ],
)
def test_what_is_not_as_it_is_written_is_refused(tagged: Path, change: Callable[[Any], object], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        opened(changed(tagged, change))


def test_another_coding_than_aac_lc_is_refused(tagged: Path) -> None:
    data = tagged.read_bytes()
    place = data.index(b"\x11\x90", data.index(b"esds"))  # ISO 14496-3, 1.6.2.1: object type 2, 48 kHz, two channels
    tagged.write_bytes(data[:place] + b"\x09" + data[place + 1 :])
    with pytest.raises(Refusal, match=r"2 channels of mp4a.40.1; wanted 2 of mp4a.40.2"):
        opened(tagged)
