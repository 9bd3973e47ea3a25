"""A plan edited by hand: read whole or refused with every place, and never rendered where it cannot be."""

import json
from functools import partial, reduce
from operator import delitem, getitem, setitem

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import formats
from albums.faults import Fault, Refusal
from pipeline.mastering.plans import edited_plan
from pipeline.plan.edited_plan import LARGEST_PLAN_BYTES, faults_against_album, open_plan, read_plan
from pipeline.plan.plan import Plan
from tests.support.music import AlbumFolder, music
from tests.support.sessions import session

NAMES = ("streaming", "cd-wav", "vinyl-12in-33")


@pytest.fixture(scope="module")
def documents(measured):
    """A sound plan for each profile, as JSON has it."""
    return {name: json.loads(measured.plan(name).json_text()) for name in NAMES}


@pytest.fixture
def edited(measured, documents):
    """What is said of a plan after an edit: a function of its document, changed in place."""

    def told(edit, name="streaming"):
        document = json.loads(json.dumps(documents[name]))
        edit(document)
        return [str(fault) for fault in faults_in(json.dumps(document), measured)]

    return told


def faults_in(text, songs):
    """Everything that stands in the way of rendering the plan in `text`; nothing but a Refusal may be raised."""
    try:
        plan = read_plan(text, "plan.json")
    except Refusal as refusal:
        return refusal.faults
    found = list(faults_against_album(plan, "plan.json", songs.used))
    layouts = plan.layouts
    return found + [
        f for f in formats.named(plan.profile.format).check(songs.album, layouts) if f.severity == "refusal"
    ]


def at(document, path):
    return reduce(getitem, path, document)


def put(*path_and_value):
    """An edit: the value at a path replaced."""
    *path, last, value = path_and_value
    return lambda document: setitem(at(document, path), last, value)


def drop(*path):
    """An edit: what is at a path taken out."""
    return lambda document: delitem(at(document, path[:-1]), path[-1])


CLIP, MARK = ("programmes", 0, "clips", 1), ("programmes", 0, "marks", 1)
TREATED = ("treatments", 1)

EDITS = [
    (drop("profile"), "plan.json: profile: is missing; it is required"),
    (drop(*TREATED, "gain_db"), "plan.json: treatments[2].gain_db: is missing"),
    (drop(*TREATED), "plan.json: treatments: are for tracks [1, 3]; the album has tracks 1 to 3"),
    (put("drive", 3.0), "plan.json: drive: unknown key; did you mean 'drive_db'?"),
    (put(*TREATED, "gain", 3.0), "plan.json: treatments[2].gain: unknown key; did you mean 'gain_db'?"),
    (put("version", 2), "plan.json: version: found 2: should be 1"),
    (put(*TREATED, "gain_db", "3 dB"), "plan.json: treatments[2].gain_db: found '3 dB': should be a valid number"),
    (put(*TREATED, "gain_db", 61), "plan.json: treatments[2].gain_db: found 61: should be less than or equal to 60"),
    (put(*TREATED, "gain_db", float("nan")), "plan.json: treatments[2].gain_db: found nan: should be a finite number"),
    (put("drive_db", float("inf")), "plan.json: drive_db: found inf: should be a finite number"),
    (put("expected_drive_db", 1e6), "plan.json: expected_drive_db: found 1000000.0"),
    (put("rate_hz", 7), "plan.json: rate_hz: found 7: should be a multiple of 75"),
    (put("rate_hz", 96000.5), "plan.json: rate_hz: found 96000.5"),
    (put("programmes", []), "plan.json: programmes: is empty; wanted one or more"),
    (put("programmes", 0, "rate_hz", 48001), "plan.json: programmes[1].rate_hz: found 48001"),
    (put("profile", "level", "ceiling_dbtp", 1.0), "plan.json: profile.level.ceiling_dbtp: found 1.0"),
    (put(*TREATED, "title", "two\nlines"), "plan.json: treatments[2].title: holds control characters"),
    (put(*TREATED, "track", 1), "plan.json: treatments: are for tracks [1, 1, 3]"),
    (put(*TREATED, "mix_sha256", "0" * 64), "treatments[2].mix_sha256: '02.wav' is another file than was planned"),
    (put(*TREATED, "mix_sha256", "../../x"), "plan.json: treatments[2].mix_sha256: found '../../x'"),
    (put(*TREATED, "rate_hz", 0), "plan.json: treatments[2].rate_hz: found 0"),
    (put(*TREATED, "rate_hz", 44100), "treatments[2].rate_hz: found 44100; the mix runs at 48000 Hz"),
    (put(*TREATED, "stop", 10**9), "treatments[2]: start and stop lie outside the mix, which has 288000 frames"),
    (put(*TREATED, "start", 288000), "treatments[2]: start and stop lie outside the mix"),
    (put(*TREATED, "start", 480), "programmes[1]: track 2 is 288000 frames long; its stretch of the mix gives 287520"),
    (put(*TREATED, "dc_offset", [1e300, 0.0]), "plan.json: treatments[2].dc_offset[1]: found 1e+300"),
    (put(*TREATED, "compression", {}), "plan.json: treatments[2].compression.threshold_dbfs: is missing"),
    (
        put(*TREATED, "compression", {"threshold_dbfs": -20.0, "ratio": 0.5}),
        "plan.json: treatments[2].compression.ratio: found 0.5: should be greater than or equal to 1",
    ),
    (
        put(*TREATED, "compression", {"threshold_dbfs": -20.0, "side_chain_hz": 30000.0}),
        "plan.json: treatments[2].compression.side_chain_hz: found 30000.0",
    ),
    (put(*TREATED, "width_db", 99.0), "plan.json: treatments[2].width_db: found 99.0"),
    (put(*TREATED, "mono_below_hz", 1e6), "plan.json: treatments[2].mono_below_hz: found 1000000.0"),
    (put("signature", "x"), "plan.json: signature: found 'x'"),
    (put(*CLIP, "length", 287999), "programmes[1]: track 2 is 287999 frames long; its stretch of the mix gives 288000"),
    (put(*CLIP, "start", 10**18), "programmes[1]: track 2 starts at 1000000000000000000, more than an hour after"),
    (put(*CLIP, "overlap", 336001), "track 2 overlaps by 336001; the one before it has 336000 frames"),
    (put(*CLIP, "fade_out", 288001), "programmes[1]: track 2 is shorter than its overlap or its fades"),
    (
        put(*CLIP, "track", 1),
        "programmes: have clips [[1, 1, 3]] and marks [[1, 2, 3]]; wanted each track once, in order",
    ),
    (put(*CLIP, "correlation", -1.0), "plan.json: programmes[1].clips[2].correlation: found -1.0"),
    (put(*CLIP, "shape", "steep"), "plan.json: programmes[1].clips[2].shape: found 'steep'"),
    (put(*MARK, "cd_frame", 0), "programmes: tracks[2]: starts at 0, which is not after 0"),
    (put(*MARK, "cd_frame", 10**6), "programmes: tracks[2]: starts at 640000000"),
    (put(*MARK, "pause_cd_frame", 10**6), "tracks[2]: has its pause from 640000000"),
    (put("programmes", 0, "cd_frames", 1), "programmes[1]: is 640 frames long; its clips end at"),
    (put("programmes", 0, "cd_frames", 10**30), "programmes[1]: is 64000000000000000000"),
]


@pytest.mark.parametrize(("edit", "wanted"), EDITS, ids=[wanted for _, wanted in EDITS])
def test_a_bad_edit_is_told_with_its_place(edited, edit, wanted):
    told = edited(edit)
    assert any(wanted in fault for fault in told), told


BAND = {"kind": "bell", "frequency_hz": 1000.0, "gain_db": 3.0, "q": 1.0}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"q": 0.0}, "bands[1].q: found 0.0: should be greater than or equal to 0.1"),
        ({"gain_db": 25}, "bands[1].gain_db: found 25"),
        ({"frequency_hz": 20001}, "bands[1].frequency_hz: found 20001"),
        ({"kind": "notch"}, "bands[1].kind: found 'notch'"),
    ],
)
def test_a_band_beyond_its_bounds_is_told(edited, changes, wanted):
    (told,) = edited(put(*TREATED, "bands", [BAND | changes]))
    assert told.startswith(f"plan.json: treatments[2].{wanted}")


def test_more_bands_than_a_hand_sets_are_refused(edited):
    assert edited(put(*TREATED, "bands", [BAND] * 16)) == []
    assert "treatments[2].bands" in edited(put(*TREATED, "bands", [BAND] * 17))[0]


def test_a_band_that_the_mix_s_rate_does_not_carry_is_told(tmp_path):
    songs = AlbumFolder(tmp_path / "album")
    songs.add(music(5.0, 32000), 32000)
    found = session(songs.folder)
    document = json.loads(found.plan().json_text())
    document["treatments"][0]["bands"] = [BAND | {"frequency_hz": 17000.0}]
    (fault,) = faults_in(json.dumps(document), found)
    told = "plan.json: treatments[1].bands: frequency_hz is 17000.0, expected between 0 and 16000.0, half the rate"
    assert str(fault).startswith(told)


def test_what_a_plan_may_overrule(edited):
    """Any gain, band, compressor, drive, seed, gap and mark within bounds is the hand's own business."""

    def later(document):
        programme = document["programmes"][0]
        programme["cd_frames"] += 75
        for clip in programme["clips"][1:]:
            clip["start"] += 48000
        for mark in programme["marks"][1:]:
            mark["cd_frame"] += 70

    assert edited(later) == []
    assert edited(put("drive_db", -60.0)) == []
    assert edited(put("dither_seed", 2**63 - 1)) == []
    assert edited(put(*TREATED, "bands", [BAND, BAND | {"kind": "high-shelf"}])) == []
    assert edited(put(*TREATED, "compression", {"threshold_dbfs": -20.0, "ratio": 4.0})) == []
    assert edited(put(*TREATED, "mono_below_hz", 150.0)) == []
    assert edited(drop(*TREATED, "compression")) == []
    assert edited(put("profile", "name", "my-own")) == []


def test_a_rate_that_the_profile_does_not_ask_for_is_told(edited):
    assert edited(put("rate_hz", 96000)) == []
    assert "is delivered at another rate" in edited(put("rate_hz", 45000))[0]
    assert "is delivered at another rate" in edited(put("rate_hz", 48000), "cd-wav")[0]


def test_marks_on_another_side_than_their_music_are_told(edited):
    def moved(document):
        one, other = (programme["marks"] for programme in document["programmes"])
        one.append({**other.pop(0), "cd_frame": 400, "pause_cd_frame": None})
        other[0]["cd_frame"] = 0

    assert any("wanted each track once, in order" in fault for fault in edited(moved, "vinyl-12in-33"))


def test_a_plan_for_other_mixes_is_told_for_each(measured, documents, tmp_path):
    other = AlbumFolder(tmp_path / "other")
    for seed in (7, 8, 9):
        other.add(music(7.0, seed=seed))
    found = list(map(str, faults_in(json.dumps(documents["streaming"]), session(other.folder))))
    assert sum("is another file than was planned; plan again" in fault for fault in found) == 3
    assert faults_in(json.dumps(documents["streaming"]), measured) == []


@pytest.mark.parametrize(
    "text", ["", "not a plan", "[]", "3", '{"a"', "[" * 200_000, '{"a":' * 200_000, "9" * 10_000, "\0"]
)
def test_what_is_no_plan_is_refused(text):
    with pytest.raises(Refusal, match=r"plan\.json"):
        read_plan(text, "plan.json")


@pytest.mark.parametrize("value", ["9" * 5000, "-1e999", "[" * 5000, '"\\ud800"', "01", "NaN"])
def test_a_value_that_is_none_is_refused(documents, measured, value):
    text = json.dumps(documents["streaming"]).replace('"drive_db": null', f'"drive_db": {value}')
    assert faults_in(text, measured)


def test_a_file_that_cannot_be_a_plan_is_refused_with_its_place(tmp_path):
    broken, folder, large = tmp_path / "broken.json", tmp_path / "folder.json", tmp_path / "large.json"
    broken.write_bytes(b"\xff\xfe{}")
    folder.mkdir()
    with large.open("wb") as file:
        file.truncate(65 * 2**20)
    for path, words in [
        (tmp_path / "none.json", "cannot be read: No such file or directory"),
        (folder, "is a folder, no file"),
        (broken, "is UTF-16; save it as UTF-8"),
        (large, f"takes 68157440 bytes; at most {LARGEST_PLAN_BYTES} are taken"),
    ]:
        with pytest.raises(Refusal) as refused:
            open_plan(path)
        assert str(refused.value).startswith(f"{path}: {words}")


def test_all_faults_are_told_at_once(edited):
    def spoil(document):
        put("version", 3)(document)
        drop(*TREATED, "gain_db")(document)
        put(*CLIP, "overlap", -1)(document)

    assert len(edited(spoil)) == 3


def test_a_plan_that_does_not_fit_is_never_handed_on(measured, documents, tmp_path):
    path = tmp_path / "edited.json"
    spoilt = json.loads(json.dumps(documents["streaming"]))
    put(*CLIP, "length", 1)(spoilt)
    path.write_text(json.dumps(spoilt))
    hand_on = partial(edited_plan, album=measured.album, used=measured.used, pregaps=[None] * 3)
    with pytest.raises(Refusal, match=r"edited\.json: programmes\[1\]: track 2 is 1 frames long"):
        hand_on(path)
    path.write_text(json.dumps(documents["streaming"]))
    assert hand_on(path) == Plan.model_validate(measured.plan())


def places(found, path=()):
    """Every place in a JSON document, as a path."""
    items = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


numbers = st.integers(-(10**20), 10**20) | st.integers(-2, 100_000) | st.floats()
anything = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=5) | st.sampled_from(["A", "B", "native", "correlated"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_done_to_a_plan_it_is_read_or_refused(measured, documents, data):
    document = json.loads(json.dumps(documents[data.draw(st.sampled_from(NAMES))]))
    known = list(places(document))
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(known))
        edit = drop(*path) if data.draw(st.booleans()) else put(*path, data.draw(anything))
        try:
            edit(document)
        except (LookupError, TypeError):
            continue  # an earlier edit took the place away
    found = faults_in(json.dumps(document), measured)
    assert all(isinstance(fault, Fault) and str(fault) for fault in found)
