"""Settings for DDEX: identifiers whose slips are found, templates that lead nowhere, and two that join."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from albums import Ddex
from albums.ddex import DdexLayout, checked_dpid, dpid_check, filled

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DEAL = {"models": ("SubscriptionModel",), "uses": ("Stream",)}


@pytest.mark.parametrize("published", ["PADPIDA2013042401U", "PADPIDA2009101501Y", "PADPIDA2007040502I"])
def test_published_identifiers_hold(published):
    assert checked_dpid(published) == published
    assert checked_dpid(f"PA-DPIDA-{published[7:17]}-{published[17]}".lower()) == published


@given(st.integers(0, 9_999_999_999), st.integers(7, 16), st.integers(1, 9))
def test_every_wrong_digit_is_found(number, place, more):
    code = f"PADPIDA{number:010d}"
    whole = code + dpid_check(code)
    wrong = whole[:place] + str((int(whole[place]) + more) % 10) + whole[place + 1 :]
    with pytest.raises(ValueError, match="expected"):
        checked_dpid(wrong)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"sender": "PADPIDA2013042401X"}, "expected U"),
        ({"territories": ("UK",)}, "is GB"),
        ({"territories": ("DE",), "excluded_territories": ("FR",)}, "both"),
        ({"excluded_territories": ("Worldwide",)}, "nothing would be left"),
        ({"territories": ("DE", "DE")}, "twice"),
        ({"deals": ({**DEAL, "start_date": date(2027, 1, 1), "end_date": date(2026, 1, 1)},)}, "before start_date"),
        ({"deals": ({"models": (), "uses": ("Stream",)},)}, "at least 1"),
        ({"layout": {"batch": "all"}}, "no {time}"),
        ({"layout": {"message": "{track}.xml"}}, "known here"),
        ({"layout": {"track": "{upc:>99999999}"}}, "brace"),
        ({"layout": {"track": "{upc.__class__}"}}, "brace"),
    ],
)
def test_what_cannot_be_meant_is_refused(settings, words):
    with pytest.raises(ValidationError, match=words):
        Ddex.model_validate(settings)


def test_an_album_s_settings_stand_over_the_operator_s():
    operators = Ddex.model_validate(
        {"sender": "PADPIDA2013042401U", "sender_name": "Label", "territories": ("DE",), "hash": "SHA-256",
         "layout": {"batch": "N_{time}", "complete": ""}}
    )  # fmt: skip
    own = Ddex.model_validate({"excluded_territories": ("US",), "message": "live", "layout": {"message": "{upc}.xml"}})
    joined = own.over(operators)
    assert (joined.sender, joined.sender_name, joined.hash) == ("PADPIDA2013042401U", "Label", "SHA-256")
    assert (joined.territories, joined.excluded_territories, joined.message) == ((), ("US",), "live")
    assert joined.layout == DdexLayout(batch="N_{time}", complete="", message="{upc}.xml")
    assert Ddex().over(operators) == operators


def test_templates_fill_numbers_with_zeros():
    assert filled("{upc}_{disc:02}_{track:03}", {"upc": "1", "disc": 2, "track": 3}) == "1_02_003"
