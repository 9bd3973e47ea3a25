"""Sound files of a few frames, of every kind that a folder of mixes may hold, with tags."""

from pathlib import Path
from typing import Any

import mutagen.flac
import numpy as np
import soundfile

FLAC: Any = mutagen.flac.FLAC  # untyped in mutagen
SILENCE = np.zeros((16, 2))
FORMATS = {".flac": "FLAC", ".aiff": "AIFF", ".rf64": "RF64", ".w64": "W64", ".caf": "CAF"}


def mix(path: Path, **tags: str) -> Path:
    """A sound file at `path`; `tags` are Vorbis comments, so it is a FLAC if there are any."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, SILENCE, 48000, "PCM_24", format=FORMATS.get(path.suffix.lower(), "WAV"))
    if tags:
        file = FLAC(path)
        for key, text in tags.items():
            file[key] = text
        file.save()
    return path
