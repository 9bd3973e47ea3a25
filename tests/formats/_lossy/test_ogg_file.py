"""The comments of Ogg files, found by a foreign reader, and the cover among them."""

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from PIL import Image

from albums.faults import Refusal
from formats._lossy.ogg_file import PICTURE, opened, tag
from formats._shared.cover import Cover
from formats.codecs import encode_exact
from profiles.codecs import Kind, codec_named
from tests.support.lossy import COMMENTS, samples_of
from tests.support.programmes import needs

CODECS: dict[Kind, str] = {"opus": "opus-96", "vorbis": "vorbis-q3"}
READERS: dict[Kind, Any] = {"opus": OggOpus, "vorbis": OggVorbis}


def large() -> Cover:
    """A picture of 2 MB: its comment runs over many pages."""
    data = io.BytesIO()
    Image.effect_noise((1500, 1500), 100).convert("RGB").save(data, "JPEG", quality=95)
    return Cover(data.getvalue(), "image/jpeg", ".jpg", 1500, 1500, 24)


LARGE = large()


@pytest.fixture(params=CODECS)
def tagged(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Kind, Path]:
    codec = codec_named(CODECS[request.param])
    path = encode_exact(samples_of(tmp_path / "s", 100_001), 48000, [codec], tmp_path)[codec]
    tag(request.param, path, COMMENTS, LARGE)
    return request.param, path


def test_what_is_written_is_read(tagged: tuple[Kind, Path]) -> None:
    found = opened(*tagged)
    assert [pair for pair in found.pairs if pair[0] != "encoder"] == [*COMMENTS]
    assert (found.frames, found.cover) == (100_001, LARGE.digest)


@pytest.mark.parametrize("reader", [pytest.param(name, marks=needs(name)) for name in ("opusinfo", "vorbiscomment")])
def test_foreign_readers_find_the_texts(tagged: tuple[Kind, Path], reader: str) -> None:
    if (reader == "opusinfo") == (tagged[0] == "opus"):
        command = [reader, *(["-R", "-l"] if reader == "vorbiscomment" else []), str(tagged[1])]
        said = subprocess.run(command, check=True, capture_output=True).stdout.decode()
        assert all(f"{name}={value}" in said for name, value in COMMENTS)


def changed(tagged: tuple[Kind, Path], change: Callable[[Any], object]) -> tuple[Kind, Path]:
    file = READERS[tagged[0]](tagged[1])
    change(file.tags)
    file.save()
    return tagged


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda tags: tags.append((PICTURE, tags[PICTURE][0])), "2 front covers"),
        (lambda tags: tags.append((PICTURE, "not base 64")), "that can be read"),
    ],
)
def test_a_wrong_picture_is_refused(tagged: tuple[Kind, Path], change: Callable[[Any], object], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        opened(*changed(tagged, change))


def test_a_file_of_another_kind_is_refused(tagged: tuple[Kind, Path]) -> None:
    other: Kind = "vorbis" if tagged[0] == "opus" else "opus"
    with pytest.raises(Refusal, match=f"is no file of {other}"):
        opened(other, tagged[1])
