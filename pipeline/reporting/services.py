"""What each streaming service will play of a deliverable: arithmetic on its certified figures, nothing is measured.

Services change the level alone, when they play; what a limiter of theirs takes off is not reckoned, only that it acts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.deliverables.certificate import Certificate
from profiles import Profile
from profiles.services import Service

LEAST_ARC_LU = 0.1  # tracks that lie nearer to each other have no arc that could be kept


@dataclass(frozen=True)
class Delivered:
    """A track as delivered, in the certificate's figures."""

    track: int
    integrated_lufs: float
    true_peak_dbtp: float


@dataclass(frozen=True)
class Master:
    """A deliverable as services get it: its tracks that have a loudness, at least one, and its loudness as an album.

    `integrated_lufs` is that of all gating blocks, pooled; None where the certificate holds none.
    """

    tracks: tuple[Delivered, ...]
    integrated_lufs: float | None

    @property
    def arc_lu(self) -> float:
        """From the softest track to the loudest."""
        return _spread_lu(track.integrated_lufs for track in self.tracks)


@dataclass(frozen=True)
class PlayedTrack:
    """One track as a service plays it.

    `held_db`: the gain it would need for the target and does not get, since its peak or the album's is in the way.
    `over_limiter_db`: how far its true peak is over the service's limiter; 0 where that does not act, or is none.
    """

    track: int
    gain_db: float
    integrated_lufs: float
    held_db: float
    over_limiter_db: float


@dataclass(frozen=True)
class Played:
    """All tracks of a deliverable as one service plays them in one mode."""

    service: Service
    tracks: tuple[PlayedTrack, ...]
    delivered_arc_lu: float

    @property
    def loudest(self) -> PlayedTrack:
        """The loudest as played; the first of several."""
        return max(self.tracks, key=lambda track: track.integrated_lufs)

    @property
    def softest(self) -> PlayedTrack:
        """The softest as played; the first of several."""
        return min(self.tracks, key=lambda track: track.integrated_lufs)

    @property
    def gains_db(self) -> tuple[float, float]:
        """The least and the greatest gain of a track."""
        gains = [track.gain_db for track in self.tracks]
        return min(gains), max(gains)

    @property
    def arc_lu(self) -> float:
        """From the softest track to the loudest, as played."""
        return _spread_lu(track.integrated_lufs for track in self.tracks)

    @property
    def arc_kept(self) -> float | None:
        """What is left of the arc as delivered, 1 for all; more where peaks hold soft tracks down, None for no arc."""
        return self.arc_lu / self.delivered_arc_lu if self.delivered_arc_lu >= LEAST_ARC_LU else None

    @property
    def held_db(self) -> float:
        """The most that peaks hold back of any track's gain; 0 where none is held back."""
        return max(track.held_db for track in self.tracks)

    @property
    def over_limiter_db(self) -> float:
        """The most that a peak is over the service's limiter; 0 where that does not act, or is none."""
        return max(track.over_limiter_db for track in self.tracks)


@dataclass(frozen=True)
class Playback:
    """What all services play of one deliverable.

    `lacking` go by the album's pooled loudness, and the certificate, one of an earlier version, does not hold it.
    """

    master: Master
    played: tuple[Played, ...]
    lacking: tuple[Service, ...]


def as_delivered(certificate: Certificate, name: str) -> Master | None:
    """The deliverable called `name` as services get it; None where no track of it has a loudness."""
    heard = [(account.track, account.after[name]) for account in certificate.tracks if name in account.after]
    tracks = tuple(
        Delivered(track, figures.integrated_lufs, figures.true_peak_dbtp)
        for track, figures in heard
        if figures.integrated_lufs is not None and figures.true_peak_dbtp is not None
    )
    whole = certificate.deliverables[name].whole
    return Master(tracks, whole.integrated_lufs if whole else None) if tracks else None


def playbacks(
    services: Sequence[Service], certificate: Certificate, profiles: Mapping[str, Profile]
) -> dict[str, Playback]:
    """What `services` play of each deliverable that they can be sent, by its name; `profiles` say what each is."""
    return {
        name: Playback(
            master,
            tuple(played(service, master) for service in services if not _lacks_loudness(service, master)),
            tuple(service for service in services if _lacks_loudness(service, master)),
        )
        for name in certificate.deliverables
        if not why_not(certificate, name, profiles.get(name)) and (master := as_delivered(certificate, name))
    }


def why_not(certificate: Certificate, name: str, profile: Profile | None) -> str:
    """Why no service plays the deliverable called `name`, or nothing can be said of it; "" where they do."""
    if not certificate.deliverables[name].passed:
        return "failed its audit and was not delivered"
    if profile is None:
        return "has no plan, which would say whether services take it"
    if not profile.is_streamed:
        return f"is a {'disc' if profile.is_disc else 'record'}, which services do not play"
    return "" if as_delivered(certificate, name) else "has no track with a loudness"


def _lacks_loudness(service: Service, master: Master) -> bool:
    return service.anchor == "album" and master.integrated_lufs is None


def played(service: Service, master: Master) -> Played:
    """What `service` plays of `master`; raises ValueError where it goes by an album's loudness that is not known."""
    if service.gain != "album":
        gains = [_gain_db(service, track.integrated_lufs, track.true_peak_dbtp) for track in master.tracks]
    else:
        peak_dbtp = max(track.true_peak_dbtp for track in master.tracks)
        gains = [_gain_db(service, _anchor_lufs(service, master), peak_dbtp)] * len(master.tracks)
    tracks = tuple(
        PlayedTrack(
            track=track.track,
            gain_db=gain_db,
            integrated_lufs=track.integrated_lufs + gain_db,
            held_db=held_db,
            over_limiter_db=_over_db(service, track.true_peak_dbtp + gain_db),
        )
        for track, (gain_db, held_db) in zip(master.tracks, gains, strict=True)
    )
    return Played(service, tracks, master.arc_lu)


def _anchor_lufs(service: Service, master: Master) -> float:
    if service.anchor == "loudest-track":
        return max(track.integrated_lufs for track in master.tracks)
    if master.integrated_lufs is None:
        raise ValueError("the album's loudness is not known: what lacks it is left out")
    return master.integrated_lufs


def _gain_db(service: Service, loudness_lufs: float, peak_dbtp: float) -> tuple[float, float]:
    """The gain for music of this loudness and peak, and what peaks hold back of it, in dB."""
    if service.target_lufs is None:
        return 0.0, 0.0
    wanted_db = service.target_lufs - loudness_lufs
    if wanted_db <= 0.0 or service.raises == "into-limiter":
        return wanted_db, 0.0
    if service.headroom_dbtp is None:
        return 0.0, 0.0  # it never raises
    gain_db = min(wanted_db, max(0.0, service.headroom_dbtp - peak_dbtp))
    return gain_db, wanted_db - gain_db


def _over_db(service: Service, peak_dbtp: float) -> float:
    return 0.0 if service.limiter_dbfs is None else max(0.0, peak_dbtp - service.limiter_dbfs)


def _spread_lu(loudness_lufs: Iterable[float]) -> float:
    known = [*loudness_lufs]
    return max(known) - min(known)


def assumptions(services: Iterable[Service]) -> dict[str, int]:
    """What the table assumes beside its sources: each text with its number, from 1."""
    texts = dict.fromkeys(text for service in services for text in service.assumed)
    return {text: number for number, text in enumerate(texts, start=1)}
