"""The elements of a message for an album, in their order, with how often each is there and what it holds: as a table.

This is what we send, and narrower than what ERN 4.3 allows: what every message of ours has is wanted in each. No schema
is needed to check by it. Source: DDEX ERN 4.3, read from its schema; the tables are ours.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from albums.codes import checked_isrc, checked_iswc, checked_upc
from albums.ddex import COUNTRIES, WORLDWIDE, CommercialModel, Use, checked_dpid
from pipeline.delivery.ddex.message.allowed_values import IMAGES, KINDS, RELEASE_TYPES, WARNINGS
from pipeline.delivery.ddex.resources import HASHES
from pipeline.delivery.ddex.submission import LANGUAGE

# A line is an element: its name, ? if it may be missing, + if there may be several, * for both; then the form of its
# text, where it has one, and its attributes, each with its form and ? where it may be missing.
TREE = """
NewReleaseMessage  @ReleaseProfileVersionId=profile @LanguageAndScriptCode=language @AvsVersionId=number
  MessageHeader
    MessageId  text
    MessageSender
      PartyId  dpid
      PartyName
        FullName  text
    MessageRecipient+
      PartyId  dpid
    MessageCreatedDateTime  moment
    MessageControlType  control
  PartyList
    Party+
      PartyReference  P
      PartyName
        FullName  text
        FullNameIndexed?  text
  ResourceList
    SoundRecording+
      ResourceReference  A
      Type  recording
      SoundRecordingEdition
        ResourceId
          ISRC  isrc
        PLine
          Year  year
          PLineText  text
        TechnicalDetails
          TechnicalResourceDetailsReference  T
          DeliveryFile
            Type  audio
            ContainerFormat?  container
            AudioCodecType  codec  @Namespace?=dpid @UserDefinedValue?=text
            NumberOfChannels  channels
            SamplingRate  number  @UnitOfMeasure=hertz
            BitsPerSample?  bits
            File
              URI  path
              HashSum
                Algorithm  hash
                HashSumValue  digest
              FileSize  kilobytes
      WorkId?
        ISWC  iswc
      DisplayTitleText  text
      DisplayTitle  @ApplicableTerritoryCode=worldwide @IsDefault=true
        TitleText  text
        SubTitle?  text
      DisplayArtistName  text
      DisplayArtist+  @SequenceNumber=number
        ArtistPartyReference  P
        DisplayArtistRole  artist
      Contributor*  @SequenceNumber=number
        ContributorPartyReference  P
        Role+  word
        InstrumentType*  instrument  @Namespace?=dpid @UserDefinedValue?=text
      Duration  duration
      ParentalWarningType  warning
      DisableCrossfade  boolean
      LanguageOfPerformance?  language
    Image
      ResourceReference  A
      Type  cover
      ResourceId
        ProprietaryId  text  @Namespace=dpid
      ParentalWarningType  warning
      TechnicalDetails
        TechnicalResourceDetailsReference  T
        ImageCodecType  image
        ImageHeight  number  @UnitOfMeasure=pixel
        ImageWidth  number  @UnitOfMeasure=pixel
        File
          URI  path
          HashSum
            Algorithm  hash
            HashSumValue  digest
          FileSize  kilobytes
  ReleaseList
    Release
      ReleaseReference  R
      ReleaseType  release
      ReleaseId
        ICPN  upc
        CatalogNumber?  text  @Namespace=dpid
      DisplayTitleText  text
      DisplayTitle  @ApplicableTerritoryCode=worldwide @IsDefault=true
        TitleText  text
        SubTitle?  text
      DisplayArtistName  text
      DisplayArtist+  @SequenceNumber=number
        ArtistPartyReference  P
        DisplayArtistRole  artist
      ReleaseLabelReference  P
      PLine?
        Year  year
        PLineText  text
      CLine?
        Year  year
        CLineText  text
      Duration  duration
      Genre
        GenreText  text
      ReleaseDate  date
      OriginalReleaseDate?  dateoryear
      ParentalWarningType  warning
      IsMultiArtistCompilation  boolean
      ResourceGroup
        SequenceNumber  number
        ResourceGroup*  @ResourceGroupType=component
          SequenceNumber  number
          ResourceGroupContentItem+
            SequenceNumber  number
            ReleaseResourceReference  A
        ResourceGroupContentItem*
          SequenceNumber  number
          ReleaseResourceReference  A
        LinkedReleaseResourceReference  A
    TrackRelease+
      ReleaseReference  R
      ReleaseId
        ProprietaryId  text  @Namespace=dpid
      ReleaseResourceReference  A
      ReleaseLabelReference  P
      Genre
        GenreText  text
  DealList
    ReleaseDeal
      DealReleaseReference+  R
      Deal+
        DealTerms
          TerritoryCode*  territory
          ExcludedTerritoryCode*  country
          ValidityPeriod
            StartDate  date
            EndDate?  date
          CommercialModelType+  model
          UseType+  use
"""
OCCURRENCE = {"": (1, 1), "?": (0, 1), "+": (1, None), "*": (0, None)}


def _one_of(*words: str) -> str:
    return "|".join(map(re.escape, words))


def _date() -> str:
    return "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"


PATTERNS = {
    **{letter: f"{letter}[0-9]+" for letter in "APRT"},
    "text": r"\S(.*\S)?",
    "word": "[A-Z][A-Za-z]+",
    "number": "[1-9][0-9]*",
    "boolean": "true|false",
    "true": "true",
    "language": LANGUAGE,
    "year": "(1[89]|20)[0-9]{2}",
    "date": _date(),
    "dateoryear": f"{_date()}|[0-9]{{4}}",
    "moment": f"{_date()}T([01][0-9]|2[0-3])(:[0-5][0-9]){{2}}\\.[0-9]{{3}}Z",
    "duration": "PT([1-9][0-9]*H)?([0-9]{1,2}M)?[0-9]{1,2}S",
    "profile": "Audio",
    "control": "LiveMessage|TestMessage",
    "recording": "MusicalWorkSoundRecording",
    "audio": "AudioFile",
    "cover": "FrontCoverImage",
    "component": "Component",
    "worldwide": WORLDWIDE,
    "hertz": "Hz",
    "pixel": "Pixel",
    "channels": "2",
    "bits": "16|24",
    "artist": "MainArtist|FeaturedArtist",
    "path": r"(?!/)(\.\./)*([A-Za-z0-9_][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*",
    "kilobytes": r"[0-9]+\.[0-9]{3}",
    "digest": "[0-9a-f]{32,128}",
    "instrument": r"[A-Z0-9][A-Za-z0-9()-]+",
    "hash": _one_of(*HASHES),
    "codec": _one_of(*{kind.codec for kind in KINDS.values()}),
    "container": _one_of(*{kind.container for kind in KINDS.values()} - {""}),
    "image": _one_of(*IMAGES.values()),
    "release": _one_of(*RELEASE_TYPES.values()),
    "warning": _one_of(*WARNINGS.values(), "NoAdviceAvailable"),
    "territory": _one_of(WORLDWIDE, *sorted(COUNTRIES)),
    "country": _one_of(*sorted(COUNTRIES)),
    "model": _one_of(*get_args(CommercialModel)),
    "use": _one_of(*get_args(Use)),
}
CHECKED: dict[str, Callable[[str], str]] = {
    "dpid": checked_dpid,
    "isrc": checked_isrc,
    "iswc": checked_iswc,
    "upc": checked_upc,
}
"""Codes: what is written is what the check returns, and it raises ValueError."""


@dataclass(frozen=True)
class Kind:
    """A kind of element: its name, how often it may be there, the form of its text ("" for none), and its parts.

    `attributes` are forms by name; `may_lack` those of them that may be missing.
    """

    name: str
    fewest: int
    most: int | None
    form: str
    attributes: dict[str, str]
    may_lack: frozenset[str]
    parts: tuple["Kind", ...]


def _kind(line: str, parts: tuple[Kind, ...]) -> Kind:
    name, *rest = line.split()
    mark = name[-1] if name[-1] in OCCURRENCE else ""
    fewest, most = OCCURRENCE[mark]
    given = dict(part[1:].split("=") for part in rest if part.startswith("@"))
    forms = [part for part in rest if not part.startswith("@")]
    return Kind(
        name.removesuffix(mark),
        fewest,
        most,
        forms[0] if forms else "",
        {key.removesuffix("?"): form for key, form in given.items()},
        frozenset(key.removesuffix("?") for key in given if key.endswith("?")),
        parts,
    )


def _parsed(lines: list[str], depth: int = 0) -> tuple[Kind, ...]:
    """The kinds at `depth`, two blanks each, taken off the front of `lines`."""
    found = list[Kind]()
    while lines and len(lines[0]) - len(lines[0].lstrip()) == 2 * depth:
        line = lines.pop(0)
        found.append(_kind(line, _parsed(lines, depth + 1)))
    return tuple(found)


(MESSAGE,) = _parsed(TREE.strip().split("\n"))


def objection(form: str, text: str) -> str:
    """What is wrong with `text` as one of `form`; "" where nothing is."""
    if check := CHECKED.get(form):
        try:
            return "" if check(text) == text else f"is not written as {check(text)}"
        except ValueError as error:
            return str(error)
    return "" if re.fullmatch(PATTERNS[form], text, re.DOTALL) else "is not of the form that is wanted there"
