"""The manifest: what loads, what is inherited, and every fault told with its place, all at once."""

import pickle
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import tomlkit
from hypothesis import example, given, settings
from hypothesis import strategies as st

import albums
from albums import Album, EqBand, load
from albums.faults import MOST_TOLD, Fault, Refusal, place, refuse

ALBUM = '[album]\ntitle = "Quiet Rooms"\nartist = "The Band"\n'
TRACK = '[[tracks]]\nmix = "1.wav"\ntitle = "One"\n'
SECOND = '[[tracks]]\nmix = "2.wav"\ntitle = "Two"\n'
FULL = """
deliverables = ["cd-wav", "streaming"]
approval = "required"
priority = -50
[album]
title = "Quiet Rooms"
artist = "The Band"
songwriter = "A. Writer"
composer = "A. Composer"
arranger = "An Arranger"
upc = "036000291452"
catalogue_number = "GM-001"
label = "Glass"
release_date = 2026-11-27
genre = "Jazz"
language = "en-GB"
copyright = "2026 Glass"
phonogram = "2026 Glass"
cover = "cover.png"
[intent]
tone_match = 1
level_match = 0.0
eq_limit_db = 2.5
reduction_limit_db = 3.0
compression = "off"
mono_below_hz = 120
high_pass_hz = 25
width_db = -1.5
reference = ["2.wav", "mixes/3.wav"]
gap_s = 1.5
[[tracks]]
mix = "1.wav"
title = "One"
isrc = "gb-xxx-26-00001"
fade_in_s = 0.5
trim_start_s = 0.25
side = "A"
[[tracks]]
mix = "2.wav"
title = "Two"
artist = "The Guest"
songwriter = "Another Writer"
crossfade_s = 4.0
crossfade_shape = "equal-gain"
fade_out_s = 1.0
trim_end_s = 0.5
level_wish_lu = -2.0
side = "B"
explicit = true
[[tracks]]
mix = "mixes/3.wav"
title = "Three"
gap_s = 3
gain_db = -1
tone_exempt = true
eq = [
    {kind = "bell", frequency_hz = 250, gain_db = -1.5, q = 1},
    {kind = "high-shelf", frequency_hz = 8000, gain_db = 1},
]
"""

Loaded = Callable[[str | bytes], Album]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An album's folder with three mixes, a cover, and a file beside it that is none of its own."""
    folder = tmp_path / "album"
    (folder / "mixes").mkdir(parents=True)
    for name in ("1.wav", "2.wav", "mixes/3.wav", "cover.png", "../outside.wav"):
        (folder / name).write_bytes(b"")
    return folder


@pytest.fixture
def loaded(folder: Path) -> Loaded:
    """The album that a text is the manifest of."""

    def of(text: str | bytes) -> Album:
        (folder / "album.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(folder)

    return of


@pytest.fixture
def told(loaded: Loaded) -> Callable[[str | bytes], list[str]]:
    """The faults of a text as a manifest, each as one line, the file's name taken off."""

    def of(text: str | bytes) -> list[str]:
        with pytest.raises(Refusal) as refusal:
            loaded(text)
        lines = [str(fault) for fault in refusal.value.faults if not fault.untold]
        assert lines
        assert all(line.startswith("album.toml: ") for line in lines)
        return [line.removeprefix("album.toml: ") for line in lines]

    return of


Told = Callable[[str | bytes], list[str]]


def test_the_least_manifest(loaded: Loaded, folder: Path) -> None:
    album = loaded(ALBUM + TRACK)
    assert (album.release.title, album.release.artist, album.release.upc) == ("Quiet Rooms", "The Band", "")
    assert (album.deliverables, album.approval, album.priority) == ((), None, 0)
    assert album.intent == albums.Intent(
        tone_match=0.5, level_match=0.7, eq_limit_db=3.0, reduction_limit_db=6.0, gap_s=2.0
    )
    (track,) = album.tracks
    assert (track.title, track.artist, track.isrc, track.explicit) == ("One", "The Band", "", False)
    assert album.folder == folder


def test_every_key_of_the_schema(loaded: Loaded) -> None:
    album = loaded(FULL)
    assert album.deliverables == ("cd-wav", "streaming")
    assert (album.approval, album.priority) == ("required", -50)
    assert album.release.release_date == date(2026, 11, 27)
    assert album.intent.tone_match == 1.0
    assert album.intent.reference == ("2.wav", "mixes/3.wav")
    one, two, three = album.tracks
    assert (one.isrc, one.side, one.fade_in_s, one.trim_start_s) == ("GBXXX2600001", "A", 0.5, 0.25)
    assert (two.crossfade_s, two.crossfade_shape, two.level_wish_lu, two.explicit) == (4.0, "equal-gain", -2.0, True)
    assert (three.gap_s, three.gain_db, three.tone_exempt) == (3.0, -1.0, True)
    assert three.eq == (
        EqBand(kind="bell", frequency_hz=250.0, gain_db=-1.5, q=1.0),
        EqBand(kind="high-shelf", frequency_hz=8000.0, gain_db=1.0, q=0.7),
    )
    assert [album.gap_before_s(number) for number in (1, 2, 3)] == [0.0, 1.5, 3.0]


def test_credits_left_out_are_the_albums(loaded: Loaded) -> None:
    one, two, three = loaded(FULL).tracks
    inherited = ("The Band", ("A. Writer",), ("A. Composer",), ("An Arranger",))
    assert (one.artist, one.songwriter, one.composer, one.arranger) == inherited
    assert (two.artist, two.songwriter, two.composer) == ("The Guest", ("Another Writer",), ("A. Composer",))
    assert three.artist == "The Band"


def test_credits_that_several_share(loaded: Loaded) -> None:
    release = (
        'artists = ["Ann", "Bea"]\nartist_sort = "A"\nproducer = ["P", "Q"]\ngenre = ["Jazz", "Folk"]\nmixer = "M"\n'
    )
    own = TRACK + 'artist = "Cid feat. Dot"\nfeatured_artists = "Dot"\nproducer = "R"\niswc = "T-034.524.680-1"\n'
    one, two = loaded(ALBUM + release + TRACK + own.replace("1.wav", "2.wav")).tracks
    assert (one.artist, one.artists, one.artist_sort) == ("The Band", ("Ann", "Bea"), "A")
    assert (one.producer, one.mixer, one.genre) == (("P", "Q"), ("M",), ("Jazz", "Folk"))
    assert (two.artist, two.artists, two.artist_sort) == ("Cid feat. Dot", (), "")  # these were of another artist
    assert (two.featured_artists, two.producer, two.mixer, two.iswc) == (("Dot",), ("R",), ("M",), "T0345246801")


def test_a_version_is_said_once(loaded: Loaded) -> None:
    one, two = loaded(
        ALBUM
        + TRACK
        + 'version = "Live"\n'
        + TRACK.replace("1.wav", "2.wav").replace('"One"', '"One (live)"')
        + 'version = "Live"\n'
    ).tracks
    assert (one.display_title, two.display_title) == ("One (Live)", "One (live)")


def test_what_is_written_back_loads_again(loaded: Loaded) -> None:
    first = loaded(FULL)
    again = loaded(
        tomlkit.dumps(first.model_dump(mode="python", by_alias=True, exclude_none=True, exclude_defaults=True))
    )
    assert again == first


def test_a_journey_as_json_changes_nothing(loaded: Loaded) -> None:
    album = loaded(FULL)
    again = Album.model_validate_json(album.model_dump_json(by_alias=True, exclude_defaults=True))
    assert again == album.model_copy(update={"folder": Path()})


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_files_as_editors_leave_them(loaded: Loaded, bom: str, ending: str) -> None:
    assert loaded(bom + (ALBUM + TRACK).replace("\n", ending)).tracks[0].title == "One"


def test_texts_are_composed_and_trimmed_but_file_names_are_as_on_disk(loaded: Loaded, folder: Path) -> None:
    decomposed = "Re\u0301veil.wav"
    for name in (decomposed, " 4.wav"):
        (folder / name).write_bytes(b"")
    first = f'[[tracks]]\nmix = "{decomposed}"\ntitle = "  Re\u0301veil "\n'
    album = loaded(ALBUM + first + SECOND.replace("2.wav", " 4.wav"))
    assert album.tracks[0].title == "Réveil"
    assert [(folder / track.mix).is_file() for track in album.tracks] == [True, True]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "album: is missing; it is required"),
        ("", "tracks: is missing; it is required"),
        (ALBUM + "tracks = []", "album.tracks: unknown key"),
        ("tracks = []\n" + ALBUM, "tracks: has 0 tracks; wanted 1 to 999"),
        (ALBUM + TRACK * 1000, "tracks: has 1000 tracks; wanted 1 to 999"),
        ('tracks = "all"\n' + ALBUM, "tracks: found 'all': should be an array"),
        ("tracks = [1]\n" + ALBUM, "tracks[1]: found 1: should be a table"),
        ("album = 1\n" + TRACK, "album: found 1: should be a table"),
        ('[album]\ntitle = "x"\n' + TRACK, "album.artist: is missing; it is required"),
        (ALBUM + '[[tracks]]\ntitle = "x"', "tracks[1].mix: is missing; it is required"),
        (ALBUM + '[[tracks]]\nmix = "1.wav"', "tracks[1].title: is missing; it is required"),
        ("intend = 1\n" + ALBUM + TRACK, "intend: unknown key; did you mean 'intent'?"),
        (ALBUM + 'titel = "x"\n' + TRACK, "album.titel: unknown key; did you mean 'title'?"),
        (ALBUM + TRACK + 'irsc = "x"', "tracks[1].irsc: unknown key; did you mean 'isrc'?"),
        (ALBUM + TRACK + "zzz = 1", "tracks[1].zzz: unknown key; known here: arranger, artist, artist_sort, artists"),
        (ALBUM + "[intent]\ngap = 1\n" + TRACK, "intent.gap: unknown key; did you mean 'gap_s'?"),
        ('folder = "/etc"\n' + ALBUM + TRACK, "folder: unknown key"),
        (ALBUM.replace("album", "release") + TRACK, "release: unknown key"),
        (ALBUM + "[release]\n" + TRACK, "release: unknown key"),
        (ALBUM + TRACK + '"\\u001b[31m" = 1', "tracks[1].'\\x1b[31m': unknown key"),
        (ALBUM.replace("Quiet Rooms", "") + TRACK, "album.title: is empty; it is required"),
        (ALBUM.replace("Quiet Rooms", "a\\u0007b") + TRACK, "album.title: holds control characters (U+0007)"),
        (ALBUM.replace("Quiet Rooms", "a\\nb") + TRACK, "album.title: holds control characters (U+000A, a line break)"),
        (ALBUM.replace("Quiet Rooms", "x" * 501) + TRACK, "album.title: found 'xxx"),
        (ALBUM + 'genre = ""\n' + TRACK, "album.genre: is empty; leave the key out or write a text"),
        (ALBUM + 'language = "English"\n' + TRACK, "album.language: found 'English'; wanted a code as in"),
        (ALBUM + 'upc = "036000291453"\n' + TRACK, "album.upc: '036000291453' ends in check digit 3, expected 2"),
        (ALBUM + 'upc = "03600029145"\n' + TRACK, "album.upc: '03600029145' has 11 digits, expected 12 (UPC)"),
        (ALBUM + "upc = 36000291452\n" + TRACK, "album.upc: 36000291452 is a number; a code is"),
        (ALBUM + "release_date = 2026-11-27T10:00:00\n" + TRACK, "album.release_date: 2026-11-27T10:00:00 has a time"),
        (ALBUM + 'release_date = "2026-11-27"\n' + TRACK, "album.release_date: found '2026-11-27': should be a"),
        (ALBUM + "[intent]\ntone_match = 1.5\n" + TRACK, "intent.tone_match: found 1.5: should be less than or equal"),
        (ALBUM + "[intent]\ngap_s = nan\n" + TRACK, "intent.gap_s: found nan: should be"),
        (ALBUM + "[intent]\ngap_s = inf\n" + TRACK, "intent.gap_s: found inf: should be"),
        (ALBUM + TRACK + "gap_s = nan", "tracks[1].gap_s: found nan: should be"),
        (ALBUM + TRACK + "gap_s = -1.0", "tracks[1].gap_s: found -1.0: should be greater than or equal to 0"),
        (ALBUM + TRACK + 'gap_s = "3"', "tracks[1].gap_s: found '3': should be a valid number"),
        (ALBUM + TRACK + "gap_s = true", "tracks[1].gap_s: found True: should be a valid number"),
        (ALBUM + TRACK + "gap_s = 0x" + "f" * 5000, "tracks[1].gap_s: found a number of thousands of digits: should"),
        (ALBUM + TRACK + "level_wish_lu = -inf", "tracks[1].level_wish_lu: found -inf: should be"),
        (ALBUM + TRACK + "explicit = 1.0", "tracks[1].explicit: found 1.0: should be a valid boolean"),
        (ALBUM + TRACK + "explicit = 1", "tracks[1].explicit: found 1: should be a valid boolean"),
        (ALBUM + TRACK + 'side = "a"', "tracks[1].side: found 'a'; wanted one capital letter"),
        (ALBUM + TRACK + 'isrc = "GBAYE68000"', "tracks[1].isrc: 'GBAYE68000' has 10 characters, expected 12"),
        (ALBUM + TRACK + 'isrc = "GBAYE680000X"', "tracks[1].isrc: 'GBAYE680000X' has 'X' at place 12, expected"),
        (ALBUM + SECOND + TRACK + "crossfade_s = 0.0", "tracks[2].crossfade_s: found 0.0: should be greater than 0"),
        (ALBUM + SECOND + TRACK + "crossfade_s = 61.0", "tracks[2].crossfade_s: found 61.0: should be less than"),
        ('deliverables = "cd-wav"\n' + ALBUM + TRACK, "deliverables: found 'cd-wav': should be an array"),
        ('deliverables = ["../x"]\n' + ALBUM + TRACK, "deliverables[1]: found '../x'; wanted a profile's name"),
        ('deliverables = ["a", "a"]\n' + ALBUM + TRACK, "deliverables: 'a' stands there 2 times; once is enough"),
        ('approval = "yes"\n' + ALBUM + TRACK, "approval: found 'yes': should be 'required' or 'none'"),
        ("approval = true\n" + ALBUM + TRACK, "approval: found True: should be 'required' or 'none'"),
        ("priority = 51\n" + ALBUM + TRACK, "priority: found 51: should be less than or equal to 50"),
        ("priority = 1.0\n" + ALBUM + TRACK, "priority: found 1.0: should be a valid integer"),
        (ALBUM + TRACK + "crossfade_s = 1.0", "tracks[1].crossfade_s: the first track has no track before it"),
        (ALBUM + TRACK + SECOND + "crossfade_s = 1.0\ngap_s = 1.0", "tracks[2]: has both gap_s and crossfade_s"),
        (ALBUM + TRACK + SECOND + 'crossfade_shape = "auto"', "tracks[2].crossfade_shape: stands without crossfade_s"),
        (
            ALBUM + TRACK + SECOND + 'crossfade_s = 1.0\ncrossfade_shape = "round"',
            "tracks[2].crossfade_shape: found 'round': should be 'equal-power', 'equal-gain' or 'auto'",
        ),
        (ALBUM + TRACK + 'side = "B"\n' + SECOND + 'side = "A"', "tracks[2].side: 'A' comes after side 'B'"),
        (ALBUM + TRACK + TRACK, "tracks[2].mix: '1.wav' is also tracks[1].mix; each is once"),
        (ALBUM + TRACK + TRACK.replace("1.wav", "mixes/../1.wav"), "tracks[2].mix: 'mixes/../1.wav' is also tracks[1]"),
        (
            ALBUM + TRACK + 'isrc = "GBXXX2600001"\n' + SECOND + 'isrc = "gb-xxx-26-00001"',
            "tracks[2].isrc: 'gb-xxx-26-00001' is also tracks[1].isrc; each is once",
        ),
        (ALBUM + TRACK.replace("1.wav", "9.wav"), "tracks[1].mix: '9.wav' does not exist in "),
        (ALBUM + TRACK.replace("1.wav", "mixes"), "tracks[1].mix: 'mixes' is not a file"),
        (ALBUM + TRACK.replace("1.wav", "../outside.wav"), "tracks[1].mix: '../outside.wav' lies outside the album's"),
        (ALBUM + TRACK.replace("1.wav", "/etc/passwd"), "tracks[1].mix: '/etc/passwd' lies outside the album's folder"),
        (ALBUM + TRACK.replace("1.wav", "l" * 400), "tracks[1].mix: '" + "l" * 400 + "' cannot be looked up: File"),
        (ALBUM + TRACK.replace("1.wav", "l" * 5000), "tracks[1].mix: found 'lll"),
        (ALBUM + TRACK.replace("1.wav", "1.wav\\u0000"), "tracks[1].mix: holds control characters (U+0000, NUL)"),
        (ALBUM + 'cover = "../outside.wav"\n' + TRACK, "album.cover: '../outside.wav' lies outside the album's folder"),
        (ALBUM + 'cover = "none.png"\n' + TRACK, "album.cover: 'none.png' does not exist in "),
        (ALBUM + '[intent]\nreference = ["../outside.wav"]\n' + TRACK, "intent.reference[1]: '../outside.wav' lies"),
        (ALBUM + '[intent]\nreference = ["1.wav", "9.flac"]\n' + TRACK, "intent.reference[2]: '9.flac' does not exist"),
        (ALBUM + '[intent]\nreference = "1.wav"\n' + TRACK, "intent.reference: found '1.wav': should be an array"),
        (ALBUM + '[intent]\ntarget_curve = "none.txt"\n' + TRACK, "intent.target_curve: 'none.txt' does not exist"),
        (
            ALBUM + '[intent]\nreference = ["2.wav"]\ntarget_curve = "2.wav"\n' + TRACK,
            "intent: has both reference and target_curve; an album has one target",
        ),
        (ALBUM + '[intent]\ncompression = "some"\n' + TRACK, "intent.compression: found 'some': should be 'off'"),
        (ALBUM + "[intent]\nmono_below_hz = 5\n" + TRACK, "intent.mono_below_hz: found 5: should be greater than or"),
        (ALBUM + TRACK + "gain_db = 1.0\nlevel_wish_lu = 1.0", "tracks[1]: has both gain_db and level_wish_lu"),
        (ALBUM + TRACK + "eq = []\ntone_exempt = false", "tracks[1]: has both eq and tone_exempt = false"),
        (
            ALBUM + TRACK + 'eq = [{kind = "bell", frequency_hz = 5, gain_db = 1}]',
            "tracks[1].eq[1].frequency_hz: found 5: should be greater than or equal to 10",
        ),
        (
            ALBUM + TRACK + 'eq = [{kind = "notch", frequency_hz = 50, gain_db = 1}]',
            "tracks[1].eq[1].kind: found 'notch': should be 'bell', 'low-shelf' or 'high-shelf'",
        ),
        (
            ALBUM + TRACK + 'eq = [{kind = "bell", frequency = 50, gain_db = 1}]',
            "tracks[1].eq[1].frequency: unknown key; did you mean 'frequency_hz'?",
        ),
        (ALBUM + TRACK + 'gap_s = "later"', "tracks[1].gap_s: found 'later': should be a valid number, or 'auto'"),
        (ALBUM + "[intent]\nhead_s = 11\n" + TRACK, "intent.head_s: found 11: should be less than or equal to 10"),
        (ALBUM + TRACK + 'pregap = "2.wav"', "tracks[1].pregap: found '2.wav': should be a table"),
        (ALBUM + TRACK + "pregap = {}", "tracks[1].pregap: wanted just one of mix, silence_s and of_mix_s"),
        (ALBUM + TRACK + 'pregap = {mix = "2.wav", silence_s = 1}', "tracks[1].pregap: wanted just one of mix,"),
        (ALBUM + TRACK + 'pregap = {mix = "../outside.wav"}', "tracks[1].pregap.mix: '../outside.wav' lies outside"),
        (ALBUM + TRACK + 'pregap = {mix = "9.wav"}', "tracks[1].pregap.mix: '9.wav' does not exist in "),
        (
            ALBUM + TRACK + SECOND + "crossfade_s = 1.0\npregap = {silence_s = 1}",
            "tracks[2]: has both pregap and crossfade_s; music that overlaps has no pause",
        ),
        (ALBUM + TRACK + "indexes_s = [20.0, 10.0]", "tracks[1].indexes_s: found [20.0, 10.0]; wanted seconds"),
        (ALBUM + TRACK + "indexes_s = [nan]", "tracks[1].indexes_s[1]: found nan: should be a finite number"),
        (ALBUM + TRACK + "disc = 0", "tracks[1].disc: found 0: should be greater than or equal to 1"),
        (ALBUM + TRACK + "disc = 2\n" + SECOND + "disc = 1", "tracks[2].disc: 1 comes after disc 2"),
        (ALBUM + TRACK + SECOND + "disc = 3", "tracks[2].disc: 3 comes after disc 1; discs are numbered"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(told: Told, text: str, fault: str) -> None:
    assert [line for line in told(text) if line.startswith(fault)], told(text)


@pytest.mark.parametrize(
    "text",
    [
        ALBUM + TRACK + 'irsc = "x"',
        ALBUM + TRACK + 'isrc = "x"',
        ALBUM + TRACK + 'side = "a"\n' + SECOND + 'side = "B"',
        ALBUM + '[[tracks]]\ntitle = "x"',
        "tracks = []\n" + ALBUM,
        'folder = "/etc"\n' + ALBUM + TRACK,
        'deliverables = ["a", "a"]\n' + ALBUM + TRACK,
        ALBUM + TRACK.replace("1.wav", "l" * 5000),
        ALBUM + TRACK.replace("1.wav", "../outside.wav"),
        ALBUM + TRACK + 'pregap = "2.wav"',
    ],
)
def test_one_mistake_is_one_fault(told: Told, text: str) -> None:
    assert len(told(text)) == 1


def test_all_faults_at_once_each_with_its_place(told: Told) -> None:
    text = f"""
    folder = "x"
    {ALBUM}
    upc = "036000291453"
    {TRACK}
    crossfade_s = 1.0
    {SECOND.replace("2.wav", "9.wav")}
    isrc = "GBAYE68000"
    {TRACK}
    gap_s = "3"
    """
    assert [line.split(": ")[0] for line in told(text)] == [
        "album.upc",
        "tracks[2].isrc",
        "tracks[3].gap_s",
        "folder",
        "tracks[1].crossfade_s",
        "tracks[2].mix",
        "tracks[3].mix",
    ]


def test_links_may_not_leave_the_folder(loaded: Loaded, told: Told, folder: Path) -> None:
    (folder / "in.wav").symlink_to("2.wav")
    (folder / "out.wav").symlink_to("../outside.wav")
    (folder / "out").symlink_to("..")
    (folder / "circle.wav").symlink_to("circle.wav")
    assert loaded(ALBUM + TRACK.replace("1.wav", "in.wav")).tracks[0].mix == "in.wav"
    assert "lies outside" in told(ALBUM + TRACK.replace("1.wav", "out.wav"))[0]
    assert "lies outside" in told(ALBUM + TRACK.replace("1.wav", "out/outside.wav"))[0]
    assert told(ALBUM + TRACK.replace("1.wav", "circle.wav"))[0].startswith("tracks[1].mix: 'circle.wav'")
    assert "is also tracks[1].mix" in told(ALBUM + SECOND + TRACK.replace("1.wav", "in.wav"))[0]


def test_an_album_in_a_linked_folder(loaded: Loaded, folder: Path, tmp_path: Path) -> None:
    loaded(ALBUM + TRACK)
    (tmp_path / "link").symlink_to(folder)
    assert load(tmp_path / "link").folder == tmp_path / "link"


def test_what_is_far_too_long(told: Told) -> None:
    assert told(ALBUM + TRACK + "#" * 5 * 2**20) == ["takes 5242969 bytes; at most 2097152 are taken"]


@pytest.mark.parametrize("path", ["nowhere", "1.wav", "x" * 5000])
def test_no_manifest(folder: Path, path: str) -> None:
    with pytest.raises(Refusal, match=r"album\.toml: "):
        load(folder / path)
    with pytest.raises(Refusal, match=r"is not there; `glassmaster new FOLDER` writes one"):
        load(folder)


def test_a_folder_called_album_toml(folder: Path) -> None:
    (folder / "album.toml").mkdir()
    with pytest.raises(Refusal, match=r"^album\.toml: is a folder, no file$"):
        load(folder)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.text(max_size=8)
    | st.sampled_from(["1.wav", "2.wav", "..", "A", "B", "GBXXX2600001", "036000291452", "auto"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


def _tables(model: type[albums.Frozen]) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(sorted(model.model_fields)) | st.text(max_size=3), VALUES, max_size=6)


DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "deliverables": VALUES,
        "approval": VALUES,
        "priority": VALUES,
        "delivery": VALUES | st.just("ddex"),
        "ddex": _tables(albums.Ddex) | VALUES,
        "folder": VALUES,
        "release": VALUES,
        "album": _tables(albums.Release) | VALUES,
        "intent": _tables(albums.Intent) | VALUES,
        "tracks": st.lists(_tables(albums.Track) | VALUES, max_size=3) | VALUES,
    },
)


def _loads_or_refuses(folder: Path, text: bytes) -> None:
    (folder / "album.toml").write_bytes(text)
    (folder / "1.wav").write_bytes(b"")
    (folder / "2.wav").write_bytes(b"")
    try:
        album = load(folder)
    except Refusal as refusal:
        told = [fault.where for fault in refusal.faults if not fault.untold]
        assert told
        assert all(where.startswith("album.toml") for where in told)
    else:
        assert all((folder / track.mix).is_file() for track in album.tracks)


def _without_none(found: object) -> object:
    if isinstance(found, dict):
        return {key: _without_none(value) for key, value in found.items() if value is not None}
    return [_without_none(value) for value in found if value is not None] if isinstance(found, list) else found


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS)
@example({"tracks": [dict.fromkeys(map(str, range(MOST_TOLD)), 1)]})
def test_any_document_loads_or_is_refused(tmp_path_factory: pytest.TempPathFactory, document: object) -> None:
    text = tomlkit.dumps(tomlkit.item(_without_none(document)))  # type: ignore[arg-type]
    _loads_or_refuses(tmp_path_factory.mktemp("album"), text.encode())


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(FULL) - 1), st.sampled_from(b'\0\x1b\n "=[]{}.,#1e-\xc3\xff\\')),
        min_size=1,
        max_size=3,
    )
)
def test_any_byte_may_be_wrong(tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]]) -> None:
    text = bytearray(FULL.encode())
    for index, value in flips:
        text[index] = value
    _loads_or_refuses(tmp_path_factory.mktemp("album"), bytes(text))


def test_a_refusal_is_one_line_for_each_fault_and_survives_pickling() -> None:
    refusal = Refusal([Fault("album.toml: tracks[1]", "is wrong"), Fault("", "all is wrong")])
    assert str(refusal) == "album.toml: tracks[1]: is wrong\nall is wrong"
    assert pickle.loads(pickle.dumps(refusal)).faults == refusal.faults  # noqa: S301 - our own bytes


def test_notes_and_warnings_do_not_refuse() -> None:
    refuse([Fault("a", "b", "note"), Fault("c", "d", "warning")])
    with pytest.raises(Refusal, match=r"^e: f$"):
        refuse([Fault("a", "b", "note"), Fault("e", "f")])


def test_places_count_from_one() -> None:
    assert place("album.toml", ["tracks", 2, "isrc"]) == "album.toml: tracks[3].isrc"
    assert place("album.toml", []) == "album.toml"
