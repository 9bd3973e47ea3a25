"""Where nothing but mono is heard: with the pauses beside it; a crossfade with stereo is stereo."""

from dataclasses import replace
from pathlib import Path

from pipeline.intake.mixes import Mix
from pipeline.plan.plan import Plan
from pipeline.plan.sequence import Clip
from pipeline.rendering.mono import mono_spans
from tests.support.sessions import profile_of


def spans(measured, clips, mono, rate_hz=96000):
    """The spans at `rate_hz`, of clips (start, length) at 48 kHz in 1000 frames, the tracks in `mono` being mono."""
    plan: Plan = measured.plan(profile_of("streaming"))
    placed = tuple(Clip(track=n, start=start, length=length) for n, (start, length) in enumerate(clips, start=1))
    programme = plan.programmes[0].model_copy(update={"clips": placed, "rate_hz": 48000, "cd_frames": 75})
    mixes = [Mix("w", Path("x"), 48000, 1000, "PCM_24") for _ in plan.treatments]
    mixes = [replace(mix, channels=(0,)) if n in mono else mix for n, mix in enumerate(mixes, start=1)]
    return mono_spans(plan.model_copy(update={"rate_hz": rate_hz}), programme, mixes)


CLIPS = [(1000, 9000), (12_000, 8000), (19_000, 10_000)]  # a pause, then a crossfade


def test_where_nothing_but_mono_is_heard(measured):
    assert spans(measured, CLIPS, ()) == ()
    assert spans(measured, CLIPS, (1, 2, 3)) == ((0, 96_000),)
    assert spans(measured, CLIPS, (1,)) == ((0, 24_000),)
    assert spans(measured, CLIPS, (2,)) == ((20_000, 38_000),)
    assert spans(measured, CLIPS, (3,)) == ((40_000, 96_000),)
    assert spans(measured, CLIPS, (1, 3), 48000) == ((0, 12_000), (20_000, 48_000))


def test_what_two_stereo_mixes_part_is_stereo(measured):
    apart = [(1000, 9000), (12_000, 8000), (24_000, 10_000)]
    assert spans(measured, apart, (1,), 48000) == ((0, 12_000),)
    assert spans(measured, apart, (3,), 48000) == ((20_000, 48_000),)
