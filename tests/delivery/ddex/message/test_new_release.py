"""A message says what the album says, read by a reader that this project did not write."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest

from albums.faults import Refusal
from pipeline.delivery.ddex.message.credits import contributions
from pipeline.delivery.ddex.message.elements import NAMESPACE, read_message
from pipeline.delivery.ddex.message.new_release import Dispatch, new_release_message
from pipeline.delivery.ddex.message.recordings import duration
from pipeline.delivery.ddex.submission import ern_language
from tests.support.ddex import FOUR_SCRIPTS, NOW, ODD, SENDER, dispatched, example, odd, submission


def read(given):
    return ElementTree.fromstring(dispatched(given)[0])  # noqa: S314 - our own


def texts(root, path):
    return [each.text for each in root.findall(path)]


def test_an_example_album_is_all_there():
    root = read(submission(example("night-set"), joined=(2, 4)))
    assert root.tag == f"{{{NAMESPACE}}}NewReleaseMessage"
    assert {each.tag for each in root.iter() if "}" in each.tag} == {root.tag}
    assert root.findtext("MessageHeader/MessageCreatedDateTime") == "2026-12-01T10:11:12.345Z"
    assert root.findtext("MessageHeader/MessageControlType") == "TestMessage"
    assert root.findtext("MessageHeader/MessageSender/PartyId") == SENDER
    assert texts(root, ".//SoundRecording/DisplayTitleText") == [
        "Ouverture à minuit", "Señal", "Tidal Lock", "Über den Dächern", "Letzte Bahn, 3 Uhr früh"
    ]  # fmt: skip
    assert texts(root, ".//ISRC") == [f"QZGLM260001{number}" for number in range(1, 6)]
    assert texts(root, ".//SoundRecording/ParentalWarningType") == ["NotExplicit", "Explicit", *["NotExplicit"] * 3]
    assert texts(root, ".//Release/ParentalWarningType") == ["Explicit"]
    assert texts(root, ".//DisableCrossfade") == ["true", "true", "true", "true", "false"]
    assert texts(root, ".//ReleaseId/ICPN") == ["5060026000021"]
    assert root.findtext(".//Release/CLine/CLineText") == "(C) 2026 Lamp & Larder Recordings"
    assert texts(root, ".//URI")[:2] == [f"resources/5060026000021_01_00{number}.flac" for number in (1, 2)]
    assert texts(root, ".//URI")[-1] == "resources/5060026000021.png"
    deals = root.findall(".//DealTerms")
    assert [texts(each, "TerritoryCode") for each in deals] == [["Worldwide"], ["DE", "AT"]]
    assert [each.findtext("ValidityPeriod/StartDate") for each in deals] == ["2026-12-04"] * 2


def test_discs_are_groups_and_count_their_own_tracks():
    root = read(ODD["several discs"])
    groups = root.findall(".//Release/ResourceGroup/ResourceGroup")
    assert [texts(each, ".//ReleaseResourceReference") for each in groups] == [["A1", "A2"], ["A3", "A4"], ["A5"]]
    assert texts(root, ".//URI")[:5] == [
        f"resources/5060026000021_{place}.flac" for place in ("01_001", "01_002", "02_001", "02_002", "03_001")
    ]


def test_scripts_versions_and_kinds():
    assert texts(read(ODD["four scripts"]), ".//SoundRecording/DisplayTitleText") == [*FOUR_SCRIPTS]
    assert texts(read(ODD["four scripts"]), ".//LanguageOfPerformance") == ["de", "ja", "ru", "ar"]
    root = read(ODD["versions"])
    assert texts(root, ".//SoundRecording/DisplayTitle/SubTitle") == ["Live", "Mono"]
    assert texts(root, ".//Release/DisplayTitleText") == ["Odd (Deluxe)"]
    assert root.findtext(".//OriginalReleaseDate") == "1999"
    assert read(ODD["a single"]).findtext(".//ReleaseType") == "Single"
    assert texts(read(ODD["a single"]), ".//Release/ParentalWarningType") == ["ExplicitContentEdited"]
    assert read(ODD["a compilation"]).findtext(".//IsMultiArtistCompilation") == "true"


def test_credits_are_roles_and_instruments_and_nothing_is_lost():
    given = ODD["credits"]
    found = {each.name: each for each in contributions(given.album.tracks[0])}
    assert found["Ann Lee"].roles == ("ComposerLyricist", "Mixer", "Musician", "LeadVocalist")
    assert [played.word for played in found["Ann Lee"].instruments] == ["Violin"]
    assert [(played.word, played.own) for played in found["Flo"].instruments] == [
        ("HurdyGurdy", ""),
        ("", "saw of her aunt's"),
    ]
    assert found["Gus"].roles == ("Performer",)
    assert found["Cy"].roles == ("Composer", "Lyricist")
    root = read(given)
    assert root.find(".//InstrumentType[@UserDefinedValue]").get("UserDefinedValue") == "saw of her aunt's"
    assert texts(root, ".//FullNameIndexed") == ["Lee, Ann", "Cy, Mr"]
    assert texts(root, ".//WorkId/ISWC") == ["T0345246801"]
    assert texts(root, ".//SoundRecording/DisplayArtist/DisplayArtistRole")[:2] == ["MainArtist", "FeaturedArtist"]
    assert texts(root, ".//SoundRecording//PLineText") == ["(P) 2026 L&L", "℗ 1987 Others"]
    assert texts(root, ".//SoundRecording//PLine/Year") == ["2026", "1987"]
    assert texts(root, ".//TrackRelease/Genre/GenreText") == ["Folk", "Jazz"]


def test_the_same_release_at_the_same_time_is_the_same_bytes_and_at_another_another_message():
    given = ODD["credits"]
    message, dispatch, laid = dispatched(given)
    assert new_release_message(given, dispatch, laid.uris) == message
    later = Dispatch(NOW + timedelta(milliseconds=1), dispatch.batch)
    ids = [
        read_message(each).findtext(".//MessageId") for each in (message, new_release_message(given, later, laid.uris))
    ]
    assert ids[0] != ids[1]


def test_a_character_that_no_xml_holds_is_refused():
    given = submission(odd({"title": "a\ufffeb"}))
    with pytest.raises(Refusal, match="no XML can hold"):
        dispatched(given)


@pytest.mark.parametrize(
    "data",
    [b"", b"<a", b'<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>', b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>'],
)
def test_what_is_no_message_of_plain_xml_is_refused(data):
    with pytest.raises(Refusal):
        read_message(data)


@pytest.mark.parametrize(("seconds", "text"), [(0.1, "PT1S"), (59.6, "PT1M0S"), (185, "PT3M5S"), (3725, "PT1H2M5S")])
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("said", "told"),
    [("en", "en"), ("pt-BR", "pt-BR"), ("de-1996", "de"), ("zh-Hant-TW", "zh-Hant-TW"), ("es-419", "es-419")],
)
def test_languages_as_far_as_the_standard_takes_them(said, told):
    assert ern_language(said) == told
