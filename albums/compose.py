"""Composes the example albums: `python -m albums.compose [ALBUM ...]` plays each `score.toml` into mixes and a cover.

What it promises: 24 bit, 48 kHz, stereo, as a mixing engineer delivers; the same bytes on every run; nothing half
done (a file is written aside and renamed); nothing done twice (a stamp beside the mixes names the score and the
composer they come from).
"""

import argparse
import hashlib
import sys
import tomllib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFilter, ImageFont

from albums import desk, instruments, score
from albums.desk import RATE, Sound

HERE = Path(__file__).parent
COVER = 1600  # pixels a side; shops ask for 1400 and more
TAKES = 2  # how often a sampled note is played, so that no two hits in a row are the same
FORCES = 5  # and at how many steps of force
OVERSAMPLED = 2  # drawn this much larger, for smooth edges


def compose(folder: Path) -> list[Path]:
    """Play the score of one album folder into `mixes/` and `cover.png`; the files, in the album's order.

    What is already there from the same score and the same composer is left alone. Raises FileNotFoundError
    if the folder has no `score.toml`.
    """
    pieces = score.read(folder / "score.toml")
    _discard_outdated(folder, pieces)
    made = [path for piece in pieces for path in _mixes(folder, piece)]
    cover = folder / "cover.png"
    if not cover.exists():
        aside = cover.with_suffix(".part")
        drawn(tomllib.loads((folder / "score.toml").read_text(encoding="utf-8"))["cover"]).save(aside, format="PNG")
        aside.rename(cover)
    return [*made, cover]


def _discard_outdated(folder: Path, pieces: Sequence[score.Piece]) -> None:
    """Remove what another score or another composer made, and stamp the folder before anything new is written."""
    sources = [folder / "score.toml", *(HERE / f"{name}.py" for name in ("compose", "desk", "instruments", "score"))]
    key = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in sources)).hexdigest()
    stamp = folder / "mixes" / ".composed"
    if stamp.exists() and stamp.read_text(encoding="ascii") == key:
        return
    stamp.parent.mkdir(exist_ok=True)
    for path in (folder / "cover.png", *(_mix(folder, name) for piece in pieces for name in piece.files)):
        path.unlink(missing_ok=True)
    stamp.write_text(key, encoding="ascii")


def _mix(folder: Path, name: str) -> Path:
    return folder / "mixes" / f"{name}.wav"


def _mixes(folder: Path, piece: score.Piece) -> list[Path]:
    """The mixes one piece is cut into, written if any is missing."""
    paths = [_mix(folder, name) for name in piece.files]
    if all(path.exists() for path in paths):
        return paths
    cuts = [round(bar * piece.bar_s * RATE) for bar in piece.cuts]
    for path, sound in zip(paths, np.split(performed(piece), cuts, axis=1), strict=True):
        aside = path.with_suffix(".part")
        soundfile.write(aside, sound.T, RATE, subtype="PCM_24", format="WAV")
        aside.rename(path)
    return paths


def performed(piece: score.Piece) -> Sound:
    """One piece played, mixed and brought to its level, with its defect if it has one; shape (2, frames)."""
    frames = round(piece.length_s * RATE)
    mix, send = np.zeros((2, frames)), np.zeros((2, frames), np.float32)
    for number, part in enumerate(piece.parts):
        rng = np.random.Generator(np.random.PCG64([piece.seed, number]))
        _add_channel(mix, send, part, _played(part, score.notes(piece, part, rng), frames, rng))
    rng = np.random.Generator(np.random.PCG64([piece.seed, len(piece.parts)]))
    mix += desk.reverberated(send, desk.Room(**piece.room), rng)
    mix = desk.driven(desk.shelved(mix, **piece.tone), piece.drive_db)
    return _with_defect(desk.levelled(desk.ended(desk.filtered(mix, 20.0)), piece.peak_dbfs), piece.defect)


def _played(part: score.Part, notes: Sequence[score.Note], frames: int, rng: np.random.Generator) -> Sound:
    """What the part's instrument plays, unmixed: each note a few times, then these takes in turn, as a sampler does."""
    if part.instrument == "voice":
        return instruments.voice(notes, frames, rng, **part.knobs)
    track = np.zeros((2, frames) if part.instrument in instruments.STEREO else frames)
    takes: dict[tuple[float, ...], Sound] = {}
    for number, note in enumerate(notes):
        key = (number % TAKES, note.pitch, round(note.length_s, 1), round(FORCES * note.force))
        if key not in takes:
            takes[key] = instruments.PLAYED[part.instrument](note, rng, **part.knobs)
        heard = track[..., round(note.start_s * RATE) :][..., : takes[key].shape[-1]]
        heard += takes[key][..., : heard.shape[-1]] * note.force
    return track


def _add_channel(mix: Sound, send: NDArray[np.float32], part: score.Part, track: Sound) -> None:
    """The part's channel strip: overdrive, cuts, level and pan into the mix, and from there into the room."""
    sound = desk.filtered(desk.driven(track, part.drive_db), part.low_cut_hz, part.high_cut_hz)
    gains = desk.placed(sound, part.pan) * desk.amplitude(part.level_db)
    for side, gain in enumerate(gains[:, 0]):
        heard = (sound if sound.ndim == 1 else sound[side]) * gain
        mix[side] += heard
        heard *= desk.amplitude(part.room_db)
        send[side] += heard


def _with_defect(mix: Sound, defect: dict[str, float]) -> Sound:
    """The mix as the engineer will get it: some come with a fault that the analysis ought to find."""
    if "left_dc" in defect:
        return desk.offset(mix, **defect)
    return desk.overloaded(mix, **defect) if defect else mix


def drawn(cover: dict[str, Any]) -> Image.Image:
    """A cover: a gradient, shapes (coordinates in thousandths of the side, some blurred) and lines of text."""
    top, bottom = (np.array(ImageColor.getrgb(colour)) for colour in cover["sky"])
    rows = top + np.linspace(0.0, 1.0, COVER)[:, None] * (bottom - top)
    picture = Image.fromarray(np.repeat(np.round(rows).astype(np.uint8)[:, None], COVER, axis=1)).convert("RGBA")
    for shape in cover["shapes"]:
        picture.alpha_composite(_layer(shape))
    pen = ImageDraw.Draw(picture)
    for text in cover["texts"]:
        at = [value * COVER / 1000.0 for value in text["at"]]
        font = ImageFont.load_default(text["size"] * COVER / 1000.0)
        pen.text((at[0], at[1]), text["words"], fill=text["colour"], font=font, anchor="ls")
    return picture.convert("RGB")


def _layer(shape: dict[str, Any]) -> Image.Image:
    """One shape on a transparent ground, smooth at its edges and blurred if it is a light."""
    scale = COVER * OVERSAMPLED
    mask = Image.new("L", (scale, scale))
    points = [value * scale / 1000.0 for value in shape["points"]]
    draw = ImageDraw.Draw(mask)
    {"ellipse": draw.ellipse, "polygon": draw.polygon}[shape["kind"]](
        points, fill=round(255 * shape.get("opacity", 1.0))
    )
    mask = mask.resize((COVER, COVER), Image.Resampling.BOX)
    layer = Image.new("RGBA", mask.size, shape["colour"])
    layer.putalpha(mask.filter(ImageFilter.GaussianBlur(shape.get("blur", 0) * COVER / 1000.0)))
    return layer


def main() -> None:
    """Compose the albums named on the command line, or all."""
    known = sorted(path.parent.name for path in HERE.glob("*/score.toml"))
    parser = argparse.ArgumentParser(prog="python -m albums.compose", description="Compose the example albums.")
    parser.add_argument("album", nargs="*", help=f"one of: {', '.join(known)} (default: all)")
    wanted = parser.parse_args().album or known
    if unknown := sorted(set(wanted) - set(known)):
        parser.error(f"no such album: {', '.join(unknown)}; there are {', '.join(known)}")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for made in pool.map(compose, [HERE / name for name in wanted]):
            sys.stdout.writelines(f"{path}\n" for path in made)


if __name__ == "__main__":
    main()
