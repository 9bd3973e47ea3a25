"""How loud a file says it is, for players that play one file after another at one level.

Source: ReplayGain 2.0 specification (gain against -18 LUFS, to a hundredth; peak of full scale, to six digits), which
its wiki extends by REPLAYGAIN_REFERENCE_LOUDNESS; RFC 7845, 5.2.1 (R128 gains against -23 LUFS in 1/256 dB, and none
of ReplayGain in an Opus file); EBU Tech 3285 v2 (bext: hundredths, rounded half away from zero).
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

REPLAY_GAIN_LUFS, R128_LUFS = -18.0, -23.0
R128_STEPS = 256  # of a decibel
MOST_R128 = 2**15 - 1
HUNDREDTHS = {
    "LOUDNESSVALUE": "integrated_lufs",
    "LOUDNESSRANGE": "range_lu",
    "MAXTRUEPEAKLEVEL": "true_peak_dbtp",
    "MAXMOMENTARYLOUDNESS": "maximum_momentary_lufs",
    "MAXSHORTTERMLOUDNESS": "maximum_short_term_lufs",
}
"""By the name of a field of a bext chunk, in its order: what it says, in hundredths."""
MOST_HUNDREDTHS = 9999
QUIETEST_DBTP = -120.0  # of six digits, nothing is left under it
_DECIBELS = re.compile(r"([+-]?[0-9]{1,3}\.[0-9]{1,4}) dB")
_PEAK = re.compile(r"[0-9]{1,3}\.[0-9]{1,9}")
_STEPS = re.compile("-?[0-9]{1,5}")


@dataclass(frozen=True)
class StatedLoudness:
    """What a file says of itself and of its album; None where it says nothing of it."""

    integrated_lufs: float | None = None
    true_peak_dbtp: float | None = None
    album_lufs: float | None = None
    album_dbtp: float | None = None
    range_lu: float | None = None
    maximum_momentary_lufs: float | None = None
    maximum_short_term_lufs: float | None = None


def replay_gain(stated: StatedLoudness) -> Iterator[tuple[str, str]]:
    """The pairs of ReplayGain; what has no loudness has no gain."""
    for name, lufs, dbtp in _each(stated):
        if lufs is not None:
            yield f"REPLAYGAIN_{name}_GAIN", f"{REPLAY_GAIN_LUFS - lufs:.2f} dB"
        if dbtp is not None:
            yield f"REPLAYGAIN_{name}_PEAK", f"{10.0 ** (max(dbtp, QUIETEST_DBTP) / 20.0):.6f}"
    if stated.integrated_lufs is not None or stated.album_lufs is not None:
        yield "REPLAYGAIN_REFERENCE_LOUDNESS", f"{REPLAY_GAIN_LUFS:.2f} LUFS"


def r128(stated: StatedLoudness) -> Iterator[tuple[str, str]]:
    """The pairs of an Opus file, which has gains and no peaks."""
    for name, lufs, _ in _each(stated):
        if lufs is not None:
            steps = round((R128_LUFS - lufs) * R128_STEPS)
            yield f"R128_{name}_GAIN", str(min(max(steps, -MOST_R128), MOST_R128))


def broadcast(stated: StatedLoudness) -> Iterator[tuple[str, str]]:
    """The pairs of a Broadcast WAV, which has nothing of the album."""
    for name, quantity in HUNDREDTHS.items():
        value = getattr(stated, quantity)
        if value is not None:
            rounded = math.copysign(math.floor(abs(value) * 100.0 + 0.5), value)
            yield name, str(int(min(max(rounded, -MOST_HUNDREDTHS), MOST_HUNDREDTHS)))


def stated_in(pairs: Iterable[tuple[str, str]]) -> StatedLoudness:
    """What `replay_gain`, `r128` or `broadcast` was given; what is in another form says nothing."""
    said = {name.upper(): value for name, value in pairs}
    lufs, dbtp = dict[str, float | None](), dict[str, float | None]()
    for name in ("TRACK", "ALBUM"):
        gain = _DECIBELS.fullmatch(said.get(f"REPLAYGAIN_{name}_GAIN", ""))
        peak = said.get(f"REPLAYGAIN_{name}_PEAK", "")
        steps = said.get(f"R128_{name}_GAIN", "")
        lufs[name] = REPLAY_GAIN_LUFS - float(gain[1]) if gain else None
        if _STEPS.fullmatch(steps):
            lufs[name] = R128_LUFS - int(steps) / R128_STEPS
        dbtp[name] = _decibels(float(peak)) if _PEAK.fullmatch(peak) else None
    found = StatedLoudness(lufs["TRACK"], dbtp["TRACK"], lufs["ALBUM"], dbtp["ALBUM"])
    values = {quantity: said[name] for name, quantity in HUNDREDTHS.items() if _STEPS.fullmatch(said.get(name, ""))}
    return replace(found, **{quantity: int(value) / 100.0 for quantity, value in values.items()})


def _each(stated: StatedLoudness) -> Iterator[tuple[str, float | None, float | None]]:
    yield "TRACK", stated.integrated_lufs, stated.true_peak_dbtp
    yield "ALBUM", stated.album_lufs, stated.album_dbtp


def _decibels(peak: float) -> float:
    return 20.0 * math.log10(peak) if peak > 0.0 else QUIETEST_DBTP
