"""Who is named in a message: artists, writers, producers and players, each once, with roles as DDEX has them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from albums import Album, Credits, Release, Track
from pipeline.delivery.ddex.message.allowed_values import MUSICIAN, PERFORMER, ROLES, instrument_of, role_of

MAIN, FEATURED = "MainArtist", "FeaturedArtist"
_IN_BRACKETS = re.compile(r"(?P<name>.*\S)\s*\((?P<parts>[^()]+)\)")


@dataclass(frozen=True)
class Instrument:
    """DDEX's word for an instrument, or the sleeve's `own` where there is none."""

    word: str
    own: str = ""


@dataclass(frozen=True)
class Contribution:
    """What one person did for a recording."""

    name: str
    roles: tuple[str, ...]
    instruments: tuple[Instrument, ...] = ()


def display_artists(of: Release | Track, album: Album) -> tuple[tuple[str, str], ...]:
    """Each artist that is shown, with the role: the main ones, then those who are featured."""
    main = of.artists or (of.artist or album.release.artist,)
    featured = of.featured_artists if isinstance(of, Track) else ()
    named = {**dict.fromkeys(featured, FEATURED), **dict.fromkeys(main, MAIN)}
    return tuple((name, named[name]) for name in dict.fromkeys((*main, *featured)))


def contributions(track: Track) -> tuple[Contribution, ...]:
    """Who is credited with what on a track, each person once, in the order in which they are first named."""
    found = dict[str, Contribution]()
    for each in (*_written(track), *map(_performed, track.performers)):
        known = found.get(each.name, Contribution(each.name, ()))
        roles = tuple(dict.fromkeys((*known.roles, *each.roles)))
        instruments = tuple(dict.fromkeys((*known.instruments, *each.instruments)))
        found[each.name] = Contribution(each.name, roles, instruments)
    return tuple(found.values())


def _written(track: Track) -> Iterator[Contribution]:
    for field, role in ROLES:
        yield from (Contribution(name, (role,)) for name in getattr(track, field))


def _performed(text: str) -> Contribution:
    """ "Ann Lee (violin, vocals)": a musician on the violin, and a vocalist."""
    found = _IN_BRACKETS.fullmatch(text)
    if found is None:
        return Contribution(text, (PERFORMER,))
    roles, instruments = list[str](), list[Instrument]()
    for part in filter(None, (part.strip() for part in found["parts"].split(","))):
        if role := role_of(part):
            roles.append(role)
        else:
            roles.append(MUSICIAN)
            word = instrument_of(part)
            instruments.append(Instrument(word) if word else Instrument("", part))
    return Contribution(found["name"], tuple(dict.fromkeys(roles)) or (PERFORMER,), tuple(instruments))


def sort_names(album: Album) -> dict[str, str]:
    """What some are filed under, by name: where a field names one person, and how that one is sorted."""
    found = dict[str, str]()
    said: list[tuple[str, Credits]] = [(album.release.artist, album.release), *((of.artist, of) for of in album.tracks)]
    for artist, of in said:
        for names, sort in ((of.artists or (artist,), of.artist_sort), (of.composer, of.composer_sort)):
            if len(names) == 1 and sort and names[0]:
                found.setdefault(names[0], sort)
    return found


def parties(album: Album) -> dict[str, str]:
    """Everybody and everything that is named, by name, with the reference to it; the label is first."""
    names = [album.release.label, *(name for name, _ in display_artists(album.release, album))]
    for track in album.tracks:
        names += [name for name, _ in display_artists(track, album)]
        names += [each.name for each in contributions(track)]
    return {name: f"P{number}" for number, name in enumerate(dict.fromkeys(names), 1)}
