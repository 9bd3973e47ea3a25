"""The example albums: that they are music an engineer could be sent, with the faults they are meant to have."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from PIL import Image

from albums import compose, desk, instruments, score
from albums.desk import RATE

ALBUMS = Path(compose.__file__).parent
SOME = {"quiet-rooms": ("03-boiler", "05-snow"), "night-set": ("03-tidal", "05-letzte")}
TINY = """
[[pieces]]
files = ["one", "two"]
cuts = [1]
seed = 1
tempo_bpm = 240
key = "C"
mode = "major"
form = ["a"]
peak_dbfs = -6.0
tail_s = 1.0
room = { decay_s = 0.3 }
[pieces.chords]
a = "I | V"
[[pieces.drums]]
instrument = "kick"
play = { a = "x..." }
[cover]
sky = ["#000000", "#ffffff"]
shapes = [{ kind = "ellipse", colour = "#ff0000", points = [400, 400, 600, 600], blur = 2 }]
texts = [{ words = "Tiny", at = [100, 100], size = 50, colour = "#ffffff" }]
"""


def excerpt(album: str, folder: Path, chosen: tuple[str, ...]) -> Path:
    """An album folder with only the chosen pieces of an example."""
    blocks = re.split(r"^(?=\[\[pieces\]\]|\[cover\])", (ALBUMS / album / "score.toml").read_text("utf-8"), flags=re.M)
    kept = [block for block in blocks if block.startswith("[cover]") or any(f'["{name}' in block for name in chosen)]
    (folder / "score.toml").write_text("".join(kept), "utf-8")
    return folder


@pytest.fixture(scope="module")
def mixes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """A loud and a quiet piece of each album, and the two with defects and the segue among them."""
    return {
        album: compose.compose(excerpt(album, tmp_path_factory.mktemp(album), chosen))[:-1]
        for album, chosen in SOME.items()
    }


def read(path: Path) -> NDArray[np.float64]:
    return np.asarray(soundfile.read(path, dtype="float64", always_2d=True)[0])


def loudness_db(sound: NDArray[np.float64]) -> float:
    """Mean power of the loud half of all 0.4 s stretches: near enough to gated loudness to compare mixes."""
    sound = sound - sound.mean(axis=0)
    stretches = sound[: len(sound) // 19200 * 19200].reshape(-1, 19200, 2)
    powers = np.sort(np.mean(np.sum(stretches**2, axis=2), axis=1))
    return float(10.0 * np.log10(powers[len(powers) // 2 :].mean()))


@pytest.mark.parametrize("album", SOME)
def test_mixes_are_stereo_24_bit_48_khz_at_the_level_of_unmastered_mixes(
    album: str, mixes: dict[str, list[Path]]
) -> None:
    for path in mixes[album]:
        found = soundfile.info(path)
        assert (found.subtype, found.samplerate, found.channels) == ("PCM_24", 48000, 2)
        assert 30.0 <= found.duration <= 60.0
        assert -20.0 <= 20.0 * np.log10(np.abs(read(path)).max()) <= -1.0


@pytest.mark.parametrize("album", SOME)
def test_loudness_differs_by_8_db_or_more_within_an_album(album: str, mixes: dict[str, list[Path]]) -> None:
    levels_db = [loudness_db(read(path)) for path in mixes[album]]
    assert max(levels_db) - min(levels_db) >= 8.0


@pytest.mark.parametrize("album", SOME)
def test_mixes_end_in_silence_unless_the_music_runs_on(album: str, mixes: dict[str, list[Path]]) -> None:
    for path in mixes[album]:
        end = read(path)[-RATE // 20 :]
        quiet = np.abs(end - end[-1]).max() < 1e-4
        assert quiet != path.name.startswith("03-tidal")


def test_the_segue_has_no_click_at_its_joint(mixes: dict[str, list[Path]]) -> None:
    first, second = (read(path) for path in mixes["night-set"][:2])
    joint = np.diff(np.concatenate((first[-2:], second[:2])), n=2, axis=0)
    around = np.diff(np.concatenate((first[-RATE // 10 :], second[: RATE // 10])), n=2, axis=0)
    assert np.abs(joint).max() <= np.percentile(np.abs(around), 99.9)
    assert loudness_db(first[-RATE:]) > -40.0


def test_the_segue_is_one_performance_cut_in_two(tmp_path: Path) -> None:
    (tmp_path / "score.toml").write_text(TINY, "utf-8")
    one, two, _cover = (path for path in compose.compose(tmp_path))
    (piece,) = score.read(tmp_path / "score.toml")
    whole = compose.performed(piece).T
    assert len(read(one)) == RATE
    np.testing.assert_allclose(np.concatenate((read(one), read(two))), whole, rtol=0.0, atol=2.0**-23)


def test_one_quiet_room_is_clipped_for_some_seconds_and_nothing_else_is(mixes: dict[str, list[Path]]) -> None:
    clipped, clean = (read(path) for path in mixes["quiet-rooms"])
    flat = np.abs(clipped) == np.abs(clipped).max()
    runs = flat[:-2] & flat[1:-1] & flat[2:]
    assert runs.sum() > 50
    clipped_s = np.nonzero(runs.any(axis=1))[0] / RATE
    assert clipped_s.min() >= 36.7  # the fader goes up from here to 0:37, and down from 0:40
    assert clipped_s.max() <= 40.3
    assert (np.abs(clean) == np.abs(clean).max()).sum() <= 2


def test_one_night_piece_has_a_dc_offset_on_the_left(mixes: dict[str, list[Path]]) -> None:
    offsets = [read(path).mean(axis=0) for path in mixes["night-set"]]
    np.testing.assert_allclose(offsets[-1], (0.02, 0.0), atol=1e-4)
    assert np.abs(offsets[:-1]).max() < 1e-3


def test_two_runs_give_the_same_bytes(mixes: dict[str, list[Path]], tmp_path: Path) -> None:
    again = compose.compose(excerpt("night-set", tmp_path, ("05-letzte",)))
    assert again[0].read_bytes() == mixes["night-set"][-1].read_bytes()
    assert again[-1].read_bytes() == (mixes["night-set"][-1].parents[1] / "cover.png").read_bytes()


def test_a_finished_album_is_left_alone_and_a_changed_score_is_played_anew(tmp_path: Path) -> None:
    (tmp_path / "score.toml").write_text(TINY, "utf-8")
    one, two, cover = compose.compose(tmp_path)
    one.write_bytes(b"left alone")
    two.unlink()
    cover.unlink()
    compose.compose(tmp_path)
    assert two.stat().st_size > 0
    assert one.stat().st_size > len(b"left alone")  # its other half was missing, so the piece was played again
    one.write_bytes(b"left alone")
    compose.compose(tmp_path)
    assert one.read_bytes() == b"left alone"
    (tmp_path / "score.toml").write_text(TINY.replace("seed = 1", "seed = 2"), "utf-8")
    compose.compose(tmp_path)
    assert soundfile.info(one).frames == RATE
    assert not list(tmp_path.rglob("*.part"))


def test_the_cover_is_square_and_large_enough_for_a_shop(mixes: dict[str, list[Path]]) -> None:
    with Image.open(mixes["quiet-rooms"][0].parents[1] / "cover.png") as cover:
        assert cover.width == cover.height >= 1400
        assert cover.mode == "RGB"


@pytest.mark.parametrize("album", SOME)
def test_the_score_plays_what_the_manifest_lists_each_30_to_60_s(album: str) -> None:
    pieces = score.read(ALBUMS / album / "score.toml")
    manifest = tomllib.loads((ALBUMS / album / "album.toml").read_text("utf-8"))
    assert [track["mix"] for track in manifest["tracks"]] == [
        f"mixes/{name}.wav" for piece in pieces for name in piece.files
    ]
    for piece in pieces:
        edges_s = [0.0, *(bar * piece.bar_s for bar in piece.cuts), piece.length_s]
        assert all(30.0 <= length_s <= 60.0 for length_s in np.diff(edges_s))


def pitches_of(play: str, *, mode: str = "major", chords: str = "ii7") -> list[float]:
    part = score.Part("plucked", {"a": play})
    piece = score.Piece(
        ("x",), 1, 60.0, "C", mode, ("a",), {"a": chords}, (part,), peak_dbfs=-6.0, room={}, looseness_s=0.0
    )
    return [note.pitch for note in score.notes(piece, part, np.random.default_rng(1))]


def test_a_chord_is_thirds_of_the_mode_in_the_octave_of_its_register() -> None:
    assert pitches_of("x") == [57, 60, 62, 65]  # A C D F: D minor seventh about middle C
    assert pitches_of("x", mode="dorian", chords="IV") == [57, 60, 65]  # F major: dorian's raised sixth


def test_a_digit_is_a_scale_step_above_the_root_and_a_melody_counts_from_the_tonic() -> None:
    assert pitches_of("1358", chords="V") == [55, 59, 62, 67]
    assert pitches_of("1:1a 5,:1o 2':2e") == [60, 55, 74]


@pytest.mark.parametrize("pitch", [40.0, 57.0, 76.0])
def test_a_plucked_string_is_in_tune_within_five_cents(pitch: float) -> None:
    note = score.Note(0.0, 2.0, pitch, 0.8)
    sound = instruments.plucked(note, np.random.default_rng(5))
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 20))
    low, high = (round(note.pitch_hz * factor * (1 << 20) / RATE) for factor in (0.97, 1.03))
    found_hz = (low + np.argmax(spectrum[low:high])) * RATE / (1 << 20)
    assert abs(1200.0 * np.log2(found_hz / note.pitch_hz)) < 5.0


def test_the_voice_sings_its_vowel() -> None:
    def share_above_700_hz(vowel: str) -> float:
        sung = instruments.voice([score.Note(0.0, 1.0, 57.0, 0.8, vowel)], RATE, np.random.default_rng(3))
        power = np.abs(np.fft.rfft(sung)) ** 2
        return float(power[750:1300].sum() / power.sum())

    assert share_above_700_hz("a") > 3.0 * share_above_700_hz("u")


def test_shelves_reach_their_gain_at_the_ends_of_the_spectrum() -> None:
    click = np.zeros((2, 1 << 16))
    click[:, 0] = 1.0
    spectrum_db = 20.0 * np.log10(np.abs(np.fft.rfft(desk.shelved(click, low_db=4.0, high_db=-3.0)[0])))
    np.testing.assert_allclose((spectrum_db[0], spectrum_db[-1]), (4.0, -3.0), atol=0.05)


def test_the_room_falls_by_60_db_in_its_time() -> None:
    send = np.zeros((2, 2 * RATE), np.float32)
    send[:, 0] = 1.0
    heard = desk.reverberated(send, desk.Room(decay_s=1.0, low_ratio=1.0, high_ratio=1.0), np.random.default_rng(2))
    left_db = 10.0 * np.log10(np.cumsum(heard[0, ::-1].astype(np.float64) ** 2)[::-1] + 1e-20)
    slope_s = (np.argmax(left_db < left_db[0] - 35.0) - np.argmax(left_db < left_db[0] - 5.0)) / RATE
    assert slope_s == pytest.approx(0.5, rel=0.15)
    ears = np.asarray(np.corrcoef(heard[:, RATE // 10 :]))
    assert abs(ears[0, 1]) < 0.1


@pytest.mark.parametrize("name", instruments.PLAYED)
def test_every_instrument_is_finite_heard_and_ends_without_a_click(name: str) -> None:
    sound = instruments.PLAYED[name](score.Note(0.0, 0.5, 60.0, 0.8), np.random.default_rng(4))
    assert (sound.ndim == 2) == (name in instruments.STEREO)
    assert 0.05 < np.abs(sound).max() < 4.0
    assert np.abs(sound[..., -1]).max() < 0.02
