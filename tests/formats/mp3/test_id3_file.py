"""The ID3v2.4 tags of MP3 files: each text in its own frame, found by a foreign reader."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from mutagen import id3

from albums.faults import Refusal
from formats.mp3.id3_file import opened, tag
from tests.support.lossy import COMMENTS, tagged_file
from tests.support.programmes import needs


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    return tagged_file(tmp_path, "mp3-128", tag)


def test_what_is_written_is_read(tagged: Path) -> None:
    found = opened(tagged)
    assert dict(found.pairs) == dict(COMMENTS)
    assert (len(found.pairs), found.frames, found.cover) == (len(COMMENTS), 5000, "")


def test_each_text_stands_in_its_frame(tagged: Path) -> None:
    tags: Any = id3.ID3(tagged, translate=False)
    assert tags.version == (2, 4, 0)
    texts = {key: [str(text) for text in frame.text] for key, frame in tags.items() if key != "TIPL"}
    assert texts == {
        "TIT2": ["First 🎹 夜"], "TPE1": ["A / B"], "TXXX:Writer": ["W"], "TCOM": ["C; D"], "TSRC": ["GBXXX2600001"],
        "TPOS": ["1/2"], "TXXX:ITUNESADVISORY": ["0"], "TALB": ["x" * 500], "TPE2": ["V.A."],
        "TXXX:BARCODE": ["036000291452"], "TXXX:CATALOGNUMBER": ["GM-001"], "TPUB": ["Glass"], "TDRC": ["2026-11-27"],
        "TCON": ["(17)Ambient"], "TXXX:LANGUAGE": ["de"], "TCOP": ["2026 Glass"], "TPRO": ["2026 The Band"],
        "TCMP": ["1"], "TRCK": ["7/12"],
    }  # fmt: skip
    assert tags["TIPL"].people == [["arranger", "E"]]


@needs("ffmpeg")
def test_ffmpeg_finds_the_texts(tagged: Path) -> None:
    command = ["ffmpeg", "-v", "error", "-i", str(tagged), "-f", "ffmetadata", "-"]
    lines = subprocess.run(command, check=True, capture_output=True).stdout.decode().splitlines()
    assert {"title=First 🎹 夜", "artist=A / B", "track=7/12", "disc=1/2", "publisher=Glass"} <= set(lines)
    assert {"album=" + "x" * 500, "TSRC=GBXXX2600001", "date=2026-11-27", "compilation=1"} <= set(lines)


def changed(path: Path, *frames: Any) -> None:
    tags: Any = id3.ID3(path, translate=False)
    for frame in frames:
        tags.add(frame)
    tags.save(path, v1=0)


def test_what_others_add_is_passed_over(tagged: Path) -> None:
    before = opened(tagged).pairs
    extra = [id3.COMM(3, "deu", "", ["Hm"]), id3.TXXX(3, "Mood", ["x", "y"]), id3.TBPM(3, ["120"])]
    changed(tagged, *extra)
    assert opened(tagged).pairs == before


def test_what_is_said_twice_or_in_another_form_is_told_as_it_is(tagged: Path) -> None:
    changed(tagged, id3.TIT2(3, ["One", "Two"]), id3.TRCK(3, ["7"]))
    found = opened(tagged).pairs
    assert [value for name, value in found if name == "TITLE"] == ["One", "Two"]
    assert ("TRACKTOTAL", "7") in found


def test_two_front_covers_are_refused(tagged: Path) -> None:
    changed(tagged, *(id3.APIC(3, "image/png", 3, name, b"x") for name in ("a", "b")))
    with pytest.raises(Refusal, match="2 front covers"):
        opened(tagged)
