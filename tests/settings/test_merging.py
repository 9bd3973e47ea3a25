"""What holds of an album: its manifest, then the config, then the program; key by key, and never otherwise."""

import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from albums import Album, Intent, SheetTexts, load
from albums.documents import as_tuples
from pipeline.settings.merging import held, with_defaults
from pipeline.settings.schema import NO_SETTINGS, Settings, settings_in
from tests.settings.test_schema import TABLES
from tests.support.music import AlbumFolder, music

ONE = {"album": {"title": "T", "artist": "A"}, "tracks": ({"mix": "1.wav", "title": "One"},)}
PROGRAM = {"deliverables": (), "intent": Intent(), "sheets": SheetTexts()}


def album(document) -> Album:
    return Album.model_validate(as_tuples({**ONE, **document}))


def expected(manifest, config, table, key):
    """Whose word holds, and the value, by the rule itself."""
    for origin, said, schema in (("album", manifest, album), ("config", config, lambda found: settings_in(found, "c"))):
        if key in said.get(table, {}):
            return origin, getattr(getattr(schema(said), table), key)
    return "default", getattr(PROGRAM[table], key)


@settings(max_examples=150)
@given(TABLES, TABLES)
def test_the_manifest_holds_then_the_config_then_the_program_for_each_key(manifest, config):
    opened, own = album(manifest), settings_in(config, "c")
    merged = with_defaults(opened, own)
    found = {each.key: each for each in held(own, opened)}
    for table in ("intent", "sheets"):
        for key in type(getattr(merged, table)).model_fields:
            origin, value = expected(manifest, config, table, key)
            assert getattr(getattr(merged, table), key) == value
            assert found[f"{table}.{key}"].origin == origin
    names: list[str] = next((each["deliverables"] for each in (manifest, config) if "deliverables" in each), [])
    assert merged.deliverables == tuple(names)
    assert found["deliverables"].value == list(names)
    assert with_defaults(merged, own) == merged


@given(TABLES)
def test_nothing_else_of_an_album_is_touched(config):
    opened = album({"priority": 3, "approval": "required"})
    merged = with_defaults(opened, settings_in(config, "c"))
    same = {"deliverables": (), "intent": Intent(), "sheets": SheetTexts()}
    assert merged.model_copy(update=same) == opened
    assert with_defaults(opened, NO_SETTINGS) == opened


@given(TABLES, st.randoms(use_true_random=False))
def test_the_same_album_and_config_are_the_same_text_in_whatever_order_they_were_written(config, random):
    def shuffled(found):
        if not isinstance(found, dict):
            return found
        keys = list(found)
        random.shuffle(keys)
        return {key: shuffled(found[key]) for key in keys}

    one, other = (with_defaults(album({}), settings_in(each, "c")) for each in (config, shuffled(config)))
    assert one.model_dump_json() == other.model_dump_json()


@given(TABLES)
def test_for_no_album_the_config_is_shown_beside_the_defaults(config):
    found = {each.key: each for each in held(settings_in(config, "c"))}
    assert {each.origin for each in found.values()} <= {"config", "default"}
    said = {"deliverables"} & config.keys()
    said |= {f"{table}.{key}" for table in ("intent", "sheets") for key in config.get(table, {})}
    assert {key for key, each in found.items() if each.origin == "config"} == said


def test_an_album_can_say_no_to_what_a_config_would_do():
    own = settings_in(
        {
            "deliverables": ["cd-ddp"],
            "intent": {"mono_below_hz": 120.0, "high_pass_hz": 25.0},
            "sheets": {"client": "x"},
        },
        "c",
    )
    said = {"deliverables": [], "intent": {"mono_below_hz": "off", "high_pass_hz": "off"}, "sheets": {"client": []}}
    merged = with_defaults(album(said), own)
    assert (merged.intent.mono_below_hz, merged.intent.high_pass_hz) == (None, None)
    assert merged.sheets.client == merged.deliverables == ()


def test_a_manifest_on_disk_says_what_it_leaves_out(tmp_path):
    songs = AlbumFolder(tmp_path / "album").add(music(1.0))
    own = Settings(deliverables=("cd-wav",), intent=Intent(gap_s=1.0, head_s=2.0), sheets=SheetTexts(studio=("S",)))
    merged = with_defaults(load(songs.folder), own)
    assert merged.deliverables == ("streaming",)
    assert (merged.intent.gap_s, merged.intent.head_s) == (1.0, 0.0)
    assert merged.sheets.studio == ("S",)
    assert tomlkit.loads((songs.folder / "album.toml").read_text())["intent"]["head_s"] == 0.0
