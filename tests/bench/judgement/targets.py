"""What is asked of the whole corpus: a figure for each target, the most or the least that it may be, held or not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.judgement.joints import Joints
from tests.bench.judgement.judged import JudgedAlbum

# All are taste: what an engineer who looks at the table would not let pass.
MOST_RAISE_LU = 6.0  # without the artist's word
LEAST_UNDER_LU = 4.0  # an interlude, under the songs around it
MOST_FALSE, LEAST_FOUND = 0.02, 0.95  # segues, in every style
MOST_BANDS = 4.0  # of a track, in the median
MOST_OPPOSED = 0.02  # of tracks
MOST_PLR_LOST_DB, DYNAMIC_LU = 2.0, 12.0  # of tracks whose loudness range exceeds that
WIDE_LU = 10.0  # in an album whose median range exceeds this: it is limited as a whole


@dataclass(frozen=True)
class Target:
    """One target: what was asked for, what was found, where it was worst; held is None where nothing is known."""

    wanted: str
    found: str
    where: str = ""
    held: bool | None = None

    def __str__(self) -> str:
        verdict = {True: "pass", False: "FAIL", None: "not judged"}[self.held]
        return f"{verdict:10}  {self.wanted}: {self.found}" + (f" ({self.where})" if self.where else "")


def targets(albums: Sequence[JudgedAlbum], found: Sequence[Joints]) -> Iterator[Target]:
    """Every target, judged by what was measured."""
    if albums:
        yield _raises(albums)
        yield _interludes(albums)
    if found:
        yield _false(found)
        yield _true(found)
    if albums:
        yield from _bands(albums)
        yield _peaks(albums)


def _raises(albums: Sequence[JudgedAlbum]) -> Target:
    worst = max(albums, key=lambda album: album.largest_raise_lu)
    return Target(
        f"no raise over {MOST_RAISE_LU:g} dB without the artist's word",
        f"{worst.largest_raise_lu:.1f} LU nearer to the album's loudest",
        worst.name,
        round(worst.largest_raise_lu, 1) <= MOST_RAISE_LU,
    )


def _interludes(albums: Sequence[JudgedAlbum]) -> Target:
    wanted = f"interludes at least {LEAST_UNDER_LU:g} LU under the songs around them"
    margins = [(under_lu, album.name) for album in albums for under_lu in album.interludes_under_lu]
    if not margins:
        return Target(wanted, "no interludes")
    least_lu, where = min(margins)
    return Target(wanted, f"{least_lu:.1f} LU", where, least_lu >= LEAST_UNDER_LU)


def _false(found: Sequence[Joints]) -> Target:
    worst = max(found, key=lambda joints: joints.false_share)
    wanted = f"false segues under {MOST_FALSE:.0%} in every style"
    return Target(wanted, f"{worst.false_share:.1%}", worst.style, worst.false_share < MOST_FALSE)


def _true(found: Sequence[Joints]) -> Target:
    worst = min(found, key=lambda joints: joints.found_share)
    wanted = f"true segues found in {LEAST_FOUND:.0%} in every style"
    return Target(wanted, f"{worst.found_share:.1%}", worst.style, worst.found_share >= LEAST_FOUND)


def _bands(albums: Sequence[JudgedAlbum]) -> Iterator[Target]:
    tracks = [track for album in albums for track in album.tracks]
    usual = median(track.bands for track in tracks)
    yield Target(f"bands per track at most {MOST_BANDS:g}, median", f"{usual:g}", held=usual <= MOST_BANDS)
    share = sum(track.opposed for track in tracks) / len(tracks)
    wanted = f"opposed neighbours of 1 dB or more in under {MOST_OPPOSED:.0%} of tracks"
    yield Target(wanted, f"{share:.1%}", held=share < MOST_OPPOSED)


def _peaks(albums: Sequence[JudgedAlbum]) -> Target:
    wanted = f"PLR lost at most {MOST_PLR_LOST_DB:g} dB over a range of {DYNAMIC_LU:g} LU, in albums of wide range"
    lost = [
        (track.plr_lost_db, f"{album.name}, {track.title}")
        for album in albums
        if median(track.range_lu for track in album.tracks) > WIDE_LU
        for track in album.tracks
        if track.range_lu > DYNAMIC_LU and track.plr_lost_db is not None
    ]
    if not lost:
        return Target(wanted, "no such track was rendered")
    most_db, where = max(lost)
    return Target(wanted, f"{most_db:.1f} dB, {len(lost)} tracks", where, most_db <= MOST_PLR_LOST_DB)
