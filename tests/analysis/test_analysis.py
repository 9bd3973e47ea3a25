"""Everything measured about a mix: the same however it comes in, pooled and never averaged, judged with a place."""

import tracemalloc
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.analysis import Analyser, album_figures, analyse, anchored_lufs
from pipeline.analysis.meters.loudness import integrated_lufs, range_lu
from pipeline.analysis.mix_notes import mix_notes, notes_on
from pipeline.intake.mixes import Mix, Source
from tests.support.music import RATE_HZ, music
from tests.support.sessions import album_of

SOUND = music(4.0)
MIX = Mix("album.toml: tracks[1].mix", Path("01.wav"), RATE_HZ, len(SOUND), "PCM_24")
USED = [Source(MIX, 0, len(SOUND), f"{number:064x}") for number in range(3)]


CUT = SOUND[RATE_HZ : 3 * RATE_HZ + 1000]


def figures(value):
    """Every number in an analysis, in order."""
    if is_dataclass(value):
        return [figure for field in fields(value) for figure in figures(getattr(value, field.name))]
    return value.tolist() if isinstance(value, np.ndarray) else [value]


@cache
def whole():
    return figures(analyse([SOUND], RATE_HZ))


def told(sound):
    return [(fault.severity, str(fault)) for fault in notes_on(MIX, analyse([sound], RATE_HZ))]


@settings(max_examples=20)
@given(st.lists(st.integers(0, len(SOUND)), max_size=12))
def test_any_blocks_give_the_same_figures_to_the_last_bit(cuts):
    assert figures(analyse(np.split(SOUND, sorted(cuts)), RATE_HZ)) == whole()


def test_a_result_may_be_asked_for_on_the_way():
    analyser = Analyser(RATE_HZ)
    for block in np.split(SOUND, 7 * np.arange(1, 5000)):
        analyser.add(block)
        if analyser.meters.frames % 9000 == 0:
            analyser.result()
    assert figures(analyser.result()) == whole()


def test_a_long_mix_costs_hardly_more_memory_than_a_short_one():
    lengths_min, rate_hz, held, asked = (1, 5), 16_000, [], []
    for minutes in lengths_min:
        analyser = Analyser(rate_hz)
        analyser.add(SOUND)  # what is made once only
        analyser.result()
        tracemalloc.start()
        try:
            for _ in range(round(60 * minutes * rate_hz / len(SOUND))):
                analyser.add(SOUND)
            held.append(tracemalloc.get_traced_memory()[0])
            tracemalloc.reset_peak()
            analyser.result()
            asked.append(tracemalloc.get_traced_memory()[1] - held[-1])
        finally:
            tracemalloc.stop()
    more_min = lengths_min[1] - lengths_min[0]
    assert held[1] - held[0] < 340_000 * more_min
    assert asked[1] - asked[0] < 60_000 * more_min


def test_samples_that_are_no_numbers_are_counted_and_measured_as_zero():
    spoilt, muted = SOUND.copy(), SOUND.copy()
    for frame, bad in ((5000, np.nan), (90000, np.inf), (90001, -np.inf)):
        spoilt[frame, 0], muted[frame, 0] = bad, 0.0
    found, wanted = analyse([spoilt], RATE_HZ), analyse([muted], RATE_HZ)
    for meter in ("loudness", "true_peak", "spectrum", "dynamics", "stereo"):
        assert figures(getattr(found, meter)) == figures(getattr(wanted, meter))
    assert told(spoilt)[0] == (
        "refusal",
        "album.toml: tracks[1].mix: 3 frames hold no number (NaN or infinity), the first at 0:00.10.",
    )


@given(st.integers(0, 60))
def test_the_shortest_stretch_can_be_measured(frames):
    found = analyse([SOUND[RATE_HZ : RATE_HZ + frames]], RATE_HZ)
    assert found.frames == frames
    assert found.loudness.integrated_lufs is None
    assert found.peak_to_loudness_lu is None


def test_music_too_short_for_a_loud_end_has_its_loudness():
    short = analyse([SOUND[: 2 * RATE_HZ]], RATE_HZ)
    assert short.loud_end_lufs == short.loudness.integrated_lufs


def test_progress_is_told_in_frames():
    frames = list[int]()
    analyse(np.split(SOUND, [100, 3000]), RATE_HZ, frames.append)
    assert frames == [100, 2900, len(SOUND) - 3000]


levels_db = st.lists(st.floats(-40.0, 0.0), min_size=1, max_size=6)


@given(levels_db, st.randoms(use_true_random=False))
def test_an_album_is_gated_over_all_its_blocks_in_any_order(levels, random):
    powers = [np.full(20, 10 ** (level / 10)) for level in levels]
    pooled = anchored_lufs(powers, pooled=True)
    assert pooled == integrated_lufs(np.concatenate(powers))
    random.shuffle(powers)
    assert anchored_lufs(powers, pooled=True) == pytest.approx(pooled, abs=1e-9)
    assert anchored_lufs(powers, pooled=False) == pytest.approx(-0.691 + max(levels), abs=1e-9)


def test_a_silent_track_takes_no_part_and_silence_has_no_loudness():
    silence, tone = np.zeros(20), np.full(20, 0.01)
    for pooled in (True, False):
        assert anchored_lufs([silence, tone], pooled=pooled) == pytest.approx(-20.691)
        assert anchored_lufs([silence, silence], pooled=pooled) is None


def test_an_album_is_pooled_and_its_loudest_track_stands_beside():
    tracks = [analyse([gain * SOUND], RATE_HZ) for gain in (0.25, 1.0, 0.5)]
    whole = album_figures(tracks)
    assert whole.integrated_lufs == integrated_lufs(np.concatenate([t.loudness.block_powers for t in tracks]))
    assert (whole.loudest, whole.loudest_lufs) == (2, tracks[1].loudness.integrated_lufs)
    louds = [track.loudness.integrated_lufs or 0.0 for track in tracks]
    assert np.mean(louds) < (whole.integrated_lufs or 0.0) < max(louds)
    assert whole.true_peak_dbtp == tracks[1].true_peak.true_peak_dbtp


def test_the_range_of_an_album_is_that_of_all_its_windows_and_of_no_track_that_does_not_count():
    tracks = [analyse([np.tile(gain * SOUND, (4, 1))], RATE_HZ) for gain in (0.25, 1.0, 0.01)]
    windows = [track.loudness.short_term_powers for track in tracks]
    whole = album_figures(tracks, uncounted={3})
    assert whole.range_lu == range_lu(np.concatenate(windows[:2]))
    assert whole.range_lu == pytest.approx(20 * np.log10(4), abs=0.5)
    assert album_figures(tracks[:1]).range_lu == tracks[0].loudness.range_lu


def test_an_album_of_silence_has_no_loudness_and_no_loudest_track():
    whole = album_figures([analyse([np.zeros((RATE_HZ, 2))], RATE_HZ)])
    assert (whole.integrated_lufs, whole.loudest_lufs, whole.loudest, whole.dr) == (None, None, None, None)
    assert whole.range_lu is None


def test_the_least_peak_to_short_term_ratio_is_that_of_the_densest_three_seconds():
    """A tone of 997 Hz in both channels is as loud, in LUFS, as its peak is high, in dBFS."""
    tone = 0.5 * np.sin(2 * np.pi * 997 * np.arange(4 * RATE_HZ) / RATE_HZ)
    found = analyse([np.concatenate([SOUND, np.stack([tone, tone], axis=1), SOUND])], RATE_HZ)
    assert found.minimum_psr_lu == pytest.approx(0.0, abs=0.05)
    alone = analyse([SOUND], RATE_HZ).minimum_psr_lu
    assert alone is not None
    assert alone > 8.0


def test_a_word_shorter_than_its_file_is_told_of():
    sixteen = np.round(SOUND * 2**15) / 2**15
    found = analyse([sixteen], RATE_HZ)
    assert found.word_length_bits == 16
    (fault,) = notes_on(MIX, found)
    assert (fault.severity, fault.words[:30]) == ("note", "PCM_24 holds 16 bits of sound,")
    assert notes_on(replace(MIX, encoding="PCM_16"), found) == ()


def test_the_same_mix_twice_is_told_of_at_the_second():
    song = music(24.0, seed=3)
    other = music(24.0, seed=4, tilt=0.5)
    analyses = [analyse([sound], RATE_HZ) for sound in (song, other, 0.5 * song)]
    faults = mix_notes(album_of({}, {}, {}), USED, analyses)
    assert [len(found) for found in faults] == [0, 0, 1]
    assert faults[2][0].severity == "warning"
    assert "Tracks 1 and 3 are the same mix" in faults[2][0].words


def test_a_sound_mix_is_passed_in_silence():
    assert told(SOUND) == []


def test_samples_in_the_scale_of_integers_are_refused():
    ((severity, words),) = told(SOUND * (32768 / np.abs(SOUND).max()))
    assert severity == "refusal"
    assert words.startswith("album.toml: tracks[1].mix: Peaks at 90 dBFS, the first over 40 dBFS at 0:00.0")
    assert words.endswith("wanted samples scaled to ±1.0: export it again, float or PCM.")


def test_floats_over_full_scale_are_no_loss():
    severity, words = told(SOUND * (1.5 / np.abs(SOUND).max()))[-1]
    assert severity == "note"
    assert "peaks at +3.5 dBFS in floating point; nothing is lost" in words


@pytest.mark.parametrize(
    ("sound", "words"),
    [
        (
            SOUND * 10 ** (-58 / 20),
            "No loudness can be measured: it lies under -70 LUFS throughout; it passes as it is",
        ),
        (SOUND[RATE_HZ : RATE_HZ + 9600], "No loudness can be measured: it lasts 0.200 s; it passes as it is"),
        (
            SOUND[RATE_HZ : RATE_HZ + 1],
            "No loudness can be measured: it lasts less than a millisecond; it passes as it is",
        ),
        (np.zeros_like(SOUND), "Nothing but digital silence; it passes as it is"),
        (1e-6 * SOUND, "dBFS; it passes as it is"),
    ],
    ids=["faint", "short", "one frame", "digital silence", "silence"],
)
def test_what_has_no_loudness_is_warned_of_once(sound, words):
    ((severity, told_of),) = told(sound)
    assert severity == "warning"
    assert words in told_of


def measured(*sounds):
    return [analyse([sound], RATE_HZ) for sound in sounds]


def test_an_album_of_nothing_but_silence_has_nothing_to_master():
    faults = mix_notes(album_of({}, {}), USED[:2], measured(np.zeros((RATE_HZ, 2)), SOUND[:9000]))
    refusals = [str(fault) for of_mix in faults for fault in of_mix if fault.severity == "refusal"]
    assert refusals == ["album.toml: tracks: have no loudness, none of them: there is nothing to master"]


def test_one_file_twice_is_refused_as_music_and_passes_as_silence():
    twice = [USED[0], USED[1], replace(USED[1], stop=9), USED[0]]
    quiet = measured(SOUND, *[np.zeros((9, 2))] * 2, SOUND)
    faults = mix_notes(album_of(*[{}] * 4), twice, quiet)
    assert [[fault.severity for fault in of_mix] for of_mix in faults] == [[], ["warning"], ["warning"], ["refusal"]]
    assert "is the same recording as tracks[1].mix, byte for byte" in faults[3][0].words


def test_defects_are_told_at_the_mix_s_place():
    found = analyse([SOUND - SOUND.mean(axis=0) + np.array([0.02, 0.0])], RATE_HZ)
    words = [str(fault) for fault in notes_on(replace(MIX, where="here"), found)]
    assert "here: DC offset of +2.00 % of full scale in the left channel." in words


@pytest.mark.parametrize(
    ("keys", "ends"),
    [
        (({"gap_s": 0.0, "fade_out_s": 1.0}, {}), ["first", "first", "last"]),
        (({}, {"trim_start_s": 0.1}), ["first", "last", "last"]),
        (({}, {"gap_s": 0.0}), ["first", "last"]),
        (({}, {"crossfade_s": 1.0}), ["first", "last"]),
        (({"gap_s": 0.0, "fade_out_s": 1.0}, {"trim_start_s": 0.1}), ["first", "last"]),
        (({}, {"pregap": {"silence_s": 1.0}}), ["first", "last", "first", "last"]),
        (({"side": "A"}, {"side": "B"}), ["first", "last", "first", "last"]),
        (({}, {"disc": 2}), ["first", "last", "first", "last"]),
    ],
)
def test_a_cut_is_told_of_unless_the_sequence_hides_it(keys, ends):
    faults = [fault for of_mix in mix_notes(album_of(*keys), USED[:2], measured(CUT, CUT)) for fault in of_mix]
    assert [fault.words.split()[1] for fault in faults] == ends


@pytest.mark.parametrize(("gap", "said"), [({}, "2"), ({"gap_s": 3.5}, "3.5"), ({"gap_s": "auto"}, '"auto"')])
def test_two_full_sounds_at_one_border_are_told_of_once_with_the_line_that_joins_them(gap, said):
    first, second = mix_notes(album_of({}, gap), USED[:2], measured(CUT, 0.5 * CUT))
    assert [fault.words.split()[1] for fault in first] == ["first"]
    assert [fault.severity for fault in second] == ["note", "warning"]
    words = str(second[1])
    assert words.startswith("album.toml: tracks[2].gap_s: track 1 ends, and this one starts, in full sound, at -")
    assert f"gap_s = {said} parts them" in words
    assert "gap_s = 0 under tracks[2] joins them" in words
    assert len(mix_notes(album_of({}, {"gap_s": 0.0}), USED[:2], measured(CUT, 0.5 * CUT))[1]) == 1


def test_where_the_music_is_known_to_run_on_nothing_is_told_of_the_border():
    faults = mix_notes(album_of({}, {}, {}), USED, measured(CUT, 0.5 * CUT, 0.7 * CUT), joined={2})
    assert [[fault.severity for fault in of_mix] for of_mix in faults] == [["note"], [], ["note", "warning"]]
