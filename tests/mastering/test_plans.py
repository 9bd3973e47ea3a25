"""All plans of a run: what their profiles ask beyond the mixes is judged before anything is rendered."""

import pytest

from albums.faults import Refusal
from formats import judged
from pipeline.intake.album_mixes import hash_recordings
from pipeline.mastering.job import Job
from pipeline.mastering.opening import open_album
from pipeline.mastering.plans import edited_plan, notes_on_writing, plans_for, write_plans
from pipeline.mastering.steps import decide_job, measure
from pipeline.mastering.workers import ThreadWorkers
from profiles import load, load_all
from tests.support.music import AlbumFolder, music
from tests.support.pictures import picture
from tests.support.sessions import session

COVERED = ("streaming", "streaming-wav", "bandcamp")


def songs(folder, cover=b"", rates_hz=(48000,)):
    made = AlbumFolder(folder)
    for seed, rate_hz in enumerate(rates_hz, start=1):
        made.add(music(3.0 + seed, rate_hz, seed=seed), rate_hz)
    if cover:
        (made.folder / "cover.jpg").write_bytes(cover)
        made.manifest["album"]["cover"] = "cover.jpg"
    made.write()
    return made.folder


def planned(folder, *names):
    opened = session(folder)
    return opened.album, plans_for(opened.spacing, load_all(names), opened.before)[0]


def test_what_the_covers_of_several_profiles_break_is_told_at_once(tmp_path):
    with pytest.raises(Refusal) as refusal:
        planned(songs(tmp_path / "album", picture(side=600)), "cd-wav", *COVERED)
    assert [str(fault) for fault in refusal.value.faults] == [
        "album.cover: is 600 x 600 pixels; streaming takes 640 a side or more, and nothing is enlarged",
        "album.cover: is 600 x 600 pixels; streaming-wav takes 640 a side or more, and nothing is enlarged",
        "album.cover: is 600 x 600 pixels; bandcamp takes 1400 a side or more, and nothing is enlarged",
    ]


def test_a_cover_that_could_be_better_is_told_and_taken(tmp_path):
    album, plans = planned(songs(tmp_path / "album", picture(side=1500)), "cd-wav", *COVERED)
    told = [f"{fault.severity} {fault}" for fault in notes_on_writing(album, plans)]
    assert [words for words in told if "hold samples alone" not in words] == [
        f"warning album.cover: is 1500 x 1500 pixels; {name} advises 3000 a side or more" for name in COVERED[:2]
    ]


def test_a_profile_without_rules_for_a_cover_judges_it_as_all_do(tmp_path):
    album, (plan,) = planned(songs(tmp_path / "album", picture(side=1500)), "streaming")
    free = plan.profile.model_copy(update={"cover": None})
    assert judged(free, album, plan.layouts) == ()
    assert len(judged(plan.profile, album, plan.layouts)) == 1


def test_a_plan_by_hand_is_held_against_the_cover_too(tmp_path):
    folder = songs(tmp_path / "album", picture(side=1500))
    opened = session(folder)
    (plan,), _ = plans_for(opened.spacing, [load("streaming")], opened.before)
    path = write_plans([plan], folder)["streaming"]
    assert edited_plan(path, opened.album, opened.used, (None,)) == plan
    (folder / "cover.jpg").write_bytes(picture(side=600))
    with pytest.raises(Refusal, match="streaming takes 640 a side or more"):
        edited_plan(path, opened.album, opened.used, (None,))


def test_no_plan_by_hand_raises_a_mix_where_its_profile_does_not(tmp_path):
    folder = songs(tmp_path / "album", rates_hz=(44100, 48000))
    sources = hash_recordings(open_album(folder))
    measured = measure(sources, ThreadWorkers())
    apple = load("apple-digital-masters")
    lower = apple.model_copy(update={"pcm": apple.pcm.model_copy(update={"rates_hz": (44100,)})})
    opened = session(folder)
    (plan,), _ = plans_for(opened.spacing, [lower], opened.before)
    assert plan.rate_hz == 44100
    path = write_plans([plan.model_copy(update={"profile": apple})], folder)[apple.name]
    assert decide_job(Job(folder, (), tmp_path / "out", plan=path), sources, measured).plans[0].rate_hz == 44100
    write_plans([plan.model_copy(update={"profile": apple, "rate_hz": 48000})], folder)
    with pytest.raises(Refusal, match=r"tracks\[1\]\.mix: runs at 44100 Hz; apple-digital-masters would be 48000 Hz"):
        decide_job(Job(folder, (), tmp_path / "out", plan=path), sources, measured)
