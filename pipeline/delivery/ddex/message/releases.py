"""The releases of a message: the album with its discs, each track by itself, and the terms on which they are offered.

Source: DDEX ERN 4.3, the composites Release, ResourceGroup, TrackRelease and Deal.
"""

from collections.abc import Iterator, Mapping

from albums import Album
from albums.ddex import DdexDeal
from pipeline.delivery.ddex.message.allowed_values import RELEASE_TYPES, WARNINGS
from pipeline.delivery.ddex.message.credits import display_artists
from pipeline.delivery.ddex.message.elements import Element, element
from pipeline.delivery.ddex.message.recordings import artists, duration, line, titles
from pipeline.delivery.ddex.submission import Submission, genre_of, year_in

COMPONENT = "Component"  # what a disc is to its release


def release_list(given: Submission, parties: Mapping[str, str]) -> Element:
    """The release R0, and R1 on for its tracks."""
    tracks = (_track_release(given, number, parties) for number in range(1, len(given.album.tracks) + 1))
    return element("ReleaseList", _release(given, parties), *tracks)


def deal_list(given: Submission) -> Element:
    """The terms, the same for the release and for each of its tracks."""
    references = (f"R{number}" for number in range(len(given.album.tracks) + 1))
    return element(
        "DealList",
        element(
            "ReleaseDeal",
            *(element("DealReleaseReference", reference) for reference in references),
            *(element("Deal", _terms(deal)) for deal in given.deals),
        ),
    )


def warning_of(album: Album) -> str:
    """What parents are told of the whole: explicit where one track is, else cleaned where one is."""
    said = {track.explicit for track in album.tracks}
    return WARNINGS[next((each for each in (True, "clean") if each in said), False)]


def _release(given: Submission, parties: Mapping[str, str]) -> Element:
    album, release = given.album, given.album.release
    original = release.original_date
    return element(
        "Release",
        element("ReleaseReference", "R0"),
        element("ReleaseType", RELEASE_TYPES[release.kind or "album"]),
        _release_id(given),
        *titles(release.title, release.version, release.display_title),
        element("DisplayArtistName", release.artist),
        *artists(display_artists(release, album), parties),
        element("ReleaseLabelReference", parties[release.label]),
        *_lines(given),
        element("Duration", duration(sum(each.duration_s for each in given.resources.recordings))),
        element("Genre", element("GenreText", release.genre[0])),
        element("ReleaseDate", given.label_date.isoformat()),
        element("OriginalReleaseDate", str(original)) if original else None,
        element("ParentalWarningType", warning_of(album)),
        element("IsMultiArtistCompilation", str(release.is_compilation).lower()),
        _resource_group(given),
    )


def _release_id(given: Submission) -> Element:
    release = given.album.release
    number = release.catalogue_number
    return element(
        "ReleaseId",
        element("ICPN", release.upc),
        element("CatalogNumber", number, Namespace=given.sender) if number else None,
    )


def _lines(given: Submission) -> Iterator[Element]:
    release = given.album.release
    for tag, sign, text in (("PLine", "P", release.phonogram), ("CLine", "C", release.copyright)):
        if text:
            yield line(tag, sign, text, year_in(text, given.label_date))


def _resource_group(given: Submission) -> Element:
    """The tracks in order, those of each disc in a group of their own where there are several; the cover last."""
    discs, cover = given.discs, element("LinkedReleaseResourceReference", f"A{len(given.discs) + 1}")
    if discs[-1] == 1:
        return element("ResourceGroup", element("SequenceNumber", "1"), *_items(given, 1), cover)
    groups = (
        element(
            "ResourceGroup", element("SequenceNumber", str(disc)), *_items(given, disc), ResourceGroupType=COMPONENT
        )
        for disc in range(1, discs[-1] + 1)
    )
    return element("ResourceGroup", element("SequenceNumber", "1"), *groups, cover)


def _items(given: Submission, wanted: int) -> Iterator[Element]:
    for number, (disc, track) in enumerate(given.places, 1):
        if disc == wanted:
            yield element(
                "ResourceGroupContentItem",
                element("SequenceNumber", str(track)),
                element("ReleaseResourceReference", f"A{number}"),
            )


def _track_release(given: Submission, number: int, parties: Mapping[str, str]) -> Element:
    release, track = given.album.release, given.album.tracks[number - 1]
    own = f"{release.upc}_{track.isrc}_R{number}"
    return element(
        "TrackRelease",
        element("ReleaseReference", f"R{number}"),
        element("ReleaseId", element("ProprietaryId", own, Namespace=given.sender)),
        element("ReleaseResourceReference", f"A{number}"),
        element("ReleaseLabelReference", parties[release.label]),
        element("Genre", element("GenreText", genre_of(track, given.album))),
    )


def _terms(deal: DdexDeal) -> Element:
    assert deal.start_date  # noqa: S101 - see submission_of
    end = element("EndDate", deal.end_date.isoformat()) if deal.end_date else None
    return element(
        "DealTerms",
        *(element("TerritoryCode", code) for code in deal.territories),
        *(element("ExcludedTerritoryCode", code) for code in deal.excluded_territories),
        element("ValidityPeriod", element("StartDate", deal.start_date.isoformat()), end),
        *(element("CommercialModelType", model) for model in deal.models),
        *(element("UseType", use) for use in deal.uses),
    )
