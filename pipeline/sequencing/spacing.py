"""How the tracks follow each other: where each mix is cut, where it is heard, and the silence between two, and why.

A gap is what a listener hears as one: from where the sound before has died away to where the next is first heard,
whatever silence the files have at their ends. Heads and tails are cut only within digital silence or a steady noise,
never where the artist set a trim or a fade, and never where the music runs on.

How long a gap `auto` chooses is taste, as is every length here.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from albums import MANIFEST, Album, Track
from albums.faults import Fault, place
from pipeline.analysis.edges import Beginning, Ending
from pipeline.intake.mixes import Source
from pipeline.plan.level_law import correction_db
from pipeline.sequencing.transitions import Transition

NOISE_FADE_S = 0.3  # a tail's noise fades out in this time; a head's fades in in half of it
DECAY_FADE_S = 0.05  # the very last of a decay, under -90 dBFS already, fades out in this time
LEAST_S = 0.01  # less silence or noise at an edge is not worth a cut
BREAK_FADE_S = 0.005  # a mix that breaks off in full sound fades in this time: no click and no fade is heard
SILENT_DBFS = -120.0  # a floor under this is digital silence, or what dither leaves of it

PAUSE_S = {"fade": 1.2, "ring-out": 1.8, "cold": 2.0, "sound": 2.0}  # this follows each kind of ending
CALLED = {"fade": "fades out", "ring-out": "rings out", "cold": "ends cold", "sound": "breaks off in full sound"}
BESIDE_SILENCE_S = 0.5
SOFT_START_S = 0.5  # the pause is shorter before music that fades in: its first second is silence to a listener
BREATH_S, BREATH_LU = 0.5, 4.0  # the pause is longer where loud passages are this far apart: the ear needs a moment
SHORTEST_S, LONGEST_S = 1.2, 3.2  # a pause that is counted in beats lies between these


@dataclass(frozen=True)
class Edges:
    """How a mix begins and ends, by ear."""

    beginning: Beginning
    ending: Ending


@dataclass(frozen=True)
class PlacedMix:
    """A mix as it is placed: what is used of it, from where to where it is heard, and the fades of its cut edges.

    `first`, `last` (one past) and the fades are in frames of the mix, counted from the start of what is used.
    """

    source: Source
    first: int
    last: int
    fade_in: int = 0
    fade_out: int = 0


@dataclass(frozen=True)
class Spacing:
    """The album with every gap in seconds, each track and pregap as it is placed, and how each meets the one before.

    `pregaps` and `transitions` have None where there is none; a transition is that of a track with the one before it.
    `warnings` are those on each track.
    """

    album: Album
    tracks: tuple[PlacedMix, ...]
    pregaps: tuple[PlacedMix | None, ...]
    transitions: tuple[Transition | None, ...]
    reasons: tuple[str, ...] = ()
    warnings: tuple[tuple[Fault, ...], ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """What is used of each track's mix."""
        return tuple(placed.source for placed in self.tracks)


def spacing_of(
    album: Album,
    used: Sequence[Source],
    pregaps: Sequence[Source | None],
    edges: Sequence[Edges],
    pregap_edges: Sequence[Edges | None],
    transitions: Sequence[Transition | None],
    louds_lufs: Sequence[float | None],
    untouched: Collection[int] = (),
) -> Spacing:
    """The spacing of `album`, from what was heard at the edges of its mixes and where they meet.

    `louds_lufs`: how loud each track's loud passages are. `untouched`: the numbers of those that are left as they are.
    """
    tracks, reasons, warnings = [album.tracks[0]], list[str](), list[tuple[Fault, ...]]([()])
    for number in range(2, len(album.tracks) + 1):
        track, transition = album.tracks[number - 1], transitions[number - 1]
        if not track.crossfade_s:
            gap_s, why = _gap(album, number, edges, transition, louds_lufs)
            reasons += [f"Track {number} {why}."] if why else []
            track = track.model_copy(update={"gap_s": gap_s})
        warnings.append(tuple(_parted(album, number)) if transition and transition.runs_on else ())
        tracks.append(track)
    settled = album.model_copy(update={"tracks": tuple(tracks)})
    return Spacing(
        album=settled,
        tracks=tuple(
            _whole(source) if n in untouched else _placed(settled, n, source, edges[n - 1], transitions)
            for n, source in enumerate(used, start=1)
        ),
        pregaps=tuple(
            _cut(source, each, head=True, tail=False) if source and each else None
            for source, each in zip(pregaps, pregap_edges, strict=True)
        ),
        transitions=tuple(transitions),
        reasons=tuple(reasons),
        warnings=tuple(warnings),
    )


def _gap(
    album: Album, number: int, edges: Sequence[Edges], transition: Transition | None, louds_lufs: Sequence[float | None]
) -> tuple[float, str]:
    """The gap before track `number` in seconds, and why, where it is not simply the one that was wished."""
    wished, own = album.gap_before_s(number), album.tracks[number - 1].gap_s
    if transition and transition.runs_on and (own in (None, "auto") or not wished):
        return 0.0, f"runs on from track {number - 1} as one performance: joined to it, nothing is cut or faded there"
    if wished == "auto":
        louder_lu = _louder_lu(album, number, louds_lufs)
        return _chosen(number, edges[number - 2].ending, edges[number - 1].beginning, louder_lu)
    return wished, ""


def _louder_lu(album: Album, number: int, louds_lufs: Sequence[float | None]) -> float:
    """By how much a track will be louder than the one before it, as far as these two tell."""
    before, after = louds_lufs[number - 2], louds_lufs[number - 1]
    if before is None or after is None:
        return 0.0
    wished_lu = album.tracks[number - 1].level_wish_lu - album.tracks[number - 2].level_wish_lu
    return after - before + correction_db(after - before, album.intent.level_match) + wished_lu


def _chosen(number: int, ending: Ending, beginning: Beginning, louder_lu: float) -> tuple[float, str]:
    if "silence" in (ending.kind, beginning.kind):
        silent = f"track {number - 1}" if ending.kind == "silence" else "this one"
        return BESIDE_SILENCE_S, f"follows after {BESIDE_SILENCE_S:.2f} s: {silent} is silent, which is a pause itself"
    gap_s, why = PAUSE_S[ending.kind], [f"track {number - 1} {CALLED[ending.kind]}"]
    if beginning.kind == "fade-in":
        gap_s -= SOFT_START_S
        why.append("this one fades in")
    if abs(louder_lu) >= BREATH_LU:
        gap_s += BREATH_S
        why.append(f"is {abs(louder_lu):.0f} LU {'louder' if louder_lu > 0.0 else 'quieter'}")
    if ending.pulse_bpm and ending.kind in ("cold", "ring-out") and beginning.kind == "attack":
        beat_s = 60.0 / ending.pulse_bpm
        beats = [n for n in range(1, 33) if SHORTEST_S <= n * beat_s - ending.decay_s <= LONGEST_S]
        if beats:
            count = min(beats, key=lambda n: abs(n * beat_s - ending.decay_s - gap_s))
            gap_s = count * beat_s - ending.decay_s
            why.append(f"comes in {count} beats of {ending.pulse_bpm:.0f} a minute after its last note")
    return round(gap_s, 2), f"follows after {gap_s:.2f} s: {', '.join(why)}"


def _parted(album: Album, number: int) -> Iterator[Fault]:
    """The warnings where music runs on into track `number`, and the manifest parts or fades it all the same."""
    track, before = album.tracks[number - 1], album.tracks[number - 2]
    here, runs_on = place(MANIFEST, ["tracks", number - 1]), f"the music runs on from track {number - 1}"
    wished = track.gap_s
    if isinstance(wished, float | int) and wished:
        words = f"{runs_on}, and gap_s = {wished:g} parts it: nothing is cut or faded there; gap_s = 0 would join them"
        yield Fault(here, words, "warning")
    asked = [f"fade_out_s = {before.fade_out_s:g}"] if before.fade_out_s else []
    asked += [f"fade_in_s = {track.fade_in_s:g}"] if track.fade_in_s else []
    if asked:
        yield Fault(
            here, f"{runs_on}, and {' and '.join(asked)} would fade it: leave it out to keep it whole", "warning"
        )


def _placed(
    album: Album, number: int, source: Source, edges: Edges, transitions: Sequence[Transition | None]
) -> PlacedMix:
    track = album.tracks[number - 1]
    following = album.tracks[number] if number < len(album.tracks) else None
    head = not (_is_bound(track, transitions[number - 1]) or track.trim_start_s or track.fade_in_s)
    tail = not ((following and _is_bound(following, transitions[number])) or track.trim_end_s or track.fade_out_s)
    return _cut(source, edges, head=head, tail=tail, crossed=bool(following and following.crossfade_s))


def _is_bound(track: Track, transition: Transition | None) -> bool:
    """Whether a track and the one before it meet as they are: no gap, a pregap that leads in, or music that runs on."""
    return (
        bool(track.lead_in.mix)
        or (not track.crossfade_s and track.gap_s == 0)
        or bool(transition and transition.runs_on)
    )


def _cut(source: Source, edges: Edges, *, head: bool, tail: bool, crossed: bool = False) -> PlacedMix:
    """`source` without what is only silence or noise at the edges that may be cut, unless it is silent throughout."""
    if edges.beginning.kind == "silence":
        return _whole(source)
    beginning, ending, rate_hz = edges.beginning, edges.ending, source.mix.rate_hz
    frames = source.stop - source.start
    start, stop, fade_in, fade_out = 0, frames, 0, 0
    least = round(LEAST_S * rate_hz)
    if head and beginning.kind in ("attack", "fade-in") and beginning.cut > least:
        fade_in = 0 if beginning.floor_dbfs < SILENT_DBFS else min(beginning.cut, round(NOISE_FADE_S / 2 * rate_hz))
        start = beginning.cut - fade_in
    if tail and crossed and frames - ending.audible > least:
        stop = ending.audible  # what is no longer heard is nothing to crossfade with, and the law leaves none of it
    elif tail and ending.kind in ("fade", "ring-out", "cold") and frames - ending.cut > least:
        fade_s = DECAY_FADE_S if ending.floor_dbfs < SILENT_DBFS else NOISE_FADE_S
        stop = min(frames, ending.cut + round(fade_s * rate_hz))
        fade_out = stop - ending.cut
    elif tail and ending.kind == "sound" and not crossed:
        fade_out = min(frames, round(BREAK_FADE_S * rate_hz))
    kept = Source(source.mix, source.start + start, source.start + stop, source.sha256)
    first, last = max(beginning.audible - start, 0), min(ending.audible - start, stop - start)
    return PlacedMix(kept, first, max(first + 1, last), fade_in, fade_out)


def _whole(source: Source) -> PlacedMix:
    """All of `source`, as if it were heard from its first frame to its last: a silence is as long as it was made."""
    return PlacedMix(source, 0, source.stop - source.start)


def spans_s(spacing: Spacing) -> list[float]:
    """What each track adds to a side or disc: its length and the gap before it, less what it overlaps."""
    found = []
    for number, (track, placed) in enumerate(zip(spacing.album.tracks, spacing.tracks, strict=True), start=1):
        pregap = spacing.pregaps[number - 1]
        gap_s = -track.crossfade_s if track.crossfade_s else gap_before_s(spacing, number)
        gap_s += pregap.source.duration_s if pregap else track.lead_in.silence_s
        found.append(placed.source.duration_s + gap_s)
    return found


def gap_before_s(spacing: Spacing, number: int) -> float:
    """The gap before a track of a spacing in seconds; `auto` has become a number by then."""
    gap_s = spacing.album.gap_before_s(number)
    return 0.0 if gap_s == "auto" else gap_s
