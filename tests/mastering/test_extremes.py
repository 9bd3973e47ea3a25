"""Whatever the schema and the file formats allow is mastered, or refused in words: it never ends in a traceback."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from albums.faults import Refusal
from pipeline.deliverables.verify import verify
from pipeline.mastering.job import Job
from pipeline.mastering.steps import master
from pipeline.mastering.workers import ThreadWorkers
from pipeline.plan.plan import MOST_DRIVE_DB
from tests.support.music import RATE_HZ, AlbumFolder, music
from tests.support.sessions import session

RATES_HZ = (32000, 44100, 48000, 96000, 384000)


def one_sample(value):
    """Music in which one sample has this value."""

    def spoilt(rate_hz):
        sound = music(1.0, rate_hz)
        sound[rate_hz // 2, 0] = value
        return sound

    return spoilt


SOUNDS = {
    "music": lambda rate_hz: music(1.5, rate_hz, seed=2),
    "song": lambda rate_hz: music(3.5, rate_hz, seed=3, level_db=-30.0),
    "near the gate": lambda rate_hz: music(1.0, rate_hz, level_db=-67.0),
    "at 39 dBFS": lambda rate_hz: music(1.0, rate_hz) * 95.0,
    "faint": lambda rate_hz: music(1.0, rate_hz, level_db=-85.0),
    "silence": lambda rate_hz: np.zeros((rate_hz, 2)),
    "denormal": lambda rate_hz: np.full((rate_hz, 2), 1e-42),
    "offset": lambda rate_hz: np.full((rate_hz, 2), 0.5),
    "short": lambda rate_hz: music(0.3, rate_hz),
    "two frames": lambda rate_hz: music(1.0, rate_hz)[rate_hz // 2 :][:2],
    "one frame": lambda rate_hz: music(1.0, rate_hz)[rate_hz // 2 :][:1],
    "one sample of 3e38": one_sample(3e38),
    "one sample of 1e10": one_sample(-1e10),
    "one sample of 50": one_sample(50.0),
}


def extreme(low, high, **kind):
    """A number between two bounds, the bounds themselves more often than not."""
    return st.sampled_from([low, high]) | st.floats(low, high, **kind)


BANDS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["bell", "low-shelf", "high-shelf"]),
        "frequency_hz": extreme(10.0, 20000.0),
        "gain_db": extreme(-24.0, 24.0),
        "q": extreme(0.1, 20.0),
    }
)
TIMES_S = st.sampled_from([0.0, 1e-9, 0.1, 1.0, 3600.0])
WISHES = st.fixed_dictionaries(
    {},
    optional={
        "gap_s": TIMES_S | st.just("auto"),
        "crossfade_s": st.sampled_from([1e-9, 0.1, 0.7, 60.0]),
        "fade_in_s": TIMES_S,
        "fade_out_s": TIMES_S,
        "trim_start_s": st.sampled_from([0.1, 0.9999, 3600.0]),
        "trim_end_s": st.sampled_from([0.1, 3600.0]),
        "level_wish_lu": extreme(-24.0, 24.0),
        "gain_db": extreme(-60.0, 60.0),
        "eq": st.lists(BANDS, max_size=2) | BANDS.map(lambda band: [band] * 16),
        "indexes_s": st.lists(TIMES_S, max_size=2),
        "pregap": st.sampled_from([{"silence_s": 1.0}, {"of_mix_s": 0.4}, {"of_mix_s": 3600.0}]),
    },
)
INTENTS = st.fixed_dictionaries(
    {},
    optional={
        "tone_match": extreme(0.0, 1.0),
        "level_match": extreme(0.0, 1.0),
        "eq_limit_db": extreme(0.0, 12.0),
        "reduction_limit_db": extreme(0.0, 24.0),
        "compression": st.sampled_from(["off", "auto", "all"]),
        "mono_below_hz": extreme(20.0, 300.0),
        "high_pass_hz": extreme(5.0, 80.0),
        "width_db": extreme(-12.0, 6.0),
        "gap_s": st.sampled_from([0.0, 1.0, "auto"]),
        "tail_s": st.sampled_from([0.0, 1.0]),
    },
)
TRACKS = st.lists(
    st.tuples(st.sampled_from([*SOUNDS]), st.sampled_from(RATES_HZ), WISHES | st.just({})), min_size=1, max_size=4
)


def album(folder, tracks, intent):
    songs = AlbumFolder(folder)
    songs.manifest["intent"] |= intent
    for name, rate_hz, wishes in tracks:
        songs.add(SOUNDS[name](rate_hz), rate_hz, "FLOAT", **wishes)
    return songs.folder


def mastered(folder, names, plan=None):
    """Whether an album was mastered and holds, rather than refused."""
    out = folder.parent / "out"
    try:
        certificate = master(Job(folder, names, out, plan=plan), ThreadWorkers())
    except Refusal:
        return False
    return certificate.passed and verify(out).passed


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(TRACKS, INTENTS, st.sampled_from(["streaming", "vinyl-12in-33"]))
def test_whatever_the_schema_allows_is_mastered_or_refused(tmp_path_factory, tracks, intent, name):
    mastered(album(tmp_path_factory.mktemp("extreme") / "album", tracks, intent), (name,))


@pytest.mark.parametrize(
    "name", [name for name in SOUNDS if name not in ("song", "music", "one sample of 3e38", "one sample of 1e10")]
)
def test_any_sound_that_is_no_damage_is_mastered_beside_music(tmp_path, name):
    tracks = [("song", 48000, {}), (name, 48000, {}), ("music", 48000, {"gap_s": 0.0})]
    assert mastered(album(tmp_path / "album", tracks, {}), ("streaming", "vinyl-12in-33"))


@pytest.mark.parametrize("name", ["streaming", "vinyl-12in-33"])
@pytest.mark.parametrize("offset", [0.5, 0.3])
def test_of_an_album_of_offsets_nothing_is_left_to_deliver(tmp_path, name, offset):
    songs = AlbumFolder(tmp_path / "album").add(np.full((RATE_HZ, 2), offset), subtype="FLOAT")
    assert not mastered(songs.folder, (name,))
    assert not (tmp_path / "out" / name).exists()


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_stretch_of_less_than_a_sample_is_refused(tmp_path, rate_hz):
    folder = album(tmp_path / "album", [("song", 32000, {}), ("one frame", rate_hz, {})], {})
    is_whole = rate_hz <= 64000
    assert mastered(folder, ("streaming",)) is is_whole
    if not is_whole:
        with pytest.raises(Refusal, match="tracks\\[2\\]: is too short: what is used of its mix is no whole sample"):
            session(folder).plan()


@pytest.mark.parametrize("drive_db", [-MOST_DRIVE_DB, MOST_DRIVE_DB])
@pytest.mark.parametrize("gain_db", [-60.0, 60.0])
def test_a_plan_s_extremes_are_rendered_and_audited(tmp_path, drive_db, gain_db):
    folder = album(tmp_path / "album", [("at 39 dBFS", 48000, {"gain_db": gain_db})], {})
    plan = session(folder).plan()
    path = tmp_path / "plan.json"
    path.write_text(plan.model_copy(update={"drive_db": drive_db}).json_text(), "utf-8")
    mastered(folder, ("streaming",), path)
