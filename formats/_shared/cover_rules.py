"""A profile's rules for the cover: what of them it breaks, and what it becomes where the rules have it converted."""

from collections.abc import Iterator

from albums import Album
from albums.faults import Fault, Refusal
from formats._shared.cover import Cover, fault, of_album
from formats._shared.cover_conversion import Fitted, fitted
from profiles.parts import CoverRules


def fitted_cover(album: Album, rules: CoverRules | None) -> Fitted | None:
    """The album's cover as it is delivered by `rules`, None where it has none; raises Refusal where it is broken."""
    cover = of_album(album)
    if cover is None or rules is None:
        return Fitted(cover) if cover else None
    try:
        return fitted(cover, rules)
    except Refusal:
        raise
    except Exception as error:  # what Pillow raises on pictures that it cannot convert is of any kind
        words = f"cannot be converted: {type(error).__name__}; export it as an RGB picture of 8 bits"
        raise Refusal([fault(words)]) from None


def faults_by_rules(album: Album, rules: CoverRules, profile: str) -> Iterator[Fault]:
    """Where the album's cover breaks the `rules` of the profile of that name, and what of it is converted for it.

    Nothing of one that cannot be loaded: `cover.faults` refuses that one. An album without a cover breaks no rule.
    """
    try:
        of_album(album)
    except Refusal:
        return
    try:
        found = fitted_cover(album, rules)
    except Refusal as refusal:
        yield from refusal.faults
        return
    if found is None:
        return
    if found.changes:
        yield fault(f"is delivered to {profile} otherwise: {'; '.join(found.changes)}", "note")
    yield from _broken(found.cover, rules, profile)


def _broken(cover: Cover, rules: CoverRules, profile: str) -> Iterator[Fault]:
    size, least = f"is {cover.width} x {cover.height} pixels", min(cover.width, cover.height)
    if cover.mime.removeprefix("image/") not in rules.kinds:
        yield fault(f"is of the kind {cover.mime}; {profile} takes {' or '.join(rules.kinds)}")
    if rules.square and cover.width != cover.height:
        yield fault(f"{size}; {profile} takes a square")
    if least < rules.smallest_px:
        yield fault(f"{size}; {profile} takes {rules.smallest_px} a side or more, and nothing is enlarged")
    elif rules.advised_px and least < rules.advised_px:
        yield fault(f"{size}; {profile} advises {rules.advised_px} a side or more", "warning")
    if max(cover.width, cover.height) > rules.largest_px:
        yield fault(f"{size}; {profile} takes {rules.largest_px} a side or less")
    if rules.largest_bytes and len(cover.data) > rules.largest_bytes:
        yield fault(f"takes {len(cover.data)} bytes; {profile} takes {rules.largest_bytes} or less")
    if rules.colours == "srgb":
        yield from (fault(f"{words}, and {profile} takes nothing else") for words in cover.objections)
