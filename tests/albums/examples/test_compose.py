"""The example albums: that they are music an engineer could be sent, with the faults they are meant to have."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from albums.examples import compose
from albums.examples.desk import RATE

ALBUMS = Path(compose.__file__).parents[1]
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


def test_what_is_whole_is_left_without_importing_what_plays(tmp_path: Path) -> None:
    (tmp_path / "score.toml").write_text(TINY, "utf-8")
    compose.compose(tmp_path)
    again = (
        "import sys; from pathlib import Path; from albums.examples import compose; "
        f"compose.compose(Path({str(tmp_path)!r}));"
    )
    heavy = subprocess.run(
        [sys.executable, "-c", f"{again} print(*sorted({{'scipy', 'PIL', 'soundfile'}} & set(sys.modules)))"],
        cwd=ALBUMS.parent,
        check=True,
        capture_output=True,
        text=True,
    )
    assert heavy.stdout.split() == []
