"""Profiles: every shipped number has a source, and a copy with another number is a profile."""

import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import profiles
from albums.faults import Refusal
from pipeline.rendering.drive_search import TOLERANCE_LU
from profiles import SHIPPED, load, load_all, names, text_of
from profiles.parts import FINEST_TOLERANCE_LU

FLAC = (SHIPPED / "streaming.toml").read_text("utf-8")
CUE = (SHIPPED / "cd-wav.toml").read_text("utf-8")
LATHE = (SHIPPED / "vinyl-12in-33.toml").read_text("utf-8")


def _tables(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [found, *(table for value in found.values() if isinstance(value, dict) for table in _tables(value))]


@pytest.fixture
def told(tmp_path: Path) -> Callable[[str], list[str]]:
    """The faults of a text as the profile `mine`, each as one line, the file's name taken off."""

    def of(text: str) -> list[str]:
        (tmp_path / "mine.toml").write_bytes(text.encode())
        with pytest.raises(Refusal) as refusal:
            load("mine", [tmp_path])
        lines = [str(fault) for fault in refusal.value.faults]
        assert all(line.startswith("mine.toml: ") for line in lines)
        return [line.removeprefix("mine.toml: ") for line in lines]

    return of


Told = Callable[[str], list[str]]


def changed(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) >= 1
        text = text.replace(old, new, 1)
    return text


def test_the_shipped_profiles() -> None:
    assert {"cd-wav", "streaming", "vinyl-12in-33"} <= set(names())
    assert [profile.name for profile in load_all(names())] == list(names())


@pytest.mark.parametrize("name", names())
def test_every_part_of_a_shipped_profile_has_a_source(name: str) -> None:
    document = tomllib.loads((SHIPPED / f"{name}.toml").read_text("utf-8"))
    assert all(table["source"].strip() for table in _tables(document))


def test_what_the_first_three_promise() -> None:
    disc, stream, side = load_all(["cd-wav", "streaming", "vinyl-12in-33"])
    assert (disc.format, disc.pcm.rate_hz, disc.pcm.bits) == ("cue", 44100, 16)
    assert (disc.level.anchor, disc.level.target_lufs, disc.level.ceiling_dbtp) == ("loudest-track", -11.0, -0.5)
    assert (stream.format, stream.pcm.rate_hz, stream.pcm.bits) == ("flac", "native", 24)
    assert (stream.level.anchor, stream.level.target_lufs, stream.level.ceiling_dbtp) == ("loudest-track", -14.0, -1.0)
    assert (side.format, side.pcm.rate_hz, side.pcm.bits, side.layout.sides) == ("lathe", "native", 24, True)
    assert (side.level.anchor, side.level.target_lufs, side.level.ceiling_dbtp) == ("peak", None, -3.0)
    assert (disc.level.limiter, stream.level.limiter, side.level.limiter) == (True, True, False)


def test_what_the_profiles_of_services_promise() -> None:
    plain, loud, apple, high, shop = load_all(
        ["streaming-wav", "streaming-loud", "apple-digital-masters", "hi-res", "bandcamp"]
    )
    stream = load("streaming")
    assert (plain.format, plain.level, plain.cover) == ("wav", stream.level, stream.cover)
    assert {each.format for each in (loud, apple, high, shop)} == {"flac"}
    assert (loud.level.anchor, loud.level.target_lufs, loud.level.ceiling_dbtp) == ("loudest-track", -9.0, -2.0)
    assert {each.pcm.bits for each in (plain, loud, apple, high, shop)} == {24}
    assert [each.pcm.upsampling for each in (stream, plain, loud, apple, high, shop)] == [True] * 3 + [False] * 2 + [
        True
    ]
    assert (apple.pcm.rate_hz, min(apple.pcm.rates_hz), max(apple.pcm.rates_hz)) == ("native", 44100, 192000)
    assert (high.pcm.rate_hz, min(high.pcm.rates_hz)) == ("native", 88200)
    assert shop.cover
    assert (shop.cover.smallest_px, shop.cover.largest_bytes, shop.cover.square) == (1400, 10_000_000, True)


def test_what_services_make_of_their_files_is_checked() -> None:
    checked = {profile.name: profile.codec_check for profile in load_all(names()) if profile.codec_check}
    assert {"streaming", "streaming-wav", "streaming-loud", "apple-digital-masters", "bandcamp"} <= set(checked)
    assert {check.ceiling_dbtp for check in checked.values()} == {-1.0}
    for name in ("streaming", "streaming-wav", "streaming-loud"):
        assert checked[name].codecs == ("aac-256", "mp3-320", "vorbis-q5", "opus-128")
    assert checked["apple-digital-masters"].codecs == ("aac-256",)
    assert {"mp3-v0", "mp3-128"} <= set(checked["bandcamp"].codecs)


def test_what_is_not_said_of_rates_and_covers_forbids_nothing(tmp_path: Path) -> None:
    table = FLAC[FLAC.index("[cover]") : FLAC.index("[codec_check]")]
    (tmp_path / "mine.toml").write_text(changed(FLAC, (table, "")))
    assert load("mine", [tmp_path]).cover is None
    assert load("mine", [tmp_path]).pcm.upsampling
    (tmp_path / "mine.toml").write_text(changed(FLAC, (table, '[cover]\nsource = "none"\n')))
    rules = load("mine", [tmp_path]).cover
    assert rules
    assert (rules.kinds, rules.square, rules.smallest_px, rules.largest_px) == (("jpeg", "png"), False, 1, 8000)
    assert (rules.advised_px, rules.largest_bytes) == (None, None)


def test_a_copy_with_another_name_and_number_is_a_profile(tmp_path: Path) -> None:
    (tmp_path / "loud-cd.toml").write_text(changed(CUE, ("-11.0", "-9.0")), "utf-8")
    mine = load("loud-cd", [tmp_path])
    assert (mine.name, mine.level.target_lufs) == ("loud-cd", -9.0)
    assert mine.model_copy(update={"name": "cd-wav", "level": load("cd-wav").level}) == load("cd-wav")
    assert names([tmp_path]) == tuple(sorted([*names(), "loud-cd"]))


def test_the_first_folder_that_has_it_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, target in ((first, "-16.0"), (second, "-18.0")):
        folder.mkdir()
        (folder / "streaming.toml").write_text(changed(FLAC, ("target_lufs = -14.0", f"target_lufs = {target}")))
    assert load("streaming", [first, second]).level.target_lufs == -16.0
    assert load("streaming", [tmp_path, second, first]).level.target_lufs == -18.0
    assert load("streaming", [tmp_path / "nowhere"]).level.target_lufs == -14.0
    assert load("cd-wav", [first]) == load("cd-wav")
    assert names([first, second, tmp_path / "nowhere"]) == names()


@pytest.mark.parametrize(
    "name", ["none", "", ".", "..", "../x", "a/b", "/etc/passwd", "a\0", "a\n", "é", "x" * 65, "-a"]
)
def test_a_name_that_is_no_profile(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.toml").write_text(FLAC)
    (tmp_path / "folder").mkdir()
    with pytest.raises(Refusal) as refusal:
        load(name, [tmp_path / "folder"])
    assert str(refusal.value).startswith(f"there is no profile {name!r}; known: {', '.join(names())}")


def test_only_what_can_be_loaded_is_named(tmp_path: Path) -> None:
    (tmp_path / "two words.toml").write_text(FLAC)
    (tmp_path / "folder.toml").mkdir()
    assert names([tmp_path]) == names()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (changed(FLAC, ('anchor = "loudest-track"', 'anchor = "peak"')), "level: target_lufs goes with anchor"),
        (changed(FLAC, ("target_lufs = -14.0", "")), "level: target_lufs goes with anchor"),
        (changed(FLAC, ("limiter = true", "limiter = false")), "level: a loudness target needs limiter = true"),
        (changed(FLAC, ("limiter = true", "")), "level.limiter: is missing; it is required"),
        (changed(FLAC, ("-14.0", '"loud"')), "level.target_lufs: found 'loud': should be a valid number"),
        (changed(FLAC, ("-14.0", "-2.0")), "level.target_lufs: found -2.0: should be less than or equal to -5"),
        (changed(FLAC, ("-14.0", "nan")), "level.target_lufs: found nan: should be"),
        (changed(FLAC, ("dbtp = -1.0", "dbtp = 1.0")), "level.ceiling_dbtp: found 1.0: should be less than"),
        (
            changed(FLAC, ("dbtp = -1.0", "dbfs = -1.0")),
            "level.ceiling_dbfs: unknown key; did you mean 'ceiling_dbtp'?",
        ),
        (
            changed(FLAC, ('format = "flac"', 'format = "tape"')),
            "format: found 'tape': should be 'aac', 'broadcast-wav', 'cue',",
        ),
        (changed(FLAC, ('format = "flac"', 'format = "cue"')), "a CD is 44100 Hz and 16 bit"),
        (changed(FLAC, ('format = "flac"', 'format = "lathe"')), 'sides = true goes with format = "lathe"'),
        (changed(LATHE, ("sides = true", "")), 'sides = true goes with format = "lathe"'),
        (changed(CUE, ("bits = 16", "bits = 24")), "a CD is 44100 Hz and 16 bit"),
        (changed(CUE, ("rate_hz = 44100", "rate_hz = 48000")), "a CD is 44100 Hz and 16 bit"),
        (changed(FLAC, ("bits = 24", "bits = 20")), "pcm.bits: found 20: should be 16 or 24"),
        (changed(FLAC, ('"tpdf"', '"rpdf"')), "pcm.dither: found 'rpdf': should be 'none', 'tpdf'"),
        (changed(FLAC, ("48000,", "48010,")), "pcm: rates must be whole multiples of 75 Hz"),
        (changed(FLAC, ("48000,", "75,")), "pcm.rates_hz[2]: found 75: should be greater than or equal to 44100"),
        (changed(FLAC, ("44100, 48000, 88200, 96000, 176400, 192000", "")), "pcm.rates_hz: found (): tuple should"),
        (changed(FLAC, ('rate_hz = "native"', "rate_hz = 0")), "pcm.rate_hz"),
        (changed(FLAC, ("bits = 24", 'bits = 24\nupsampling = "no"')), "pcm.upsampling: found 'no': should be"),
        (changed(FLAC, ('"jpeg", ', '"gif", ')), "cover.kinds[1]: found 'gif': should be 'jpeg' or 'png'"),
        (changed(FLAC, ('"jpeg", "png"', "")), "cover.kinds: found (): tuple should"),
        (changed(FLAC, ("smallest_px = 640", "smallest_px = 0")), "cover.smallest_px: found 0: should be greater"),
        (
            changed(FLAC, ("smallest_px = 640", "smallest_px = 3001")),
            "cover: smallest_px, advised_px and largest_px",
        ),
        (
            changed(FLAC, ("square = true", "largest_px = 2999")),
            "cover: smallest_px, advised_px and largest_px",
        ),
        (
            changed(FLAC, ("advised_px = 3000", "largest_px = 600")),
            "cover: smallest_px, advised_px and largest_px are 640, 640 and 600; wanted",
        ),
        (changed(FLAC, ("square = true", "largest_mb = 10")), "cover.largest_mb: unknown key"),
        (f'{CUE}\n[cover]\nsource = "x"\n', "[cover] goes with tracks that a cover lies beside: no disc"),
        (f'{LATHE}\n[cover]\nsource = "x"\n', "[cover] goes with tracks that a cover lies beside: no disc"),
        (changed(FLAC, ("maximum_tracks = 999", "maximum_tracks = 0")), "layout.maximum_tracks: found 0: should be"),
        (changed(FLAC, ("[layout]", "[lay_out]")), "layout: is missing; it is required"),
        (changed(FLAC, ("[layout]", "[lay_out]")), "lay_out: unknown key; did you mean 'layout'?"),
        (changed(FLAC, ("source", "sauce")), "source: is missing; it is required"),
        (changed(LATHE, ("corner_hz = 150.0", "corner_hz = -1.0")), "groove.elliptic_corner_hz: found -1.0: should be"),
        ('name = "mine"\n' + FLAC, "name: unknown key; a profile's name is its file's"),
        ("", "title: is missing; it is required"),
        ("a = ", "line 1, column 5: is not valid TOML: 'a =': a has no value"),
        ("a = " + "1" * 5000, "is not valid TOML: "),
        ("a = " + "[" * 5000, "line 1: lies within more than 16 brackets"),
        ("a." * 40_000 + "a = 1", "line 1: holds a key of more than 4 parts"),
        ("#" * 2**21, "takes 2097152 bytes; at most 1048576 are taken"),
        (changed(LATHE, ("limiter = false", "limiter = true")), 'level: anchor "peak" brings the highest peak to the'),
        (
            changed(FLAC, ("tolerance_lu = 0.05", "tolerance_lu = 0.02")),
            "level: tolerance_lu = 0.02 is finer than the level is set; wanted 0.03 or more",
        ),
        (
            changed(CUE, ("warning_programme_s = 4440.0", "warning_programme_s = 4800.5")),
            "layout: warning_programme_s = 4800.5 lies above maximum_programme_s = 4",
        ),
        (
            changed(CUE, ("minimum_track_s = 4.0", "minimum_track_s = 4800.5")),
            "layout: minimum_track_s = 4800.5 lies above maximum_programme_s = 4",
        ),
        (changed(FLAC, ("title = ", 'title = "\\u001b[2J"\n#')), "title: holds control characters (U+001B, escape)"),
        (changed(FLAC, ("title = ", 'title = " "\n#')), "title: is empty; it is required"),
        (changed(FLAC, ("source = ", 'source = ""\n#')), "source: is empty; it is required"),
        (changed(FLAC, ("source = ", 'source = "a\\u0007"\n#')), "source: holds control characters (U+0007)"),
    ],
)
def test_a_fault_is_told_with_its_place(told: Told, text: str, fault: str) -> None:
    assert [line for line in told(text) if line.startswith(fault)], told(text)


@pytest.mark.parametrize(
    "name",
    [
        "superseded",
        "Superseded",
        "review",
        "approval.json",
        "certificate.json",
        "Report.html",
        "plan.json",
        "con",
        "a.",
    ],
)
def test_names_that_no_deliverable_s_folder_can_have(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.toml").write_text(FLAC)
    with pytest.raises(Refusal, match=rf"^{name}\.toml: no profile can be called '{name}': "):
        load(name, [tmp_path])


def test_the_finest_tolerance_is_what_the_search_for_the_drive_holds() -> None:
    assert FINEST_TOLERANCE_LU == TOLERANCE_LU


def test_what_bears_a_profile_s_name_and_is_no_file_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    told = {}
    os.mkfifo(tmp_path / "streaming.toml")
    (tmp_path / "cd-wav.toml").mkdir()
    (tmp_path / "cd-ddp.toml").symlink_to("nowhere")
    for name in ("streaming", "cd-wav", "cd-ddp"):
        with pytest.raises(Refusal) as refusal:
            load(name, [tmp_path])
        told[name] = str(refusal.value)
    assert told == {
        "streaming": "streaming.toml: is a named pipe, no file",
        "cd-wav": "cd-wav.toml: is a folder, no file",
        "cd-ddp": "cd-ddp.toml: cannot be read: No such file or directory",
    }


def test_a_profile_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xef\xbb\xbf" + FLAC.encode())
    assert text_of("mine", [tmp_path]) == FLAC
    assert text_of("cd-wav", [tmp_path]) == CUE


def test_all_faults_at_once(told: Told) -> None:
    text = changed(FLAC, ("-14.0", "0.0"), ("bits = 24", "bits = 8"), ("maximum_tracks", "most_tracks"))
    assert [line.split(": ")[0] for line in told(text)] == ["pcm.bits", "level.target_lufs", "layout.most_tracks"]


def test_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Refusal, match=r"^mine\.toml: is UTF-16; save it as UTF-8"):
        load("mine", [tmp_path])


def test_the_faults_of_all_profiles_at_once(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(changed(FLAC, ("bits = 24", "bits = 8")))
    with pytest.raises(Refusal) as refusal:
        load_all(["mine", "streaming", "none"], [tmp_path])
    assert [str(fault).split(";")[0] for fault in refusal.value.faults] == [
        "mine.toml: pcm.bits: found 8: should be 16 or 24",
        "there is no profile 'none'",
    ]


def test_a_profile_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load("cd-wav").level.target_lufs = -5.0  # type: ignore[misc]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([CUE, FLAC, LATHE]), st.integers(0, 700), st.sampled_from('\0\n "=[]{}.,#1e-é\\'))
def test_any_character_may_be_wrong(
    tmp_path_factory: pytest.TempPathFactory, text: str, index: int, wrong: str
) -> None:
    folder = tmp_path_factory.mktemp("profiles")
    (folder / "mine.toml").write_bytes((text[:index] + wrong + text[index + 1 :]).encode())
    try:
        mine = load("mine", [folder])
    except Refusal as refusal:
        told = [fault.where for fault in refusal.faults]
        assert all(where.startswith("mine.toml") for where in told)
    else:
        assert isinstance(mine, profiles.Profile)
