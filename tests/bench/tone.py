"""Whether an album's tone and level come out the same, whatever errors of tone and level its mixes came in with.

`python -m tests.bench.tone [RECORDING or FOLDER...] [--seeds 10] [--track-s 30] [--quick] [--whole] [--each]`

An album of eight stretches of the recordings (the composed albums' mixes without any), and a synthesised one, are
mastered as they are, and with every track disturbed by a random equaliser of three bands and a random gain
(`disturbed.py`), by Glassmaster, by Matchering 2.0, each track matched to the album's first, and untreated. "tone" is
by how much the two results of a track differ: third octaves of the mid, over the louder half of the mix's seconds, the
mean over bands taken off, rms over bands. "shared" is what is alike of that in all tracks of an album, a centre that
moved, and "own" the rest. What is shared without treatment is an error that all tracks have: an equaliser towards
their mean leaves as much. "level" is the difference of loud passages, the 95th percentile of short-term loudness, over
the mean of the album's. All are means over tracks and seeds, with the worst seed beside them.

"the limit alone" is an equaliser without shapes and without restraint: every third octave by itself goes as far towards
the mean of the tracks as is asked for and the limit allows, boosting noise as well; levels are left. In the second
table "limit" is the fall that it would bring.

Glassmaster is measured before the one drive that all tracks of an album get; `--whole` masters the first seed by the
command, and measures the files delivered too. Then the same albums undisturbed, and the composed ones as they are, at
the intent that is the default: how far tracks stand apart before and after. `--peers` names a Python that has
matchering, which Glassmaster does not need.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import welch

import albums
from albums import Intent
from pipeline.analysis.analysis import analyse
from pipeline.analysis.meters.loudness import Loudness, LoudnessMeter, lufs
from pipeline.intake.album_mixes import hash_recordings, open_recordings
from pipeline.intake.mixes import Source
from pipeline.mastering.plans import plans_for
from pipeline.plan.treatment import Treatment
from pipeline.rendering.mix_chain import treated
from pipeline.sequencing.album_sequence import sequence_album
from pipeline.system.parallel import parallel_map, processors
from profiles import load
from tests.bench.disturbed import disturbed, recorded, synthesised, write_album
from tests.bench.excerpts import Item, Sound
from tests.bench.measure import ROOT, SOUNDS, has

Levels = NDArray[np.float64]
"""Decibels, (tracks, bands) or (tracks,)."""
Master = Callable[[Path, Path], Sequence[Sound]]
"""Masters an album folder, with an empty folder for what it leaves; every track's result, aligned with its mix."""

CENTRES_HZ = 1000.0 * 10.0 ** (np.arange(-12, 12) / 10.0)  # IEC 61260-1, base ten: 63 Hz to 12.5 kHz
EDGE = 10.0**0.05  # from a third octave's centre to its edges
WINDOW = 16_384  # frames: a bin of 2.7 Hz at 44.1 kHz, five in the lowest band
LOUD_PERCENTILE = 95.0
SILENCE_LUFS = -70.0  # BS.1770-5: under it nothing counts
MATCHED = {"tone_match": 1.0, "level_match": 1.0, "eq_limit_db": 12.0}
WANTED = "0.5 dB and 0.3 LU"
PROBE = 2**16  # frames that an equaliser's response to one click is heard for
AUDIBLE_HZ = (20.0, 20_000.0)
QUICK_S = 12.0
FREE_ROUNDS = 3
OURS = "Glassmaster"
PROFILE = "streaming"  # tone and level are alike in all


@dataclass(frozen=True)
class Figures:
    """How far the results of one disturbed album are from those of the album as it was: means over its tracks."""

    tone_db: float
    shared_db: float
    own_db: float
    level_lu: float


@dataclass(frozen=True, eq=False)
class Heard:
    """What is heard of an album's tracks: third octaves, (tracks, bands), and loud passages."""

    bands_db: Levels
    loud_lufs: Levels


@dataclass(frozen=True, eq=False)
class Trial:
    """One seed: the two albums' difference at each track and band, and at each track's loud passages."""

    tone_db: Levels
    level_lu: Levels

    @property
    def figures(self) -> Figures:
        shared = self.tone_db.mean(axis=0)
        return Figures(
            tone_db=float(_rms(self.tone_db).mean()),
            shared_db=float(_rms(shared)),
            own_db=float(_rms(self.tone_db - shared).mean()),
            level_lu=float(np.abs(self.level_lu).mean()),
        )


def injected(
    tracks: Sequence[Item], seeds: Iterable[int], masters: Mapping[str, Master], intent: Mapping[str, float] = MATCHED
) -> dict[str, list[Trial]]:
    """By the masters' names, a trial for each seed."""
    found: dict[str, list[Trial]] = {name: [] for name in masters}
    loud = [loud_seconds(track.sound, track.rate_hz) for track in tracks]
    rate_hz = tracks[0].rate_hz
    with tempfile.TemporaryDirectory() as folder:
        results = _mastered(Path(folder) / "as-it-is", tracks, masters, intent)
        wanted = {name: heard(sounds, rate_hz, loud) for name, sounds in results}
        for seed in seeds:
            for name, sounds in _mastered(Path(folder) / str(seed), disturbed(tracks, seed), masters, intent):
                found[name].append(trial(wanted[name], heard(sounds, rate_hz, loud)))
    return found


def _mastered(
    album: Path, tracks: Sequence[Item], masters: Mapping[str, Master], intent: Mapping[str, float]
) -> Iterator[tuple[str, Sequence[Sound]]]:
    write_album(album, tracks, intent)
    for name, master in masters.items():
        with tempfile.TemporaryDirectory() as out:
            yield name, master(album, Path(out))


def trial(one: Heard, other: Heard) -> Trial:
    """Each track's own offset taken off its bands, and each album's off its tracks' levels."""
    tone_db = other.bands_db - one.bands_db
    level_lu = other.loud_lufs - one.loud_lufs
    return Trial(_level(tone_db), level_lu - level_lu.mean())


def heard(sounds: Sequence[Sound], rate_hz: int, loud: Sequence[NDArray[np.bool_]]) -> Heard:
    """What is heard of `sounds`; bands only where `loud` says so, second by second."""
    return Heard(
        np.array([third_octaves_db(sound, rate_hz, where) for sound, where in zip(sounds, loud, strict=True)]),
        np.array([loud_passages_lufs(loudness(sound, rate_hz)) for sound in sounds]),
    )


def loud_seconds(sound: Sound, rate_hz: int) -> NDArray[np.bool_]:
    """Which of the whole seconds are the louder half."""
    powers = loudness(sound, rate_hz).block_powers
    seconds = np.array([powers[10 * n : 10 * n + 7].mean() for n in range(len(sound) // rate_hz)])
    return np.asarray(seconds >= np.median(seconds))


def third_octaves_db(sound: Sound, rate_hz: int, loud: NDArray[np.bool_]) -> Levels:
    """Levels of the mid at CENTRES_HZ over the seconds that are `loud`."""
    frames = len(loud) * rate_hz
    if len(sound) < frames:
        raise ValueError(f"a result has {len(sound)} frames, expected {frames} or more, as its mix")
    seconds = sound[:frames].mean(axis=1).reshape(len(loud), rate_hz)[loud]
    frequencies_hz, densities = welch(seconds, rate_hz, nperseg=WINDOW)
    density = densities.mean(axis=0)
    edges = np.searchsorted(frequencies_hz, [CENTRES_HZ / EDGE, CENTRES_HZ * EDGE])
    return np.array([10.0 * np.log10(density[low:high].sum()) for low, high in edges.T])


def loudness(sound: Sound, rate_hz: int) -> Loudness:
    meter = LoudnessMeter(rate_hz)
    meter.add(sound)
    return meter.result()


def loud_passages_lufs(loudness: Loudness) -> float:
    """The 95th percentile of short-term loudness."""
    short_term_lufs = [lufs(power) for power in loudness.short_term_powers if power > 0.0]
    return float(np.percentile([level for level in short_term_lufs if level > SILENCE_LUFS], LOUD_PERCENTILE))


def _rms(levels: Levels) -> Levels:
    """Over bands."""
    return np.asarray(np.sqrt(np.mean(levels**2, axis=-1)))


def nobody(album: Path, out: Path) -> list[Sound]:  # noqa: ARG001 - a master's form
    """The mixes."""
    return [soundfile.read(mix)[0] for mix in sorted(album.glob("mixes/*"))]


def decided(album: Path) -> tuple[tuple[Source, ...], tuple[Treatment, ...]]:
    """What Glassmaster does to each mix of an album."""
    read = albums.load(album)
    used = hash_recordings(open_recordings(read)).mixes
    analyses = list(parallel_map(lambda source: analyse(source.blocks(), source.mix.rate_hz), used, processors()))
    (plan,), _ = plans_for(sequence_album(read, used, [None] * len(used), analyses), [load(PROFILE)], analyses)
    return used, plan.treatments


def glassmaster(album: Path, out: Path) -> list[Sound]:  # noqa: ARG001 - a master's form
    """The treated mixes, before the drive."""
    used, treatments = decided(album)
    return [
        np.concatenate(list(treated(treatment, source.blocks())))
        for source, treatment in zip(used, treatments, strict=True)
    ]


def freely(album: Path, out: Path) -> list[Sound]:
    """The mixes, each third octave changed by itself as far as the album's intent goes."""
    mixes, rate_hz = nobody(album, out), soundfile.info(next(album.glob("mixes/*"))).samplerate
    loud = [loud_seconds(mix, rate_hz) for mix in mixes]
    before_db = heard(mixes, rate_hz, loud).bands_db
    wanted_db = freely_db(before_db, albums.load(album).intent)
    gains_db, results = wanted_db, mixes
    for _ in range(FREE_ROUNDS):  # a band hears a little of its neighbours' gains
        results = [_shaped(mix, rate_hz, each) for mix, each in zip(mixes, gains_db, strict=True)]
        gains_db = gains_db + wanted_db - (heard(results, rate_hz, loud).bands_db - before_db)
    return results


def freely_db(bands_db: Levels, intent: Intent) -> Levels:
    """By how much each band of each track changes that goes `tone_match` of the way to the mean, within the limit."""
    levels = _level(bands_db)
    away = levels - levels.mean(axis=0)
    return np.asarray(np.clip(-intent.tone_match * away, -intent.eq_limit_db, intent.eq_limit_db))


def _level(bands_db: Levels) -> Levels:
    """Each track's mean over bands, the last axis, at zero."""
    return np.asarray(bands_db - bands_db.mean(axis=-1, keepdims=True))


def _shaped(mix: Sound, rate_hz: int, gains_db: Levels) -> Sound:
    """A mix through a gain that runs straight, over log frequency, from one of CENTRES_HZ to the next."""
    frequencies_hz = np.fft.rfftfreq(len(mix), 1 / rate_hz)
    shape_db = np.interp(np.log(np.maximum(frequencies_hz, 1.0)), np.log(CENTRES_HZ), gains_db)
    return np.asarray(np.fft.irfft(np.fft.rfft(mix, axis=0) * 10 ** (shape_db / 20)[:, None], len(mix), axis=0))


def delivered(album: Path, out: Path) -> list[Sound]:
    """The files that the command makes for streaming."""
    command = [sys.executable, "-m", "pipeline", "master", str(album), "--out", str(out / "masters")]
    done = subprocess.run(
        command, env=os.environ | {"PREFECT_HOME": str(out / "home")}, cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return [soundfile.read(file)[0] for file in sorted((out / "masters" / PROFILE).glob("*.flac"))]


def matchering(python: str, album: Path, out: Path) -> list[Sound]:
    """Every mix matched to the first, by a Python that has matchering."""
    mixes = map(str, sorted(album.glob("mixes/*")))
    command = [sys.executable, "-m", "tests.bench.chains", "matchering", python, str(out), *mixes]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return [soundfile.read(file)[0] for file in sorted(out.glob("*.wav"))]


@dataclass(frozen=True)
class Standing:
    """How far an album's tracks stand apart before and after, and what it takes."""

    bands_before_db: float
    bands_after_db: float
    bands_freely_db: float
    """By the limit alone."""
    response_db: float
    loud_before_lu: float
    loud_after_lu: float
    range_loss_lu: float


def standing(album: Path) -> Standing:
    """How an album folder comes out at the intent that it states."""
    used, treatments = decided(album)
    rows = list(parallel_map(_both, zip(used, treatments, strict=True), processors()))
    bands_db = _level(np.array([[sound.bands_db for sound in row] for row in rows]))
    louds_lufs = np.array([[sound.loud_lufs for sound in row] for row in rows])
    before_db, after_db = bands_db.std(axis=0).mean(axis=1).tolist()
    free_db = _level(bands_db[:, 0] + freely_db(bands_db[:, 0], albums.load(album).intent))
    loud_before_lu, loud_after_lu = louds_lufs.std(axis=0).tolist()
    return Standing(
        bands_before_db=before_db,
        bands_after_db=after_db,
        bands_freely_db=float(free_db.std(axis=0).mean()),
        response_db=max(largest_response_db(treatment) for treatment in treatments),
        loud_before_lu=loud_before_lu,
        loud_after_lu=loud_after_lu,
        range_loss_lu=max(before.range_lu - after.range_lu for before, after in rows),
    )


@dataclass(frozen=True, eq=False)
class _Sounding:
    """One track as a mix or as treated."""

    bands_db: Levels
    loud_lufs: float
    range_lu: float


def _both(pair: tuple[Source, Treatment]) -> tuple[_Sounding, _Sounding]:
    source, treatment = pair
    mix = np.concatenate(list(source.blocks()))
    rate_hz = source.mix.rate_hz
    loud = loud_seconds(mix, rate_hz)

    def sounding(sound: Sound) -> _Sounding:
        read = loudness(sound, rate_hz)
        bands_db = third_octaves_db(sound, rate_hz, loud)
        return _Sounding(bands_db, loud_passages_lufs(read), read.range_lu or 0.0)

    return sounding(mix), sounding(np.concatenate(list(treated(treatment, iter([mix])))))


def largest_response_db(treatment: Treatment) -> float:
    """The most that a track's equaliser raises or lowers anything audible, heard from one click."""
    click = np.zeros((PROBE, 2))
    click[0] = 1.0
    alone = treatment.model_copy(update={"gain_db": 0.0, "dc_offset": (0.0, 0.0), "compression": None})
    response = np.abs(np.fft.rfft(np.concatenate(list(treated(alone, iter([click]))))[:, 0]))
    frequencies_hz = np.fft.rfftfreq(PROBE, 1 / treatment.rate_hz)
    audible = (frequencies_hz >= AUDIBLE_HZ[0]) & (frequencies_hz <= AUDIBLE_HZ[1])
    return float(np.abs(20.0 * np.log10(response[audible])).max())


def print_trials(found: Mapping[str, Sequence[Trial]], tracks: Sequence[Item], each: bool) -> None:
    """A line for each master: each figure's mean, and its worst seed; if `each`, ours by tracks and by bands."""
    headings = ("tone dB", "shared", "own", "level LU")
    print(f"{'':32}{''.join(f'{heading:>9}  worst' for heading in headings)}")
    for name, trials in found.items():
        figures = np.array([astuple(one.figures) for one in trials])
        cells = zip(figures.mean(axis=0), figures.max(axis=0), strict=True)
        print(f"{name:32}{''.join(f'{mean:9.2f}{worst:7.2f}' for mean, worst in cells)}")
    print(f"{'wanted, at most':32}{WANTED} (tone, level; means)", flush=True)
    for name in found if each else ():
        if name.startswith(OURS):
            print_each(name, found[name], tracks)


def print_each(name: str, trials: Sequence[Trial], tracks: Sequence[Item]) -> None:
    tone_db = np.array([one.tone_db for one in trials])
    levels_lu = np.abs([one.level_lu for one in trials]).mean(axis=0)
    print(f"\n{f'{name}, by track, means over seeds':50}{'tone dB':>9}{'level LU':>10}")
    for track, track_db, level_lu in zip(tracks, _rms(tone_db).mean(axis=0), levels_lu, strict=True):
        print(f"  {track.name:48}{track_db:9.2f}{level_lu:10.2f}")
    bands_db = np.sqrt(np.mean(tone_db**2, axis=(0, 1)))
    print("by band, Hz and dB rms: " + "  ".join(f"{c:.0f} {d:.2f}" for c, d in zip(CENTRES_HZ, bands_db, strict=True)))


def print_standing(name: str, found: Standing) -> None:
    fall, free = (1.0 - after_db / found.bands_before_db for after_db in (found.bands_after_db, found.bands_freely_db))
    print(
        f"{name:24}{found.bands_before_db:8.2f}{found.bands_after_db:7.2f}{fall:6.0%}{free:7.0%}{found.response_db:10.2f}"
        f"{found.loud_before_lu:12.2f}{found.loud_after_lu:7.2f}{found.range_loss_lu:14.2f}",
        flush=True,
    )


def print_standings(made: Mapping[str, Sequence[Item]]) -> None:
    """A line for each album of the bench, and for each composed one."""
    print(
        "\nundisturbed, default intent: third octaves apart by dB, equaliser, loud passages apart by LU, range lost LU"
    )
    headings = f"{'before':>8}{'after':>7}{'fall':>6}{'limit':>7}{'most dB':>10}{'before':>12}{'after':>7}"
    print(f"{'':24}{headings}{'most lost':>14}")
    with tempfile.TemporaryDirectory() as folder:
        for name, tracks in made.items():
            write_album(Path(folder) / name, tracks, {})
            print_standing(name, standing(Path(folder) / name))
    for mixes in sorted(ROOT.glob("albums/*/mixes")):
        print_standing(f"albums/{mixes.parent.name}", standing(mixes.parent))


def masters(peers: str) -> dict[str, Master]:
    """Who masters; what is absent is said to be."""
    found: dict[str, Master] = {"no treatment": nobody, OURS: glassmaster, "the limit alone": freely}
    if has(peers, "matchering"):
        found["Matchering 2.0"] = partial(matchering, peers)
    else:
        print(f"absent: matchering (pip install matchering, or --peers with a Python that has it; {peers} has not)")
    return found


def asked() -> tuple[argparse.Namespace, list[Path]]:
    """The options, and the recordings in the folders and files named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="*", type=Path, default=sorted(ROOT.glob("albums/*/mixes")))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--track-s", type=float, default=30.0)
    parser.add_argument("--quick", action="store_true", help=f"one seed, tracks of {QUICK_S:.0f} s")
    parser.add_argument("--whole", action="store_true", help="the first seed by the whole command too")
    parser.add_argument("--each", action="store_true", help="print ours by tracks and by bands too")
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    options = parser.parse_args()
    if options.quick:
        options.seeds, options.track_s = 1, QUICK_S
    recordings = [file for path in options.recordings for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    recordings = [file for file in recordings if file.suffix.lower() in SOUNDS]
    return options, recordings or parser.error("no recordings; `python -m albums.examples.compose` makes some")


def main() -> None:
    options, recordings = asked()
    contenders = masters(options.peers)
    made = {"recordings": recorded(recordings, options.track_s), "synthesised": synthesised(options.track_s)}
    for name, tracks in made.items():
        print(f"\n{name}: {len(tracks)} tracks of {options.track_s:g} s at most, {options.seeds} seeds", flush=True)
        found = injected(tracks, range(options.seeds), contenders)
        if options.whole:
            found |= injected(tracks, range(1), {f"{OURS}, files of seed 0": delivered})
        print_trials(found, tracks, options.each)
    print_standings(made)


if __name__ == "__main__":
    main()
