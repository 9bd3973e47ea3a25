"""A release as it is submitted: the certified album, its files, and settings in which nothing that is wanted lacks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from albums import MANIFEST, Album, Ddex, Track
from albums.ddex import WORLDWIDE, DdexDeal
from albums.faults import Fault, Refusal, refuse
from pipeline.delivery.ddex.resources import Picture, Resources

SENDER = "from DDEX, which asks senders for one; it is free"


@dataclass(frozen=True)
class Submission:
    """What a message is made from. `ddex` has a sender and deals, each with where and from when it holds."""

    album: Album
    ddex: Ddex
    resources: Resources
    sender: str
    cover: Picture
    label_date: date
    deals: tuple[DdexDeal, ...]
    language: str

    @property
    def discs(self) -> tuple[int, ...]:
        """The disc of each track, from 1: a track that names none is on that of the one before it."""
        found, latest = [], 1
        for track in self.album.tracks:
            latest = track.disc or latest
            found.append(latest)
        return tuple(found)

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Each track's disc, and its number on that disc."""
        discs = self.discs
        return tuple((disc, discs[: index + 1].count(disc)) for index, disc in enumerate(discs))


def submission_of(album: Album, ddex: Ddex, resources: Resources) -> Submission:
    """The release of `album`, certified as it is; raises Refusal with all that is missing, and the key to write."""
    refuse(missing_of(album, ddex))
    if resources.cover is None:
        raise Refusal([_wanted("album.cover", 'cover = "cover.jpg"', ": none lies beside the tracks")])
    start = ddex.start_date or album.release.release_date
    assert ddex.sender  # noqa: S101 - told above
    assert start  # noqa: S101 - told above
    return Submission(
        album,
        ddex,
        resources,
        ddex.sender,
        resources.cover,
        album.release.release_date or start,
        tuple(_whole(deal, ddex, start) for deal in ddex.deals),
        ern_language(ddex.language or album.release.language or "en"),
    )


def defaults_of(album: Album, ddex: Ddex) -> Iterator[Fault]:
    """Notes on what is taken for said though it is not, or is sent only in part."""
    release = album.release
    if ddex.message == "test":
        yield _note("ddex.message", 'is a test; message = "live" puts the release on sale')
    if not ddex.territories and not ddex.excluded_territories and not all(map(_has_reach, ddex.deals)):
        yield _note("ddex.territories", f"are not said: {WORLDWIDE}")
    if ddex.start_date is None:
        yield _note("ddex.start_date", f"is not said: the release date, {release.release_date}")
    if release.kind is None:
        yield _note("album.kind", "is not said: an album")
    if not ddex.language and not release.language:
        yield _note("ddex.language", "is not said: en")
    said = {"album": release.genre} | {f"tracks[{number}]": each.genre for number, each in enumerate(album.tracks, 1)}
    for where, genres in said.items():
        if len(genres) > 1 and (where == "album" or genres != release.genre):
            yield _note(f"{where}.genre", f"names {len(genres)}; a message has one: {genres[0]}")


def ern_language(code: str) -> str:
    """`code` as far as ERN 4.3 takes it: a language, a script or none, a region or none, and no more."""
    return next(
        found
        for parts in range(code.count("-") + 1, 0, -1)
        if re.fullmatch(LANGUAGE, found := "-".join(code.split("-")[:parts])) or parts == 1
    )


LANGUAGE = r"[a-zA-Z]{2,3}(-[a-zA-Z]+)?(-[a-zA-Z]{2}|-[0-9]{3})?(-[a-zA-Z][a-zA-Z0-9]{4}[a-zA-Z0-9]*)?"
"""A language tag as the schema of ERN 4.3 has it."""


def genre_of(track: Track, album: Album) -> str:
    """A track's genre, the album's where it names none."""
    return (track.genre or album.release.genre)[0]


def year_in(line: str, otherwise: date) -> str:
    """The year in a (p) or (c) line; `otherwise`'s where it has none."""
    found = re.search(r"(?<![0-9])(1[89]|20)[0-9]{2}(?![0-9])", line)
    return found[0] if found else f"{otherwise.year:04d}"


def phonogram_of(track: Track, album: Album) -> str:
    """A track's (p) line, the album's where it has none."""
    return track.phonogram or album.release.phonogram


def _has_reach(deal: DdexDeal) -> bool:
    return bool(deal.territories or deal.excluded_territories)


def _whole(deal: DdexDeal, ddex: Ddex, start: date) -> DdexDeal:
    """A deal with where and from when it holds, as the package says where it does not itself."""
    reach = {"territories": deal.territories, "excluded_territories": deal.excluded_territories}
    if not _has_reach(deal):
        reach = {"territories": ddex.territories, "excluded_territories": ddex.excluded_territories}
    if not any(reach.values()):
        reach["territories"] = (WORLDWIDE,)
    return deal.model_copy(update={**reach, "start_date": deal.start_date or start})


def missing_of(album: Album, ddex: Ddex) -> Iterator[Fault]:
    """Whatever a message wants that neither the album nor the settings say, each with the key to write."""
    release, deals = album.release, 'models = ["SubscriptionModel"]` and `uses = ["Stream"]'
    dated = ddex.start_date or release.release_date
    for said, where, example, more in (
        (ddex.sender, "ddex.sender", 'sender = "PADPIDA..."', f" ({SENDER})"),
        (ddex.sender_name, "ddex.sender_name", 'sender_name = "..."', ""),
        (ddex.recipients, "ddex.recipients", 'recipients = ["PADPIDA..."]', " (each receiver has one)"),
        (ddex.deals, "ddex.deals", deals, " under [[ddex.deals]], as it was agreed with the receiver"),
        (dated, "album.release_date", "release_date = 2026-11-27", ", or `start_date` under [ddex]"),
        (release.upc, "album.upc", 'upc = "..."', ""),
        (release.label, "album.label", 'label = "..."', ""),
        (release.genre, "album.genre", 'genre = "..."', ""),
        (release.cover, "album.cover", 'cover = "cover.jpg"', ""),
    ):
        if not said:
            yield _wanted(where, example, more)
    for number, track in enumerate(album.tracks, 1):
        if not track.isrc:
            yield _wanted(f"tracks[{number}].isrc", 'isrc = "..."')
        if not phonogram_of(track, album):
            yield _wanted(f"tracks[{number}].phonogram", 'phonogram = "2026 ..."', ", or once under [album]")


def _wanted(where: str, example: str, more: str = "") -> Fault:
    again = "" if where.startswith("ddex") else "; write it into the manifest and run `glassmaster tag`"
    return Fault(f"{MANIFEST}: {where}", f"is missing, and a DDEX message wants it: `{example}`{more}{again}")


def _note(where: str, words: str) -> Fault:
    return Fault(f"{MANIFEST}: {where}", words, "note")
