"""Files that say how loud they are: written once they were measured, and held against what was measured."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import formats
from albums.faults import Fault, Refusal
from formats import StatedLoudness
from pipeline.analysis.analysis import Analysis, album_figures
from pipeline.deliverables.findings import Finding
from pipeline.plan.plan import Plan

TOLERANCE_DB = 0.05  # more than what any kind of file rounds by
OF_ALBUM = "album_"  # begins the name of what all tracks say alike
QUANTITIES = {
    "integrated_lufs": ("tagged loudness", "LUFS"),
    "true_peak_dbtp": ("tagged true peak", "dBTP"),
    "album_lufs": ("tagged loudness of the album", "LUFS"),
    "album_dbtp": ("tagged true peak of the album", "dBTP"),
    "range_lu": ("tagged loudness range", "LU"),
    "maximum_momentary_lufs": ("tagged maximum momentary loudness", "LUFS"),
    "maximum_short_term_lufs": ("tagged maximum short-term loudness", "LUFS"),
}
METHOD = "metadata read back, against what was measured on the written samples"


def state_loudness(folder: Path, plan: Plan, tracks: Sequence[Analysis]) -> tuple[StatedLoudness, ...]:
    """Have the files in `folder` say how loud they are, as measured of the `tracks`; what they then say.

    Nothing where the profile wants none of it. Raises Refusal where anything else of them would change, and OSError.
    """
    kind = formats.tagged(plan.profile.format)
    if kind is None or not plan.profile.states_loudness or not tracks:
        return ()
    before = kind.read(folder)
    kind.state_loudness(folder, plan.layouts[0], measured_loudness(tracks))
    after = kind.read(folder)
    if after.texts != before.texts:
        raise Refusal([Fault(str(folder), "holds other texts since its loudness was written: that is a fault here")])
    return after.stated


def measured_loudness(tracks: Sequence[Analysis]) -> list[StatedLoudness]:
    """What the file of each of the `tracks` of an album is to say; what is silent has no loudness."""
    album = album_figures(tracks)
    return [
        StatedLoudness(
            track.loudness.integrated_lufs,
            _peak(track.true_peak.true_peak_dbtp),
            album.integrated_lufs,
            _peak(album.true_peak_dbtp),
            track.loudness.range_lu,
            track.loudness.maximum_momentary_lufs,
            track.loudness.maximum_short_term_lufs,
        )
        for track in tracks
    ]


def stated_findings(plan: Plan, tracks: Sequence[Analysis], stated: Sequence[StatedLoudness]) -> Iterator[Finding]:
    """Whether each file says of its loudness what was measured, as far as its kind of file can say it.

    What all say of the album is told once, and again of each that says something else.
    """
    kind = formats.tagged(plan.profile.format)
    if kind is None or not plan.profile.states_loudness:
        return
    wanted = [kind.as_stated(each) for each in measured_loudness(tracks)]
    have = [*stated, *[StatedLoudness()] * len(wanted)][: len(wanted)]
    for name in QUANTITIES:
        told: float | None = None
        for number, (said, should) in enumerate(zip(have, wanted, strict=True), 1):
            found, measured = getattr(said, name), getattr(should, name)
            if found is None and measured is None:
                continue
            if name.startswith(OF_ALBUM) and number > 1 and found == told:
                continue
            told = found
            yield _finding(f"tracks[{number}]" if not name.startswith(OF_ALBUM) else "album", name, found, measured)


def _finding(where: str, name: str, found: float | None, measured: float | None) -> Finding:
    quantity, unit = QUANTITIES[name]
    return Finding(where=where, quantity=quantity, measured=_shown(found), required=_shown(measured),
                   unit=f"{unit} ±{TOLERANCE_DB:g}", method=METHOD, passed=_near(found, measured))  # fmt: skip


def _near(stated: float | None, measured: float | None) -> bool:
    if stated is None or measured is None:
        return stated is measured
    return abs(stated - measured) <= TOLERANCE_DB


def _shown(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _peak(peak_dbtp: float | None) -> float | None:
    return None if peak_dbtp is None or peak_dbtp == float("-inf") else peak_dbtp
