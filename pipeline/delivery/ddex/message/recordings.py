"""The resources of a message: a sound recording for each track, and the cover.

Source: DDEX ERN 4.3, the composites SoundRecording, AudioDeliveryFile, File and Image. A file's size is in kilobytes,
and a delivered file's own duration is only said where it differs from the recording's, which none here does.
"""

from collections.abc import Iterator, Mapping

from albums import Track
from pipeline.delivery.ddex.message.allowed_values import IMAGES, USER_DEFINED, WARNINGS
from pipeline.delivery.ddex.message.credits import Contribution, contributions, display_artists
from pipeline.delivery.ddex.message.elements import Element, element
from pipeline.delivery.ddex.resources import Recording, Stored
from pipeline.delivery.ddex.submission import Submission, ern_language, phonogram_of, year_in

KILOBYTE = 1000


def resource_list(given: Submission, parties: Mapping[str, str], uris: Mapping[str, str]) -> Element:
    """All resources, A1 on; `uris` are where files lie from the message's place, by their certified paths."""
    recordings = (_sound_recording(given, number, parties, uris) for number in range(1, len(given.album.tracks) + 1))
    return element("ResourceList", *recordings, _image(given, uris))


def duration(seconds: float) -> str:
    """Whole seconds as ISO 8601 has them, PT3M5S: at least one."""
    minutes, rest = divmod(max(1, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if hours or minutes else "") + f"{rest}S"


def size_kb(size_bytes: int) -> str:
    """A size in kilobytes, exact."""
    whole, rest = divmod(size_bytes, KILOBYTE)
    return f"{whole}.{rest:03d}"


def runs_on(number: int, given: Submission) -> bool:
    """Whether music runs on into track `number`, or from it into the next: players are not to fade between them."""
    return bool({number, number + 1} & given.resources.joined)


def titles(title: str, version: str, display_title: str) -> Iterator[Element]:
    """The title as it is shown, and its parts."""
    yield element("DisplayTitleText", display_title)
    parts = [element("TitleText", title), element("SubTitle", version) if version else None]
    yield element("DisplayTitle", *parts, ApplicableTerritoryCode="Worldwide", IsDefault="true")


def artists(named: tuple[tuple[str, str], ...], parties: Mapping[str, str]) -> Iterator[Element]:
    """Each artist that is shown, in order."""
    for number, (name, role) in enumerate(named, 1):
        yield element(
            "DisplayArtist",
            element("ArtistPartyReference", parties[name]),
            element("DisplayArtistRole", role),
            SequenceNumber=str(number),
        )


def line(tag: str, sign: str, text: str, year: str) -> Element:
    """A (p) or (c) line: `tag` is PLine or CLine. Its sign is put before it where it has none."""
    signed = text if text.startswith(("(", "℗", "©")) else f"({sign}) {text}"
    return element(tag, element("Year", year), element(f"{tag}Text", signed))


def _sound_recording(given: Submission, number: int, parties: Mapping[str, str], uris: Mapping[str, str]) -> Element:
    track, recording = given.album.tracks[number - 1], given.resources.recordings[number - 1]
    named = display_artists(track, given.album)
    return element(
        "SoundRecording",
        element("ResourceReference", f"A{number}"),
        element("Type", "MusicalWorkSoundRecording"),
        _edition(given, number, uris[recording.stored.file.path]),
        element("WorkId", element("ISWC", track.iswc)) if track.iswc else None,
        *titles(track.title, track.version, track.display_title),
        element("DisplayArtistName", track.artist or given.album.release.artist),
        *artists(named, parties),
        *_contributors(track, parties, given.sender),
        element("Duration", duration(recording.duration_s)),
        element("ParentalWarningType", WARNINGS[track.explicit]),
        element("DisableCrossfade", str(runs_on(number, given)).lower()),
        element("LanguageOfPerformance", ern_language(track.language)) if track.language else None,
    )


def _edition(given: Submission, number: int, uri: str) -> Element:
    track, recording = given.album.tracks[number - 1], given.resources.recordings[number - 1]
    text = phonogram_of(track, given.album)
    return element(
        "SoundRecordingEdition",
        element("ResourceId", element("ISRC", track.isrc)),
        line("PLine", "P", text, year_in(text, given.label_date)),
        element(
            "TechnicalDetails",
            element("TechnicalResourceDetailsReference", f"T{number}"),
            _delivery_file(recording, uri, given.sender),
        ),
    )


def _delivery_file(recording: Recording, uri: str, sender: str) -> Element:
    kind = recording.kind
    own = {"Namespace": sender, "UserDefinedValue": kind.own_codec} if kind.codec == USER_DEFINED else {}
    return element(
        "DeliveryFile",
        element("Type", "AudioFile"),
        element("ContainerFormat", kind.container) if kind.container else None,
        element("AudioCodecType", kind.codec, **own),
        element("NumberOfChannels", "2"),
        element("SamplingRate", str(recording.rate_hz), UnitOfMeasure="Hz"),
        element("BitsPerSample", str(recording.bits)) if recording.bits else None,
        _file(recording.stored, uri),
    )


def _file(stored: Stored, uri: str) -> Element:
    return element(
        "File",
        element("URI", uri),
        element("HashSum", element("Algorithm", stored.algorithm), element("HashSumValue", stored.digest)),
        element("FileSize", size_kb(stored.file.bytes)),
    )


def _contributors(track: Track, parties: Mapping[str, str], sender: str) -> Iterator[Element]:
    for number, each in enumerate(contributions(track), 1):
        yield element(
            "Contributor",
            element("ContributorPartyReference", parties[each.name]),
            *(element("Role", role) for role in each.roles),
            *_instruments(each, sender),
            SequenceNumber=str(number),
        )


def _instruments(given: Contribution, sender: str) -> Iterator[Element]:
    for instrument in given.instruments:
        own = {} if instrument.word else {"Namespace": sender, "UserDefinedValue": instrument.own}
        yield element("InstrumentType", instrument.word or USER_DEFINED, **own)


def _image(given: Submission, uris: Mapping[str, str]) -> Element:
    number, cover = len(given.album.tracks) + 1, given.cover
    return element(
        "Image",
        element("ResourceReference", f"A{number}"),
        element("Type", "FrontCoverImage"),
        element(
            "ResourceId",
            element("ProprietaryId", f"{given.album.release.upc}_A{number}", Namespace=given.sender),
        ),
        element("ParentalWarningType", "NoAdviceAvailable"),  # nobody said
        element(
            "TechnicalDetails",
            element("TechnicalResourceDetailsReference", f"T{number}"),
            element("ImageCodecType", IMAGES[cover.stored.suffix]),
            element("ImageHeight", str(cover.height), UnitOfMeasure="Pixel"),
            element("ImageWidth", str(cover.width), UnitOfMeasure="Pixel"),
            _file(cover.stored, uris[cover.stored.file.path]),
        ),
    )
