"""The NewReleaseMessage: who sends it to whom, when, and all that it says of a release.

The root alone is in ERN's namespace; everything below it is in none (its schema has elementFormDefault "unqualified").
Time and number come from outside: the same release at the same time is the same bytes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from albums import Album
from pipeline.delivery.ddex.message.credits import parties, sort_names
from pipeline.delivery.ddex.message.elements import NAMESPACE, ROOT, Element, element, written
from pipeline.delivery.ddex.message.recordings import resource_list
from pipeline.delivery.ddex.message.releases import deal_list, release_list
from pipeline.delivery.ddex.submission import Submission

PROFILE = "Audio"
ALLOWED_VALUES_VERSION = "3"  # as DDEX's own examples of ERN 4.3 have it
CONTROL = {"test": "TestMessage", "live": "LiveMessage"}


@dataclass(frozen=True)
class Dispatch:
    """When a message was made, in UTC to the millisecond, and the name of the batch that it is in."""

    created: datetime
    batch: str

    @property
    def number(self) -> str:
        """The time as batches are named by it, yyyymmddhhmmssnnn."""
        return time_number(self.created)


def time_number(moment: datetime) -> str:
    """A time as batches are named by it: yyyymmddhhmmssnnn, UTC."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y%m%d%H%M%S}{utc.microsecond // 1000:03d}"


def moment(dispatch: Dispatch) -> str:
    """When a message was made, as XML has it."""
    return dispatch.created.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message_id(given: Submission, dispatch: Dispatch) -> str:
    """What no other message of the sender has: the product, and the time."""
    return f"{given.album.release.upc}_{dispatch.number}"


def new_release_message(given: Submission, dispatch: Dispatch, uris: Mapping[str, str]) -> bytes:
    """The message as it is sent; `uris` are where files lie from its place, by their certified paths."""
    named = parties(given.album)
    root = etree.Element(ROOT, nsmap={"ern": NAMESPACE})
    for name, value in (
        ("ReleaseProfileVersionId", PROFILE),
        ("LanguageAndScriptCode", given.language),
        ("AvsVersionId", ALLOWED_VALUES_VERSION),
    ):
        root.set(name, value)
    root.extend(
        (
            _header(given, dispatch),
            element("PartyList", *_parties(given.album, named)),
            resource_list(given, named, uris),
            release_list(given, named),
            deal_list(given),
        )
    )
    return written(root)


def _header(given: Submission, dispatch: Dispatch) -> Element:
    ddex = given.ddex
    return element(
        "MessageHeader",
        element("MessageId", message_id(given, dispatch)),
        element(
            "MessageSender",
            element("PartyId", given.sender),
            element("PartyName", element("FullName", ddex.sender_name)),
        ),
        *(element("MessageRecipient", element("PartyId", recipient)) for recipient in ddex.recipients),
        element("MessageCreatedDateTime", moment(dispatch)),
        element("MessageControlType", CONTROL[ddex.message]),
    )


def _parties(album: Album, named: Mapping[str, str]) -> Iterator[Element]:
    sorted_as = sort_names(album)
    for name, reference in named.items():
        sort = sorted_as.get(name)
        yield element(
            "Party",
            element("PartyReference", reference),
            element("PartyName", element("FullName", name), element("FullNameIndexed", sort) if sort else None),
        )
