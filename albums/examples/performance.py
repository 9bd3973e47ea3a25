"""Plays a piece from its score: every part on its instrument, mixed at the desk and cut into the mixes of its tracks.

The same score gives the same samples on every run: all chance comes from generators seeded with the piece's number and
the part's. The mixes are 24 bit, 48 kHz and stereo, as a mixing engineer delivers.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from albums.examples import desk, instruments, score, voice
from albums.examples.desk import RATE, Sound

TAKES = 2  # a note is played this often, so that no two hits in a row are the same
FORCES = 5  # a note is played at this many steps of force
STRETCH = 8192  # frames are mixed this many at a time: they stay in the processor's cache


def write_mixes(piece: score.Piece, paths: Sequence[Path]) -> None:
    """Play the piece and write what is between its cuts to `paths`, each file aside first and then renamed."""
    cuts = [round(bar * piece.bar_s * RATE) for bar in piece.cuts]
    for path, sound in zip(paths, np.split(performed(piece), cuts, axis=1), strict=True):
        aside = path.with_suffix(".part")
        soundfile.write(aside, sound.T, RATE, subtype="PCM_24", format="WAV")
        aside.rename(path)


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
    """What the part's instrument plays, unmixed: of each note a few takes, used in turn, as a sampler does."""
    if part.instrument == "voice":
        return voice.sing(notes, frames, rng, **part.knobs)
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
    for start in range(0, mix.shape[1], STRETCH):
        stretch = slice(start, start + STRETCH)
        heard = gains * sound[..., stretch]
        mix[:, stretch] += heard
        heard *= desk.amplitude(part.room_db)
        send[:, stretch] += heard


def _with_defect(mix: Sound, defect: dict[str, float]) -> Sound:
    """The mix as the engineer will get it: some come with a fault that the analysis ought to find."""
    if "left_dc" in defect:
        return desk.offset(mix, **defect)
    return desk.overloaded(mix, **defect) if defect else mix
