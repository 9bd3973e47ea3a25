"""One album of the corpus as it was decided and mastered: its tracks, and what is told of them together."""

from dataclasses import dataclass
from statistics import median

from tests.bench.judgement.figures import apart_lu, raises_lu, under_lu


@dataclass(frozen=True)
class JudgedTrack:
    """A track that has a loudness, before and after; what only a master tells is None where none was rendered."""

    title: str
    interlude: bool
    told: bool
    """Whether the artist has said how loud it is to be."""
    told_lu: float
    """By how much it was moved by the artist's word."""
    bands: int
    opposed: bool
    before_lufs: float
    """Its loud passages as mixed."""
    after_lufs: float
    """Its loud passages as treated, before the drive that all tracks share."""
    range_lu: float
    worst_second_db: float
    plr_lost_db: float | None = None
    range_lost_lu: float | None = None


@dataclass(frozen=True)
class JudgedAlbum:
    """An album's tracks, and whether its master passed its audit; that is true where none was rendered."""

    name: str
    tracks: tuple[JudgedTrack, ...]
    passed: bool = True
    pre_attack_db: float | None = None
    """By how much the limiter's gain falls before attacks; None where nothing was limited, or rendered."""

    @property
    def before_lu(self) -> float:
        return apart_lu([track.before_lufs for track in self.tracks])

    @property
    def after_lu(self) -> float:
        return apart_lu([track.after_lufs for track in self.tracks])

    @property
    def raises_lu(self) -> list[float]:
        """Of each track, without what the artist said: of the loudest too, which they are raised towards."""
        before_lufs = [track.before_lufs for track in self.tracks]
        return raises_lu(before_lufs, [track.after_lufs - track.told_lu for track in self.tracks])

    @property
    def largest_raise_lu(self) -> float:
        """Of the tracks whose level the artist has said nothing of."""
        pairs = zip(self.tracks, self.raises_lu, strict=True)
        return max((raised_lu for track, raised_lu in pairs if not track.told), default=0.0)

    @property
    def interludes_under_lu(self) -> list[float]:
        """Of each interlude, after treatment."""
        interludes = [n for n, track in enumerate(self.tracks) if track.interlude]
        return under_lu([track.after_lufs for track in self.tracks], interludes)

    @property
    def median_bands(self) -> float:
        return median(track.bands for track in self.tracks)

    @property
    def opposed_share(self) -> float:
        return sum(track.opposed for track in self.tracks) / len(self.tracks)

    @property
    def worst_second_db(self) -> float:
        return max(track.worst_second_db for track in self.tracks)
