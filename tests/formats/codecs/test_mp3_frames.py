"""Frames of MP3 that no decoder needs are left out, and those that are kept decode as they did."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from albums.faults import Refusal
from formats.codecs import decoded, encode, info_tag, mp3_frames
from formats.codecs.info_tag import KBPS, SIDE, crc_16, read_frames, read_info
from formats.codecs.mp3_frames import DECODER, limit
from profiles.codecs import codec_named
from tests.support.lossy import RATE_HZ, steady

FRAMES = 5 * RATE_HZ
DELAY = 576  # of LAME's encoder


def sound() -> NDArray[np.int32]:
    """Silence with bursts of noise: the rate leaps, and frames look far back."""
    bursts = (np.arange(FRAMES)[:, None] // 3000 % 3 == 1) * np.random.default_rng(4).standard_normal((FRAMES, 2)) * 0.2
    found: NDArray[np.int32] = (steady(FRAMES) // 40 + np.rint(bursts * 2**23).astype(np.int32)) << 7
    return found


@pytest.fixture(scope="module", params=["mp3-v0", "mp3-v9", "mp3-320", "mp3-128", "mp3-64"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder, codec = tmp_path_factory.mktemp("mp3"), codec_named(request.param)
    sound().astype("<i4").tofile(folder / "s")
    return encode(folder / "s", RATE_HZ, [codec], folder)[codec].read_bytes()


def put(folder: Path, data: bytes) -> Path:
    (folder / "x.mp3").write_bytes(data)
    return folder / "x.mp3"


def whole(path: Path) -> NDArray[np.float32]:
    """All that the frames of `path` decode to, from the first sample that was encoded on."""
    tag, sizes = read_frames(path)
    raw = path.with_name("frames.mp3")
    raw.write_bytes(path.read_bytes()[tag.place + sizes[0] :])
    return np.concatenate([*decoded(raw, "mp3")])[DELAY + DECODER :]


@pytest.mark.parametrize(("lead", "length"), [
    (0, FRAMES), (1, 5000), (575, 1), (2000, 30_000), (60_000, 70_000), (61_152, 70_000), (180_000, FRAMES - 180_000),
    *((90_000 + 300 * step, 9000) for step in range(12)),
])  # fmt: skip
def test_what_is_heard_is_what_it_was_in_the_whole(tmp_path: Path, file: bytes, lead: int, length: int) -> None:
    path = put(tmp_path, file)
    wanted = whole(path)[lead : lead + length]
    limit(path, lead, length)
    for heard in (np.concatenate([*decoded(path, "mp3")]), soundfile.read(path, dtype="float32")[0]):
        assert heard.shape == (length, 2)
        assert np.abs(heard - wanted).max() < 1e-5
    found = read_info(path)
    assert (found.length, found.frames) == (length, len(read_frames(path)[1]) - 1)
    assert found.frames <= -(-length // 1152) + 4
    assert found.delay < 3 * 1152


def test_the_tag_says_what_is_left(tmp_path: Path, file: bytes) -> None:
    path = put(tmp_path, file)
    limit(path, 100_000, 90_000)
    tag, sizes = read_frames(path)
    data = path.read_bytes()[tag.place :]
    assert int.from_bytes(data[48 - 4 : 48], "big") == tag.frames
    assert int.from_bytes(data[48:52], "big") == int.from_bytes(data[184:188], "big") == len(data) == sum(sizes)
    assert int.from_bytes(data[188:190], "big") == crc_16(data[sizes[0] :])
    places = [*data[52:152]]
    assert places == sorted(places)
    assert places[50] == pytest.approx(128, abs=40)  # the bursts are not spread evenly


def test_the_whole_keeps_what_ffmpeg_said_of_its_music(tmp_path: Path, file: bytes) -> None:
    path = put(tmp_path, file)
    place = read_info(path).place
    info_tag.write_info(path, 0, FRAMES)
    ours = path.read_bytes()[place:]
    theirs = file[place:]
    assert (ours[44:52], ours[184:190]) == (theirs[44:52], theirs[184:190])
    assert max(abs(one - other) for one, other in zip(ours[52:152], theirs[52:152], strict=True)) <= 3


def test_the_silent_frame_grows_where_frames_look_farther_back_than_it_reaches(tmp_path: Path) -> None:
    codec, grown = codec_named("mp3-v9"), list[int]()
    (np.where(np.arange(FRAMES)[:, None] % 20_000 < 3000, 1, 0) * sound()).astype("<i4").tofile(tmp_path / "s")
    data = encode(tmp_path / "s", RATE_HZ, [codec], tmp_path)[codec].read_bytes()
    before, (_, own) = whole(put(tmp_path, data)), read_frames(put(tmp_path, data))
    for lead in range(30_000, 110_000, 1152):
        path = put(tmp_path, data)
        limit(path, lead, 5000)
        heard = np.concatenate([*decoded(path, "mp3")])
        assert np.abs(heard - before[lead : lead + 5000]).max() < 1e-5
        tag, sizes = read_frames(path)
        carrier = path.read_bytes()[tag.place + sizes[0] :][: sizes[1]]
        assert not any(carrier[4:SIDE])
        grown.append(sizes[1] - own[1 + (DELAY + DECODER + lead) // 1152 - 2])
    assert max(grown) > 300


def test_more_than_there_is_is_an_error(tmp_path: Path, file: bytes) -> None:
    path = put(tmp_path, file)
    with pytest.raises(ValueError, match="frames, wanted"):
        limit(path, 5000, FRAMES)
    assert path.read_bytes() == file
    assert [each.name for each in tmp_path.iterdir()] == ["x.mp3"]


def test_what_looks_too_far_back_is_refused(tmp_path: Path, file: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mp3_frames, "KBPS", KBPS[:1])
    with pytest.raises(Refusal, match="bytes back"):
        limit(put(tmp_path, file), 100_000, 5000)
