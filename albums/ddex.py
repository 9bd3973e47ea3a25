"""What a DDEX package is to say beside the album: sender and receivers, where, when and how it may be sold, its paths.

Sources: DDEX Party Identification Standard (the form of a DPID, whose last character is a check by ISO 7064, Mod
37,36); ISO 3166-1 for territories; DDEX Electronic Release Notification 4.3 for commercial models and uses.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from albums.faults import short
from albums.shown import DPID, REACH_RULES, Shown, template
from albums.value_types import Frozen, Language, Name, Text

MOST_RECIPIENTS = 99
MOST_DEALS = 99
LONGEST_TEMPLATE = 200  # characters: a guard
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PLACEHOLDER = re.compile(r"\{(?P<name>[a-z]+)(:0(?P<digits>[1-9]))?\}")
WORLDWIDE = "Worldwide"
_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA "
    "CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA "
    "GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS "
    "MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS "
    "RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW "
    "TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_COUNTRIES.split())
"""The letters of ISO 3166-1, and XK for Kosovo, as ERN 4.3 takes them."""
CommercialModel = Literal[
    "AdvertisementSupportedModel",
    "DeviceFeeModel",
    "FreeOfChargeModel",
    "PayAsYouGoModel",
    "PerformanceRoyaltiesModel",
    "RightsClaimModel",
    "SubscriptionModel",
]
Use = Literal[
    "ConditionalDownload",
    "ContentInfluencedStream",
    "Download",
    "KioskDownload",
    "NonInteractiveStream",
    "OnDemandStream",
    "PermanentDownload",
    "Simulcast",
    "Stream",
    "TetheredDownload",
    "TimeInfluencedStream",
    "UserMakeAvailableLabelProvided",
    "UserMakeAvailableUserProvided",
    "Webcast",
]
"""Those of ERN's uses that an album of recordings is sold by."""


def dpid_check(code: str) -> str:
    """The character that follows the 17 of `code` in a DDEX Party Identifier: ISO 7064, Mod 37,36."""
    carried = 36
    for letter in code:
        carried = (carried + _ALPHABET.index(letter)) % 36 or 36
        carried = carried * 2 % 37
    return _ALPHABET[(1 - carried) % 36]


def checked_dpid(text: str) -> str:
    """`text` as the 18 characters of a DDEX Party Identifier, without dashes; raises ValueError with what is wrong."""
    code = re.sub(r"[\s-]", "", text).upper()
    if not re.fullmatch("PADPIDA[0-9]{10}[0-9A-Z]", code):
        words = (
            'is no DDEX Party Identifier; wanted PADPIDA, ten digits and a check character, as in "PADPIDA2013042401U"'
        )
        raise ValueError(f"{short(text)} {words}")
    if code[-1] != (wanted := dpid_check(code[:-1])):
        raise ValueError(f"{short(text)} ends in {code[-1]}, expected {wanted}: a character is wrong, or two exchanged")
    return code


def _territory(text: str) -> str:
    if text != WORLDWIDE and text not in COUNTRIES:
        meant = "; the United Kingdom is GB" if text == "UK" else ""
        raise ValueError(f'found {short(text)}; wanted "{WORLDWIDE}", or two letters as in "DE"{meant}')
    return text


def filled(template: str, values: Mapping[str, str | int]) -> str:
    """`template` with its placeholders, {upc} or {track:03}, replaced by `values`.

    Raises ValueError for a placeholder that is none of them, and for any other brace.
    """

    def value(found: re.Match[str]) -> str:
        if found["name"] not in values:
            known = ", ".join(f"{{{name}}}" for name in values)
            raise ValueError(f"{short(template)} has {found[0]}; known here: {known}")
        text = str(values[found["name"]])
        return text.zfill(int(found["digits"])) if found["digits"] else text

    if re.search("[{}]", _PLACEHOLDER.sub("", template)):
        raise ValueError(
            f"{short(template)} has a brace that belongs to no placeholder such as {{upc}} or {{track:03}}"
        )
    return _PLACEHOLDER.sub(value, template)


Dpid = Annotated[str, Field(max_length=99), AfterValidator(checked_dpid), Shown(pattern=DPID)]
Territory = Annotated[str, AfterValidator(_territory), Shown(enum=[WORLDWIDE, *sorted(COUNTRIES)])]
Territories = Annotated[tuple[Territory, ...], Field(max_length=len(COUNTRIES)), Shown(uniqueItems=True)]
Template = Annotated[str, Field(max_length=LONGEST_TEMPLATE), Shown(pattern=template("upc", "time", "batch"))]


class DdexLayout(Frozen):
    """Where files of a batch lie, as receivers differ in what they take; each path begins in the batch's folder.

    Placeholders are {upc}, {time} (yyyymmddhhmmssnnn, UTC), {batch} everywhere but in `batch` itself, and {disc} and
    {track}, which counts on its disc, in `track`.
    """

    batch: Annotated[Template, Field(min_length=1), Shown(pattern=template("upc", "time", needs="time"))] = "{time}"
    """The folder of a batch, with {time} in it, and {upc}."""
    message: Annotated[Template, Field(min_length=1)] = "{upc}/{upc}.xml"
    """The message. Placeholders are {upc}, {time} and {batch}."""
    track: Annotated[
        Template, Field(min_length=1), Shown(pattern=template("upc", "time", "batch", "disc", "track"))
    ] = "{upc}/resources/{upc}_{disc:02}_{track:03}"
    """A track's file, without its suffix. Placeholders are {upc}, {time}, {batch}, {disc} and {track:03}."""
    cover: Annotated[Template, Field(min_length=1)] = "{upc}/resources/{upc}"
    """The cover's file, without its suffix. Placeholders are {upc}, {time} and {batch}."""
    complete: Template = "BatchComplete_{batch}.xml"
    """The file whose coming says that the batch is whole; "" where the receiver waits for none, and the message itself
    comes last."""

    @model_validator(mode="after")
    def _can_be_filled(self) -> "DdexLayout":
        known: dict[str, str | int] = {"upc": "0", "time": "0"}
        for key in ("batch", "message", "track", "cover", "complete"):
            own = {"disc": 1, "track": 1} if key == "track" else {}
            batch = {} if key == "batch" else {"batch": "0"}
            try:
                filled(getattr(self, key), {**known, **batch, **own})
            except ValueError as error:
                raise ValueError(f"{key}: {error}") from None
        if "{time}" not in self.batch:
            raise ValueError(f"batch: {short(self.batch)} has no {{time}}, and two batches would have one name")
        return self


class DdexDeal(Frozen):
    """One way in which the release may be offered; what it leaves out is the package's own."""

    model_config = ConfigDict(json_schema_extra=REACH_RULES)

    models: Annotated[tuple[CommercialModel, ...], Field(min_length=1, max_length=9)]
    """What a listener pays with: a list of ERN's commercial models."""
    uses: Annotated[tuple[Use, ...], Field(min_length=1, max_length=20)]
    """What a listener gets: a list of ERN's uses."""
    territories: Territories = ()
    """Where it is offered: a list of countries, "DE", or of "Worldwide". Without it, where the package is."""
    excluded_territories: Territories = ()
    """Where it is not offered, and everywhere else it is: a list of countries. Not beside territories."""
    start_date: date | None = None
    """From when on it is offered: a date, without quotation marks. Without it, from the package's own."""
    end_date: date | None = None
    """Until when it is offered: a date, without quotation marks. Without it, there is no end."""

    @model_validator(mode="after")
    def _one_reach(self) -> "DdexDeal":
        _refuse_both(self.territories, self.excluded_territories)
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise ValueError(f"end_date = {self.end_date} lies before start_date = {self.start_date}")
        return self


class Ddex(Frozen):
    """How an album is packed for a receiver of DDEX messages; no sample, tag or file of the masters depends on it.

    Everything may be left out here, and be said by whoever runs the job; `over` joins the two.
    """

    model_config = ConfigDict(json_schema_extra=REACH_RULES)

    sender: Dpid | None = None
    """The sender's DDEX Party Identifier: "PADPIDA2013042401U", the last character a check."""
    sender_name: Text = ""
    """The sender's name."""
    recipients: Annotated[tuple[Dpid, ...], Field(max_length=MOST_RECIPIENTS)] = ()
    """The receivers' DDEX Party Identifiers, a list."""
    message: Literal["test", "live"] = "test"
    """Whether the message counts. It is a test unless "live" is written: nothing is put on sale by mistake."""
    deliverable: Name | None = None
    """The deliverable that is sent, by its profile's name. Without it, the only one that can be."""
    territories: Territories = ()
    """Where the release is offered: a list of countries, "DE". Without it, worldwide."""
    excluded_territories: Territories = ()
    """Where it is not offered, and everywhere else it is: a list of countries. Not beside territories."""
    start_date: date | None = None
    """From when on it is offered: a date, without quotation marks. Without it, from the album's release date."""
    deals: Annotated[tuple[DdexDeal, ...], Field(max_length=MOST_DEALS)] = ()
    """The ways in which it is offered, each beginning with [[ddex.deals]]."""
    hash: Literal["MD5", "SHA1", "SHA-256", "SHA-512"] = "MD5"  # what most receivers compare
    """What each file's content is named by, as the receiver asks."""
    language: Language = ""
    """The language of the texts, as a code: "en". Without it, the album's."""
    layout: DdexLayout = DdexLayout()
    """Where files of a batch lie, as the receiver takes them."""

    @model_validator(mode="after")
    def _one_reach(self) -> "Ddex":
        _refuse_both(self.territories, self.excluded_territories)
        return self

    def over(self, operators: "Ddex") -> "Ddex":
        """These settings, and where one is not said here, the operator's."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        if "layout" in said:
            own = {name: getattr(self.layout, name) for name in self.layout.model_fields_set}
            said["layout"] = operators.layout.model_copy(update=own)
        if "territories" in said or "excluded_territories" in said:  # the one stands in place of the other
            said |= {"territories": self.territories, "excluded_territories": self.excluded_territories}
        return operators.model_copy(update=said)


def _refuse_both(territories: tuple[str, ...], excluded: tuple[str, ...]) -> None:
    if territories and excluded:
        raise ValueError("has both territories and excluded_territories; wanted one of them")
    if WORLDWIDE in excluded:
        raise ValueError(f"excludes {WORLDWIDE}: nothing would be left")
    for name, found in (("territories", territories), ("excluded_territories", excluded)):
        if len({*found}) < len(found):
            raise ValueError(f"{name} names one twice")
