"""How much a limiter is heard, beside those that are in use today: the same music, brought to the same loudness.

`python -m tests.bench.limiter [RECORDING or FOLDER...] [--loudness -11 --loudness -9] [--only NAME...] [--items]`

Without recordings, the mixes of the composed albums are taken; of each, the 20 s with the highest ratio of peak to
loudness, and synthetic drums besides. Each limiter, its ceiling at -1 dBTP, is driven until its output is as loud as
asked, within 0.05 LU: "over" is its mean overshoot as shipped, "worst" the worst. Then the ceiling is set lower, and
the drive corrected, until true peaks by a 16x meter really stay under -1 dBTP; all other figures are read there,
against the driven input (`distortion.py`), and are means over the items. "pre-attack" is below zero where the level
falls before a drum, and above where it is still coming back. THD+N (`tones.py`) is of a limiter
as shipped. An item that a limiter cannot be brought to is not in its means; "met" says how many are. `--peers` names a
Python that has matchering and pedalboard, which Glassmaster does not need.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.distortion import (
    k_weighted_worst_sdr_db,
    pre_attack_db,
    pump_db,
    sdr50_db,
    spectral_distance_db,
    transient_loss_db,
)
from tests.bench.driving import CEILING_DBTP, Outcome, bring
from tests.bench.excerpts import Item, Sound, items
from tests.bench.limiters import Limiter, limiters
from tests.bench.measure import ROOT, recordings_in
from tests.bench.tones import BASS_HZ, PAIR_HZ, limited_thd_n_db

Figures = Mapping[str, float]
"""Numbers by the heading they stand under."""

OURS = "Glassmaster"
MORE_IS_BETTER = {"SDR50", "kSDRp10", "pre-attack"}
COMPARED: dict[str, Callable[[Sound, Sound, int], float]] = {
    "SDR50": sdr50_db,
    "kSDRp10": k_weighted_worst_sdr_db,
    "LSD": spectral_distance_db,
    "transient": transient_loss_db,
    "pre-attack": pre_attack_db,
    "pump": pump_db,
}
TONES = {"60+1k Hz": PAIR_HZ, "50 Hz": BASS_HZ}
JUDGED = (*COMPARED, "over", "worst", *TONES)
HEADINGS = (*JUDGED, "setting", "drive")


@dataclass(frozen=True, eq=False)
class Record:
    """How a limiter did: figures by item, of those that it could be brought to, and what it makes of tones."""

    name: str
    items: Mapping[Item, Figures]
    tones: Figures

    def over(self, items: Collection[Item]) -> Figures:
        """The means over `items`; of overshoots also the worst."""
        chosen = [self.items[item] for item in items]
        means = {heading: statistics.fmean(figures[heading] for figures in chosen) for heading in chosen[0]}
        return {**means, "worst": max(figures["over"] for figures in chosen), **self.tones}


def record(limiter: Limiter, tones: Figures, sounds: Sequence[Item], target_lufs: float) -> Record:
    found = {}
    for sound in sounds:
        if outcome := bring(limiter.process, sound, target_lufs):
            found[sound] = figures(outcome, sound.rate_hz)
    return Record(limiter.name, found, tones)


def figures(outcome: Outcome, rate_hz: int) -> Figures:
    """What can be read of one item."""
    lowered = outcome.lowered
    return {
        **{heading: read(lowered.driven, lowered.limited, rate_hz) for heading, read in COMPARED.items()},
        "over": max(0.0, outcome.shipped.true_peak_dbtp - CEILING_DBTP),
        "setting": lowered.setting_dbtp,
        "drive": lowered.drive_db,
    }


def print_table(contenders: Mapping[Limiter, Figures], sounds: Sequence[Item], target_lufs: float, each: bool) -> None:
    """One line for each limiter, and if `each` one for each item; then how ours stands to the best peer."""
    print(f"\n{target_lufs:g} LUFS, true peaks under {CEILING_DBTP:g} dBTP; all in dB")
    print(f"{'':22}{''.join(f'{heading:>11}' for heading in HEADINGS)}   met")
    records = []
    for limiter, tones in contenders.items():
        found = record(limiter, tones, sounds, target_lufs)
        records.append(found)
        means = found.over(found.items) if found.items else tones
        print(f"{row(found.name, means)}{f'{len(found.items)}/{len(sounds)}':>6}", flush=True)
        for item in found.items if each else ():
            print(row(f"  {item.name}", found.items[item]))
    print_standing(records)


def row(name: str, figures: Figures) -> str:
    cells = (f"{figures[heading]:11.2f}" if heading in figures else f"{'':11}" for heading in HEADINGS)
    return f"{name:22}{''.join(cells)}"


def print_standing(records: Sequence[Record]) -> None:
    """A line for each metric: ours, the peer that comes closest to it or is farthest ahead, and the difference.

    The two are compared on the items that both were brought to: a peer that fails on the hardest has no gain of it.
    """
    if not (ours := next((each for each in records if each.name == OURS), None)):
        return
    pairs = {
        f"{peer.name}, {len(shared)} items": (ours.over(shared), peer.over(shared))
        for peer in records
        if peer is not ours and (shared := ours.items.keys() & peer.items.keys())
    }
    if not pairs:
        return
    print(f"\n{'':10}{'ours':>10}{'best peer':>12}{'ours less best':>17}")
    for heading in JUDGED:
        sign = 1.0 if heading in MORE_IS_BETTER else -1.0
        leads = {name: mine[heading] - theirs[heading] for name, (mine, theirs) in pairs.items()}
        best = min(leads, key=lambda name: sign * leads[name])
        mine, theirs = pairs[best]
        print(f"{heading:10}{mine[heading]:10.3f}{theirs[heading]:12.3f}{leads[best]:+17.3f}  {best}")


def at_hand(options: argparse.Namespace) -> list[Limiter]:
    """The limiters asked for that can be run here; what is absent is said to be."""
    wanted = [part.casefold() for part in options.only or [""]]
    found = []
    for limiter in limiters(options.peers):
        if not any(part in limiter.name.casefold() for part in wanted):
            continue
        if lacking := limiter.lacks():
            print(f"absent: {limiter.name} needs {lacking}")
        else:
            found.append(limiter)
    return found


def asked() -> tuple[argparse.Namespace, list[Path]]:
    """The options, and the recordings in the folders and files named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="*", type=Path, default=sorted(ROOT.glob("albums/*/mixes")))
    parser.add_argument("--loudness", type=float, action="append", metavar="LUFS")
    parser.add_argument("--only", action="append", metavar="NAME", help="limiters whose name has this in it")
    parser.add_argument("--items", action="store_true", help="print each item's figures too")
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    options = parser.parse_args()
    recordings = recordings_in(options.recordings)
    return options, recordings or parser.error("no recordings; `python -m albums.examples.compose` makes some")


def main() -> None:
    options, recordings = asked()
    sounds = items(recordings)
    contenders = {
        limiter: {name: limited_thd_n_db(limiter.process, tones_hz) for name, tones_hz in TONES.items()}
        for limiter in at_hand(options)
    }
    for target_lufs in options.loudness or (-11.0, -9.0):
        print_table(contenders, sounds, target_lufs, options.items)


if __name__ == "__main__":
    main()
