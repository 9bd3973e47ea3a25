"""What a file must be to be mastered, and what is told of one that is taken all the same."""

from collections.abc import Iterator, Sequence

from pipeline.intake.sound_files import Described, Remark
from pipeline.intake.sound_files.channels import STEREO, channel_names

LOWEST_RATE_HZ = 8000  # taste: telephones and early recordings have it, and no music that is released has less
HIGHEST_RATE_HZ = 384000
LOWEST_DELIVERED_HZ = 44100
MOST_CHANNELS = 64  # taste: no bounce has more, and a broken header may promise a thousand
CONTAINERS = {"WAV", "WAVEX", "AIFF", "FLAC", "RF64", "W64", "CAF"}
ENCODINGS = {"PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAC_16", "ALAC_20", "ALAC_24", "ALAC_32"}
WANTED = "wanted a finished mix, stereo or mono, as WAV, AIFF, FLAC, RF64, W64 or CAF, PCM or float, 16 bit or more"


def reasons_against(found: Described) -> Iterator[str]:
    """Why a sound file cannot be mastered; nothing where it can."""
    if found.container not in CONTAINERS or found.encoding not in ENCODINGS:
        yield f"holds {found.container} {found.encoding}; {WANTED}"
    if found.channels > MOST_CHANNELS:
        yield f"promises {found.channels} channels; wanted one or two: bounce it as stereo"
    if not LOWEST_RATE_HZ <= found.rate_hz <= HIGHEST_RATE_HZ:
        wanted = f"wanted {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz, as the session was recorded"
        yield f"runs at {found.rate_hz} Hz; {wanted}"
    yield from found.reasons
    if not found.frames and not found.reasons:
        yield "holds no samples; bounce it again"


def remarks_on(found: Described, channels: Sequence[int]) -> Iterator[Remark]:
    """What is told of a file that is taken, `channels` of it as left and right or as the only one."""
    yield from found.remarks
    if found.channels > len(STEREO):
        names = channel_names(channels, found.container, found.channels, found.channel_mask)
        taken = "is used as mono" if len(channels) == 1 else "are used as left and right"
        yield "note", f"of {found.channels} channels, {names} {taken}; the others are silent and left out"
    if len(channels) == 1:
        yield "note", "is mono: it is mastered as mono, both sides alike"
    if found.rate_hz < LOWEST_DELIVERED_HZ:
        band = f"nothing is added above {found.rate_hz / 2000:g} kHz"
        yield "note", f"runs at {found.rate_hz} Hz: it is raised to a rate that is delivered, and {band}"
