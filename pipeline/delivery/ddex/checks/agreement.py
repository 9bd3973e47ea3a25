"""Whether a message says what was certified and what was asked for, and names the files as they are.

What it should say is asked of the album, the settings and the files themselves, element by element.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from albums.faults import Fault, short
from pipeline.delivery.ddex.message.allowed_values import IMAGES, RELEASE_TYPES, USER_DEFINED, WARNINGS
from pipeline.delivery.ddex.message.credits import Instrument, contributions, display_artists, sort_names
from pipeline.delivery.ddex.message.elements import Element
from pipeline.delivery.ddex.message.new_release import CONTROL, Dispatch, message_id, moment
from pipeline.delivery.ddex.message.recordings import duration, runs_on, size_kb
from pipeline.delivery.ddex.message.releases import warning_of
from pipeline.delivery.ddex.resources import Stored
from pipeline.delivery.ddex.submission import Submission, ern_language, genre_of, phonogram_of, year_in

Wanted = Mapping[str, Sequence[str | None]]
"""By path from an element: the texts there, in order; a path that ends in @name is of an attribute, where it is."""
DELIVERED = "SoundRecordingEdition/TechnicalDetails/DeliveryFile"


def agreement_faults(root: Element, given: Submission, dispatch: Dispatch, uris: Mapping[str, str]) -> Iterator[Fault]:
    """Everything in the message under `root` that is other than the release `given`, sent as `dispatch` has it."""
    names = {each.findtext("PartyReference"): each.findtext("PartyName/FullName") for each in root.iter("Party")}
    yield from _compared(root, _of_message(given, dispatch), "")
    yield from _indexed(root, sort_names(given.album))
    recordings = root.findall("ResourceList/SoundRecording")
    for number, found in enumerate(recordings[: len(given.album.tracks)], 1):
        where = f"SoundRecording[{number}]"
        yield from _compared(found, _of_recording(given, number, uris), where)
        yield from _artists(found, names, display_artists(given.album.tracks[number - 1], given.album), where)
        yield from _contributors(found, names, given, number, where)
    if len(recordings) != len(given.album.tracks):
        yield Fault("SoundRecording", f"found {len(recordings)}; the album has {len(given.album.tracks)}")
    for found in root.findall("ResourceList/Image"):
        yield from _compared(found, _of_image(given, uris), "Image")
    for found in root.findall("ReleaseList/Release"):
        yield from _compared(found, _of_release(given), "Release")
        yield from _artists(found, names, display_artists(given.album.release, given.album), "Release")
    label = given.album.release.label
    for found in root.iter("ReleaseLabelReference"):
        if names.get(found.text) != label:
            yield Fault("ReleaseLabelReference", f"names {short(names.get(found.text))}; wanted {short(label)}")
    for number, found in enumerate(root.findall("ReleaseList/TrackRelease"), 1):
        yield from _compared(found, _of_track_release(given, number), f"TrackRelease[{number}]")
    yield from _deals(root, given)


def _of_message(given: Submission, dispatch: Dispatch) -> Wanted:
    ddex, header = given.ddex, "MessageHeader"
    return {
        "@LanguageAndScriptCode": [given.language],
        f"{header}/MessageId": [message_id(given, dispatch)],
        f"{header}/MessageSender/PartyId": [given.sender],
        f"{header}/MessageSender/PartyName/FullName": [ddex.sender_name],
        f"{header}/MessageRecipient/PartyId": ddex.recipients,
        f"{header}/MessageCreatedDateTime": [moment(dispatch)],
        f"{header}/MessageControlType": [CONTROL[ddex.message]],
    }


def _of_recording(given: Submission, number: int, uris: Mapping[str, str]) -> Wanted:
    track, recording = given.album.tracks[number - 1], given.resources.recordings[number - 1]
    phonogram, kind = phonogram_of(track, given.album), recording.kind
    language = ern_language(track.language) if track.language else ""
    own = kind.codec == USER_DEFINED
    return {
        "SoundRecordingEdition/ResourceId/ISRC": [track.isrc],
        **_line("SoundRecordingEdition/PLine", "PLineText", phonogram, given),
        f"{DELIVERED}/ContainerFormat": _some(kind.container),
        f"{DELIVERED}/AudioCodecType": [kind.codec],
        f"{DELIVERED}/AudioCodecType/@Namespace": _some(given.sender if own else ""),
        f"{DELIVERED}/AudioCodecType/@UserDefinedValue": _some(kind.own_codec if own else ""),
        f"{DELIVERED}/SamplingRate": [str(recording.rate_hz)],
        f"{DELIVERED}/BitsPerSample": _some(str(recording.bits or "")),
        **_file(f"{DELIVERED}/File", recording.stored, uris),
        "WorkId/ISWC": _some(track.iswc),
        **_titles(track.title, track.version, track.display_title),
        "DisplayArtistName": [track.artist or given.album.release.artist],
        "Duration": [duration(recording.duration_s)],
        "ParentalWarningType": [WARNINGS[track.explicit]],
        "DisableCrossfade": [str(runs_on(number, given)).lower()],
        "LanguageOfPerformance": _some(language),
    }


def _of_image(given: Submission, uris: Mapping[str, str]) -> Wanted:
    cover = given.cover
    return {
        "TechnicalDetails/ImageCodecType": [IMAGES[cover.stored.suffix]],
        "TechnicalDetails/ImageHeight": [str(cover.height)],
        "TechnicalDetails/ImageWidth": [str(cover.width)],
        "ResourceId/ProprietaryId/@Namespace": [given.sender],
        "ResourceId/ProprietaryId": [f"{given.album.release.upc}_A{len(given.album.tracks) + 1}"],
        **_file("TechnicalDetails/File", cover.stored, uris),
    }


def _of_release(given: Submission) -> Wanted:
    release, number = given.album.release, given.album.release.catalogue_number
    groups = [str(disc) for disc in range(1, given.discs[-1] + 1)] if given.discs[-1] > 1 else []
    return {
        "ReleaseType": [RELEASE_TYPES[release.kind or "album"]],
        "ReleaseId/ICPN": [release.upc],
        "ReleaseId/CatalogNumber": _some(number),
        "ReleaseId/CatalogNumber/@Namespace": _some(given.sender if number else ""),
        **_titles(release.title, release.version, release.display_title),
        "DisplayArtistName": [release.artist],
        **_line("PLine", "PLineText", release.phonogram, given),
        **_line("CLine", "CLineText", release.copyright, given),
        "Duration": [duration(sum(each.duration_s for each in given.resources.recordings))],
        "Genre/GenreText": [release.genre[0]],
        "ReleaseDate": [given.label_date.isoformat()],
        "OriginalReleaseDate": _some(str(release.original_date or "")),
        "ParentalWarningType": [warning_of(given.album)],
        "IsMultiArtistCompilation": [str(release.is_compilation).lower()],
        "ResourceGroup/ResourceGroup/SequenceNumber": groups,
        ".//ResourceGroupContentItem/SequenceNumber": [str(track) for _, track in given.places],
    }


def _of_track_release(given: Submission, number: int) -> Wanted:
    tracks = given.album.tracks
    if number > len(tracks):
        return {"ReleaseReference": ()}
    track = tracks[number - 1]
    return {
        "ReleaseId/ProprietaryId": [f"{given.album.release.upc}_{track.isrc}_R{number}"],
        "ReleaseId/ProprietaryId/@Namespace": [given.sender],
        "Genre/GenreText": [genre_of(track, given.album)],
    }


def _line(path: str, tag: str, text: str, given: Submission) -> Wanted:
    signed = "" if not text else text if text[0] in "(℗©" else f"({tag[0]}) {text}"
    return {f"{path}/Year": _some(year_in(text, given.label_date) if text else ""), f"{path}/{tag}": _some(signed)}


def _titles(title: str, version: str, display_title: str) -> Wanted:
    return {
        "DisplayTitleText": [display_title],
        "DisplayTitle/TitleText": [title],
        "DisplayTitle/SubTitle": _some(version),
    }


def _file(path: str, stored: Stored, uris: Mapping[str, str]) -> Wanted:
    return {
        f"{path}/URI": [uris[stored.file.path]],
        f"{path}/HashSum/Algorithm": [stored.algorithm],
        f"{path}/HashSum/HashSumValue": [stored.digest],
        f"{path}/FileSize": [size_kb(stored.file.bytes)],
    }


def _some(text: str) -> Sequence[str]:
    return [text] if text else []


def _compared(found: Element, wanted: Wanted, where: str) -> Iterator[Fault]:
    for path, texts in wanted.items():
        said = _said(found, path)
        if said != list(texts):
            yield Fault(f"{where}/{path}".lstrip("/"), f"says {short(said)}; wanted {short(list(texts))}")


def _said(found: Element, path: str) -> list[str | None]:
    elements, _, attribute = path.partition("@")
    holders = found.findall(elements.rstrip("/")) if elements else [found]
    return [value for each in holders if (value := each.get(attribute) if attribute else each.text) is not None]


def _indexed(root: Element, wanted: Mapping[str, str]) -> Iterator[Fault]:
    for party in root.iter("Party"):
        name, sort = party.findtext("PartyName/FullName"), party.findtext("PartyName/FullNameIndexed")
        if sort != wanted.get(name or ""):
            yield Fault("Party/PartyName/FullNameIndexed", f"says {short(sort)} of {short(name)}")


def _artists(
    found: Element, names: Mapping[str | None, str | None], wanted: Sequence[tuple[str, str]], where: str
) -> Iterator[Fault]:
    said = [
        (names.get(each.findtext("ArtistPartyReference")), each.findtext("DisplayArtistRole"))
        for each in found.findall("DisplayArtist")
    ]
    if said != list(wanted):
        yield Fault(f"{where}/DisplayArtist", f"names {short(said)}; wanted {short(list(wanted))}")


def _contributors(
    found: Element, names: Mapping[str | None, str | None], given: Submission, number: int, where: str
) -> Iterator[Fault]:
    said = [
        (
            names.get(each.findtext("ContributorPartyReference")),
            [role.text for role in each.findall("Role")],
            [(played.text, played.get("UserDefinedValue"), played.get("Namespace")) for played in _played(each)],
        )
        for each in found.findall("Contributor")
    ]
    wanted = [
        (each.name, [*each.roles], [_instrument(played, given.sender) for played in each.instruments])
        for each in contributions(given.album.tracks[number - 1])
    ]
    if said != wanted:
        yield Fault(f"{where}/Contributor", f"credits {short(said)}; wanted {short(wanted)}")


def _played(found: Element) -> list[Element]:
    played: list[Element] = found.findall("InstrumentType")
    return played


def _instrument(played: Instrument, sender: str) -> tuple[str, str | None, str | None]:
    return (played.word, None, None) if played.word else (USER_DEFINED, played.own, sender)


def _deals(root: Element, given: Submission) -> Iterator[Fault]:
    found = root.findall("DealList/ReleaseDeal/Deal/DealTerms")
    if len(found) != len(given.deals):
        yield Fault("Deal", f"found {len(found)}; wanted {len(given.deals)}")
    for number, (terms, deal) in enumerate(zip(found, given.deals, strict=False), 1):
        wanted: Wanted = {
            "TerritoryCode": deal.territories,
            "ExcludedTerritoryCode": deal.excluded_territories,
            "ValidityPeriod/StartDate": _some(str(deal.start_date)),
            "ValidityPeriod/EndDate": _some(str(deal.end_date or "")),
            "CommercialModelType": deal.models,
            "UseType": deal.uses,
        }
        yield from _compared(terms, wanted, f"Deal[{number}]")


def resource_faults(root: Element, found: Callable[[str, str], tuple[int, str] | None]) -> Iterator[Fault]:
    """Files that are missing, or have another size or hash than the message under `root` says.

    `found` gives the size in bytes and the hash, by the algorithm that is its second argument, of the file at a URI.
    """
    for file in root.iter("File"):
        uri, algorithm = file.findtext("URI") or "", file.findtext("HashSum/Algorithm") or ""
        lying = found(uri, algorithm)
        said = file.findtext("FileSize"), file.findtext("HashSum/HashSumValue")
        if lying is None:
            yield Fault(uri, "is named by the message, and is not there")
        elif said != (size_kb(lying[0]), lying[1]):
            yield Fault(uri, f"is {size_kb(lying[0])} kB with {algorithm} {lying[1]}; the message says {short(said)}")
