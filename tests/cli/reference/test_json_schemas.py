"""The schemas against the program: what is right validates, what no editor should let pass does not.

Beside the program's own reading stands jsonschema, an implementation not written by us.
"""

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

import albums
import profiles
from albums import MANIFEST, Album, shown
from albums.codes import checked_isrc, checked_iswc, checked_upc
from albums.faults import Refusal
from albums.value_types import one_line
from pipeline.cli.reference.field_texts import field_texts, models_of
from pipeline.cli.reference.json_schemas import DOCUMENTS, Document, schema_of
from pipeline.deliverables.certificate import CERTIFICATE, Certificate
from pipeline.plan.plan import PLAN, Plan
from profiles import Profile
from profiles.codecs import PATTERN, codec_named
from tests.albums import test_albums

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = [ROOT / "albums" / name / MANIFEST for name in ("quiet-rooms", "night-set")]
BEYOND = re.compile(
    r"ends in (check digit )?., expected|is all zeros|is also tracks\[|differ in capitals alone|comes after (side|disc)"
    r"|lies before start_date|wanted seconds|does not exist|is not a file|' lies|cannot be looked up"
    r"|found '\d{4}-\d\d-\d\d': should be a|found datetime\."
    r"|found -?\d+\.0: should be a valid integer|found \[?-?(nan|inf)"
)
"""What the comment in a schema says that it cannot tell, in the words of the program."""


def matches(_validator: object, pattern: str, found: object, _schema: object) -> Iterator[jsonschema.ValidationError]:
    """The keyword `pattern` as ECMA-262 has it: there `$` is the end, and in Python also before a last line break."""
    if isinstance(found, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), found):
        yield jsonschema.ValidationError(f"{found!r} is not like {pattern}")


Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": matches})


@cache
def validator(document: Document) -> Any:
    return Validator(schema_of(document), format_checker=jsonschema.FormatChecker())


def as_json(found: Any) -> Any:
    """A TOML document as an editor hands it to a schema: dates and times as texts."""
    if isinstance(found, dict):
        return {key: as_json(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [as_json(value) for value in found]
    if isinstance(found, int) and not isinstance(found, bool):
        return min(found, 10**300)  # Python shows no number of thousands of digits, and messages show what was found
    return found.isoformat() if isinstance(found, date | datetime | time) else found


def wrong(document: Document, found: Any) -> list[str]:
    return [error.message for error in validator(document).iter_errors(as_json(found))]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_is_a_schema_of_the_dialect_that_it_names(document):
    found = schema_of(document)
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    assert found["$id"] == f"urn:glassmaster:schema:{document}:{found['version']}"
    assert found["title"]
    assert json.loads(json.dumps(found)) == found
    assert schema_of(document) == found


@pytest.mark.parametrize("root", [Album, Profile, Plan, Certificate])
def test_every_field_of_every_model_is_described(root):
    missing = {
        f"{name}.{field}"
        for name, model in models_of(root).items()
        for field in model.model_fields
        if len(field_texts(model).get(field, "")) < 10
    }
    assert missing == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_property_of_every_schema_is_described_and_no_other_key_is_taken(document):
    found = schema_of(document)
    for name, part in {"": found, **found["$defs"]}.items():
        assert part["additionalProperties"] is False
        for key, value in part["properties"].items():
            assert value["description"], f"{name}.{key}"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_example_albums_validate(path):
    assert wrong("manifest", tomllib.loads(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("text", [test_albums.FULL, test_albums.ALBUM + test_albums.TRACK], ids=["full", "least"])
def test_other_manifests_that_load_validate(text):
    assert wrong("manifest", tomllib.loads(text)) == []


@pytest.mark.parametrize("name", profiles.names())
def test_the_shipped_profiles_validate(name):
    document = tomllib.loads(profiles.text_of(name))
    assert wrong("profile", document) == []
    assert wrong("profile", {**document, "name": name}), "the name is the file's"


def test_plans_and_certificates_that_are_written_validate(finished):
    plans = sorted(finished.glob(f"*/{PLAN}"))
    certificates = [finished / CERTIFICATE, *sorted(finished.glob(f"*/{CERTIFICATE}"))]
    assert (len(plans), len(certificates)) == (3, 4)
    for path in plans:
        assert wrong("plan", json.loads(path.read_text("utf-8"))) == []
    for path in certificates:
        assert wrong("certificate", json.loads(path.read_text("utf-8"))) == []


def test_the_album_in_a_certificate_is_a_manifest(finished):
    certificate = json.loads((finished / CERTIFICATE).read_text("utf-8"))
    assert wrong("manifest", certificate["album"]) == []
    certificate["album"]["tracks"][0]["isrc"] = "none"
    assert wrong("certificate", certificate)


@pytest.mark.parametrize(("document", "path"), [("plan", f"streaming/{PLAN}"), ("certificate", CERTIFICATE)])
def test_a_plan_or_certificate_with_a_key_too_many_or_too_few_does_not(finished, document, path):
    whole = json.loads((finished / path).read_text("utf-8"))
    assert wrong(document, {**whole, "more": 1})
    for key in set(whole) - {"version", "alone", "pregaps", "drive_db", "signature"}:
        assert wrong(document, {name: value for name, value in whole.items() if name != key}), key
    assert wrong(document, {**whole, "version": 99})


MARKS = getattr(test_albums.test_a_fault_is_told_with_its_place, "pytestmark", [])
BROKEN = next(mark.args[1] for mark in MARKS)


@pytest.mark.parametrize(("text", "told"), BROKEN, ids=[told for _, told in BROKEN])
def test_a_manifest_that_is_refused_does_not_validate_either(text, told):
    document = tomllib.loads(text)
    assert wrong("manifest", document) or BEYOND.search(told)


FOLDER_FILES = ("1.wav", "2.wav", "cover.png", "curve.txt")
BASE: dict[str, Any] = {
    "deliverables": ["cd-wav", "streaming"],
    "album": {"title": "Quiet Rooms", "artist": "The Band", "upc": "036000291452", "release_date": date(2026, 11, 27)},
    "intent": {"gap_s": 1.5},
    "sheets": {"studio": "A Studio"},
    "ddex": {"sender": "PADPIDA2013042401U", "layout": {"batch": "{time}"}},
    "tracks": [
        {"mix": "1.wav", "title": "One", "isrc": "GB-XXX-26-00001", "side": "A"},
        {"mix": "2.wav", "title": "Two", "composer": ["A", "B"]},
    ],
}
BAND = {"kind": "bell", "frequency_hz": 100.0, "gain_db": 1.0}
DEAL = {"models": ["SubscriptionModel"], "uses": ["Stream"]}
WORDS = [
    "", " ", "x", "\u200b", "\u3000\ufeff", "a\nb", "a\tb", "\x07", "\u2028", "é夜🎹", "auto", "A", "B", "a", "AB",
    "en", "pt-BR", "English", "equal-power", "round", "clean", "off", "all", "some", "required", "none", "yes", "ep",
    "1.wav",
    "2.wav", "cover.png", "curve.txt", "9.wav", "../x", "streaming", "STREAMING", "x" * 500, "x" * 501,
    "GB-XXX-26-00002", "gbxxx2600001", "GBAYE68000", "GBAYE680000X", "036000291452", "036000291453", "4006381333931",
    "0360 0029 1452",
    "DE", "UK", "Worldwide", "PADPIDA2013042401U", "PADPIDA2013042401V", "PADPIDA", "{time}", "{upc}", "{upc}{time:02}",
    "{time}_{batch}", "{track:03}", "{", "live", "MD5", "ddex",
    "000000000000", "T-034.524.680-1", "T0345246802", "2026-11-27", "2026-13-41", "27.11.2026",
]  # fmt: skip
NUMBERS = [0, 1, 2, -1, 99, 100, 1856, 1857, 3000, 10**30, 0.0, 0.5, 1.0, 2.0, 60.0, 61.0, -24.0, -24.5, 1e9]
OTHERS = [True, False, date(2026, 11, 27), datetime(2026, 11, 27, 10, 0), time(10, 0), float("nan"), float("inf")]
LISTS: list[Any] = [
    [], ["x"], ["x", "x"], ["x", "y"], [""], ["x"] * 100, [1.0, 2.0], [2.0, 1.0], [1.0, 1.0], ["1.wav"], [BAND],
    [BAND] * 17, [{**BAND, "kind": "notch"}], [1], [[]], [{}],
]  # fmt: skip
LISTS += [
    ["DE", "FR"], ["Worldwide"], ["UK"], ["DE", "DE"], ["PADPIDA2013042401U"], [DEAL], [{**DEAL, "models": []}],
    [{**DEAL, "territories": ["DE"], "excluded_territories": ["FR"]}], ["Download"], ["PayAsYouGoModel"],
    [{**DEAL, "territories": ["DE"], "excluded_territories": []}], [{**DEAL, "excluded_territories": ["Worldwide"]}],
]  # fmt: skip
TABLES: list[Any] = [
    {}, {"mix": "1.wav"}, {"silence_s": 2.0}, {"silence_s": 0.0, "mix": "1.wav"}, {"mix": "1.wav", "of_mix_s": 1.0},
    {"silence_s": 0.0}, {"silence_s": "2"}, {"x": 1}, BAND,
]  # fmt: skip
VALUES = st.sampled_from([*WORDS, *NUMBERS, *OTHERS, *LISTS, *TABLES])
KEYS = sorted(
    {*(key for model in models_of(Album).values() for key in model.model_fields), "album", "titel"}
    - {"folder", "release"}
)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["", "album", "intent", "sheets", "ddex", "layout", 0, 1]), st.sampled_from(KEYS), VALUES
    ),
    min_size=1,
    max_size=3,
)


def changed(changes: list[tuple[Any, str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(BASE, default=str))
    document["album"]["release_date"] = BASE["album"]["release_date"]
    for place, key, value in changes:
        tracks = document["tracks"]
        if isinstance(place, int) and not (isinstance(tracks, list) and len(tracks) == 2):
            continue
        ddex = document["ddex"] if isinstance(document["ddex"], dict) else {}
        table = tracks[place] if isinstance(place, int) else ddex.get(place) or document.get(place, document)
        if isinstance(table, dict):
            table[key] = value
    return document


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemas")
    for name in FOLDER_FILES:
        (folder / name).write_bytes(b"")
    return folder


@settings(max_examples=400)
@given(CHANGES)
def test_what_the_schema_accepts_the_program_loads_and_what_it_refuses_no_album_needs(folder, changes):
    document = changed(changes)
    (folder / MANIFEST).write_text(tomlkit.dumps(document), "utf-8")
    try:
        albums.load(folder)
    except Refusal as refusal:
        told = [str(fault) for fault in refusal.faults if not BEYOND.search(str(fault))]
        assert bool(told) <= bool(wrong("manifest", document)), told
    else:
        assert wrong("manifest", document) == []


BLANKS_OF_LATER_UNICODE = set(range(0x13439, 0x13440))  # format characters since Unicode 15, and no characters before


def test_a_text_is_one_by_the_pattern_just_where_it_is_one_by_the_check():
    pattern = re.compile(shown.ONE_LINE.replace("$", r"\Z"))
    for code in [*range(0xD800), *range(0xE000, 0x110000)]:
        letter = chr(code)
        category = unicodedata.category(letter)
        assert (pattern.search(letter) is None) == (
            category in ("Cc", "Zl", "Zp", "Cf", "Zs") or code in BLANKS_OF_LATER_UNICODE
        ), f"U+{code:04X}"


def fault(check: Any, text: str) -> str:
    """What a check says against a text; "" where it takes it."""
    try:
        check(text)
    except ValueError as error:
        return str(error)
    return ""


@given(st.text(st.sampled_from("ab \t\n\u200b\u00a0\u2028\x85夜🎹"), max_size=6))
def test_a_line_is_one_by_the_pattern_just_where_it_is_one_by_the_check(text):
    assert bool(re.search(shown.ONE_LINE.replace("$", r"\Z"), text)) == (not fault(one_line, text))


@given(st.from_regex(shown.ISRC.replace("$", r"\Z")))
def test_every_isrc_of_the_pattern_is_one(text):
    assert len(checked_isrc(text)) == 12


@given(st.from_regex(shown.UPC.replace("$", r"\Z")) | st.from_regex(shown.ISWC.replace("$", r"\Z")))
def test_of_every_upc_and_iswc_of_the_pattern_the_check_digit_alone_may_be_wrong(text):
    why = fault(checked_iswc if text[0] in "Tt" else checked_upc, text)
    assert why == "" or "ends in check digit" in why or "is all zeros" in why


def test_the_pattern_takes_just_the_codecs_that_there_are():
    kinds = ("aac-{}", "opus-{}", "mp3-{}", "mp3-v{}", "vorbis-q{}", "flac-{}")
    names = [kind.format(number) for kind in kinds for number in ["", "00", "064", *range(400)]]
    assert [name for name in names if bool(re.search(PATTERN, name)) == bool(fault(codec_named, name))] == []
