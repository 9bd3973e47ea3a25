"""Lossy files are heard beyond full scale, by two decoders where there are two, and only at their stated length."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from albums.faults import Refusal
from formats._lossy import lossy_file, ogg_file
from formats._lossy.lossy_file import LossyFile, blocks
from formats.aac.mp4_file import opened as opened_aac
from formats.codecs import decoded, encode_exact
from formats.mp3 import id3_file
from profiles.codecs import Kind, codec_named
from tests.support.lossy import FULL_SCALE, RATE_HZ, samples_of

FRAMES = 3 * RATE_HZ
KINDS: dict[str, Kind] = {"aac-128": "aac", "mp3-128": "mp3", "opus-64": "opus", "vorbis-q1": "vorbis"}


@pytest.fixture(scope="module", params=KINDS)
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LossyFile:
    """Loud noise with peaks at full scale, which every codec takes beyond it."""
    folder, kind = tmp_path_factory.mktemp("lossy"), KINDS[request.param]
    noise = np.random.default_rng(2).standard_normal((FRAMES, 2)) * 0.4
    (np.rint(np.clip(noise, -1, 1) * (FULL_SCALE - 1)).astype("<i4") << 8).tofile(folder / "s")
    codec = codec_named(request.param)
    path = encode_exact(folder / "s", RATE_HZ, [codec], folder)[codec]
    return LossyFile(path, kind, RATE_HZ, FRAMES, (), "")


def heard(file: LossyFile) -> NDArray[np.int32]:
    return np.concatenate([*blocks(file)])


def test_nothing_is_clipped_and_every_decoder_agrees(file: LossyFile) -> None:
    whole = heard(file)
    assert whole.shape == (FRAMES, 2)
    assert np.abs(whole).max() > 1.05 * FULL_SCALE
    floats = np.concatenate([*decoded(file.path, file.kind)])
    assert np.array_equal(whole, np.rint(floats.astype(np.float64) * FULL_SCALE))


@pytest.mark.parametrize("frames", [FRAMES - 1, FRAMES + 1, 10**12])
def test_another_length_than_stated_is_refused(file: LossyFile, frames: int) -> None:
    with pytest.raises(Refusal, match=rf"decodes to \d+ samples (or more )?where it states {frames}"):
        heard(replace(file, frames=frames))


def altered(file: LossyFile, monkeypatch: pytest.MonkeyPatch, change: dict[int, float], cut: int | None = None) -> None:
    whole = np.concatenate([*decoded(file.path, file.kind)])
    for place, by in change.items():
        whole[place, 1] += by

    def other(*_: object) -> Iterator[NDArray[np.float32]]:
        yield from np.array_split(whole[:cut], 5)

    monkeypatch.setattr(lossy_file, "decoded", other)


def test_decoders_that_disagree_are_named_with_the_second(file: LossyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    altered(file, monkeypatch, {RATE_HZ * 2: 0.002, RATE_HZ * 2 + 9: np.nan})
    if file.kind in lossy_file.READ_TWICE:
        with pytest.raises(Refusal, match=r"FFmpeg and libsndfile decode it differently, by 0.002 .* from 2.000 s on"):
            heard(file)
    else:
        with pytest.raises(Refusal, match="what is no number"):
            heard(file)


@pytest.mark.parametrize(("place", "by", "allowed"), [
    (38_399, 0.09, ("opus",)), (38_399, 0.2, ()), (38_400, 0.09, ()), (0, 0.01, ("opus",)), (5, np.nan, ()),
])  # fmt: skip
def test_decoders_of_opus_may_differ_until_they_have_settled(
    file: LossyFile, monkeypatch: pytest.MonkeyPatch, place: int, by: float, allowed: tuple[Kind, ...]
) -> None:
    altered(file, monkeypatch, {place: by})
    if file.kind in allowed or (file.kind not in lossy_file.READ_TWICE and by < 1.0):
        assert len(heard(file)) == FRAMES
        return
    with pytest.raises(Refusal, match=r"differently, by|is no number"):
        heard(file)


def test_decoders_of_two_lengths_are_told(file: LossyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    altered(file, monkeypatch, {}, cut=-5)
    words = (
        f"{FRAMES - 5} samples by FFmpeg, to more" if file.kind != "aac" else f"decodes to {FRAMES - 5} samples where"
    )
    with pytest.raises(Refusal, match=words):
        heard(file)


def test_what_is_louder_than_an_int32_holds_is_refused(file: LossyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    altered(file, monkeypatch, {5: 300.0})
    monkeypatch.setattr(lossy_file, "MOST_APART", 1e9)
    monkeypatch.setattr(lossy_file, "SETTLING_APART", 1e9)
    with pytest.raises(Refusal, match="more than 48 dB beyond full scale"):
        heard(file)


def test_vorbis_of_less_than_a_second_is_heard_whole(tmp_path: Path) -> None:
    codec = codec_named("vorbis-q5")
    for frames in (1, 1146, 20001):
        path = encode_exact(samples_of(tmp_path / "s", frames), RATE_HZ, [codec], tmp_path)[codec]
        assert len(heard(ogg_file.opened("vorbis", path))) == frames


def test_files_without_our_tags_are_told_by_their_name(tmp_path: Path) -> None:
    for name, wanted in (("mp3-128", "no ID3v2 tag"), ("aac-128", "pgap|tags")):
        codec = codec_named(name)
        path = encode_exact(samples_of(tmp_path / "s", 5000), RATE_HZ, [codec], tmp_path)[codec]
        if name == "mp3-128":
            path.write_bytes(path.read_bytes()[20:])
        with pytest.raises(Refusal, match=f"{path.name}: .*({wanted})"):
            (id3_file.opened if name == "mp3-128" else opened_aac)(path)
