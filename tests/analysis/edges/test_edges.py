"""How mixes begin and end, and whether music runs on, on seeded endings whose truth is known."""

import copy
import itertools
import multiprocessing
import pickle
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np
import pytest
import soundfile

from pipeline.analysis.edges import attacks_at_border, beginning, ending, runs_on
from pipeline.intake import mixes
from pipeline.intake.mixes import Mix, Stretch
from tests.support import synthetic_endings
from tests.support.music import music

RATE_HZ = 44100
MAIN, HELD_OUT = range(40), range(1000, 1018)  # seeds; thresholds were tried on the first alone
LEAST_F1 = 0.95
CLOSE_S, CLOSE_DB = 0.15, 3.0


def written(path, sound, rate_hz, start=0, stop=None):
    soundfile.write(path, sound, rate_hz, subtype="DOUBLE")
    mix = Mix("tracks[1].mix", path, rate_hz, len(sound), "DOUBLE")
    return Stretch(mix, start, len(sound) if stop is None else stop)


@pytest.fixture
def stretch(tmp_path):
    """A stretch of the sound that is handed in, or of a part of it."""
    numbers = itertools.count()

    def make(sound, rate_hz=RATE_HZ, start=0, stop=None):
        return written(tmp_path / f"{next(numbers)}.wav", sound, rate_hz, start, stop)

    return make


@dataclass(frozen=True)
class Border:
    runs_on: bool
    attacks_s: tuple[tuple[float, float], ...]


def joint(leaving, entering):
    """What is heard where the one is laid directly against the other."""
    found = runs_on(leaving, entering, ending(leaving), beginning(entering))
    return Border(found, attacks_at_border(leaving, entering))


def silence(seconds, rate_hz=RATE_HZ):
    return np.zeros((round(seconds * rate_hz), 2))


def struck(seconds=8.0, rate_hz=RATE_HZ, decay_s=3.0):
    """A bar of strings, then one that rings out, in full decay to nothing; and the frame of the last stroke."""
    out, last = silence(seconds, rate_hz), round(2.0 * rate_hz)
    for place_s in (0.0, 0.5, 1.0, 1.5, 2.0):
        string = synthetic_endings.plucked(rate_hz, 220.0, 6.0, 0.5, decay_s)[: len(out) - round(place_s * rate_hz)]
        out[round(place_s * rate_hz) :][: len(string)] += 0.1 * string[:, None]
    return out, last


# The labelled set -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Judgement:
    """What a pair is and what it was taken for; whether its end was found, cut too early, or missed."""

    kind: str
    name: str
    taken: str
    has_end: bool
    is_cut_too_early: bool
    is_far_off: bool


def judged(seed, folder):
    """Judgements on the pairs of this seed."""
    return [
        judgement(synthetic_endings.pair(seed, kind), folder / f"{seed}-{kind}") for kind in synthetic_endings.KINDS
    ]


def judgement(pair, path):
    leaving = written(path.with_suffix(".1.wav"), pair.leaving, pair.leaving_hz)
    entering = written(path.with_suffix(".2.wav"), pair.entering, pair.entering_hz)
    found, is_one = ending(leaving), joint(leaving, entering).runs_on
    leaving.mix.path.unlink()
    entering.mix.path.unlink()
    taken = "segue" if is_one else {"sound": "hard-cut"}.get(found.kind, found.kind)
    has_end = pair.audible is not None
    early, far = has_end and is_cut_too_early(pair, found), has_end and is_far_off(pair, found)
    return Judgement(pair.kind, pair.name, taken, has_end, bool(early), bool(far))


def macro_f1(pairs):
    """The mean over the kinds of the harmonic mean of precision and recall."""
    count, scores = Counter(pairs), []
    for kind in synthetic_endings.KINDS:
        right = count[kind, kind]
        wrong = sum(n for (true, taken), n in count.items() if (true == kind) != (taken == kind))
        scores.append(2 * right / (2 * right + wrong))
    return float(np.mean(scores))


def is_cut_too_early(pair, found):
    """Whether some of the clean decay is cut that is over -70 dBFS and not under the noise."""
    lost = pair.clean[found.cut :]
    if len(lost) < RATE_HZ // 20:
        return False
    return synthetic_endings.level_dbfs(lost, pair.leaving_hz).max() > max(-70.0, pair.floor_dbfs)


def is_far_off(pair, found):
    """Whether the end is neither near the true one in time nor, where a decay is slow or beaten, in level."""
    off = abs(found.audible - pair.audible)
    if off <= CLOSE_S * pair.leaving_hz:
        return False
    between = pair.clean[min(found.audible, pair.audible) : max(found.audible, pair.audible)]
    threshold_db = max(-65.0, synthetic_endings.loud_dbfs(pair.clean, pair.leaving_hz) - 50.0)
    return np.percentile(synthetic_endings.level_dbfs(between, pair.leaving_hz), 90) > threshold_db + CLOSE_DB


@pytest.mark.parametrize("seeds", [MAIN, HELD_OUT], ids=["main", "held out"])
def test_endings_are_told_apart(tmp_path, seeds):
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        results = list(chain.from_iterable(pool.map(judged, seeds, repeat(tmp_path), chunksize=2)))
    wrong = [(pair.kind, pair.name, pair.taken) for pair in results if pair.kind != pair.taken]
    assert macro_f1((pair.kind, pair.taken) for pair in results) >= LEAST_F1, wrong
    assert [pair.name for pair in results if pair.is_cut_too_early] == []
    far = [pair.name for pair in results if pair.is_far_off]
    assert len(far) <= sum(pair.has_end for pair in results) // 50, far


def test_the_set_holds_every_kind_often_and_may_be_made_again():
    assert len(MAIN) * len(synthetic_endings.KINDS) >= 200
    one, other = synthetic_endings.pair(3, "cold"), synthetic_endings.pair(3, "cold")
    assert np.array_equal(one.leaving, other.leaving)
    assert one.audible == other.audible


# Heads ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("floor_dbfs", [-np.inf, -90.0, -70.0, -55.0])
@pytest.mark.parametrize("lead_s", [0.2, 0.7, 14.0])
@pytest.mark.parametrize("rate_hz", [44100, 96000])
def test_an_onset_is_found_at_most_ten_milliseconds_early_and_never_late(stretch, lead_s, floor_dbfs, rate_hz):
    rng, onset = np.random.default_rng(round(lead_s * 10)), round(lead_s * rate_hz)
    sound = np.concatenate((silence(lead_s, rate_hz), struck(4.0, rate_hz)[0]))
    sound += synthetic_endings.noise_floor(rng, len(sound), rate_hz, floor_dbfs)
    found = beginning(stretch(sound, rate_hz))
    assert found.kind == "attack"
    assert onset - 0.01 * rate_hz <= found.audible <= onset
    assert 0 <= found.cut <= found.audible - round(0.005 * rate_hz)


def test_a_breath_before_the_first_note_is_never_cut(stretch):
    rng, breath = np.random.default_rng(4), round(1.0 * RATE_HZ)
    sound = np.concatenate((silence(2.0), struck(4.0)[0]))
    length = round(0.4 * RATE_HZ)
    sound[breath : breath + length] += 10 ** (-75 / 20) * rng.standard_normal((length, 2)) * np.hanning(length)[:, None]
    found = beginning(stretch(sound))
    assert 0 < found.cut <= breath + 0.05 * RATE_HZ


def test_music_from_the_first_sample_is_in_sound_and_stays_whole(stretch):
    found = beginning(stretch(music(6.0, RATE_HZ)[RATE_HZ:]))
    assert (found.kind, found.audible, found.cut) == ("sound", 0, 0)


def test_a_fade_in_is_told_from_an_attack(stretch):
    ramp = np.minimum(1.0, np.arange(8 * RATE_HZ) / (4 * RATE_HZ))[:, None]
    assert beginning(stretch(music(9.0, RATE_HZ)[RATE_HZ:] * ramp)).kind == "fade-in"


# Tails ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after_s", [0.0, 5.0, 70.0])
def test_long_silence_after_the_end_changes_nothing(stretch, after_s):
    sound, _ = struck()
    found = ending(stretch(np.concatenate((sound, silence(after_s)))))
    alone = ending(stretch(sound))
    assert found.kind == "ring-out"
    assert abs(found.audible - alone.audible) <= 1  # frames: hops are counted from the last that moves
    assert found.cut <= len(sound)


def test_silence_inside_is_no_end(stretch):
    hidden, _ = struck()
    sound = np.concatenate((music(5.0, RATE_HZ), silence(120.0), hidden))
    found = ending(stretch(sound))
    assert len(sound) - len(hidden) + 2 * RATE_HZ < found.audible < len(sound)
    assert beginning(stretch(sound)).audible < RATE_HZ // 10


def test_minutes_of_noise_after_the_end_are_not_the_music(stretch):
    rng, (sound, _) = np.random.default_rng(5), struck()
    sound = np.concatenate((sound, silence(60.0)))
    found = ending(stretch(sound + 10 ** (-62 / 20) * rng.standard_normal(sound.shape)))
    assert found.kind == "ring-out"
    assert found.audible < found.cut < 9 * RATE_HZ
    assert found.floor_dbfs == pytest.approx(-62.0, abs=1.0)


def test_a_blip_after_the_end_does_not_move_it(stretch):
    rng, (sound, _) = np.random.default_rng(6), struck(12.0)
    noise = 10 ** (-70 / 20) * rng.standard_normal(sound.shape)
    blip = silence(12.0)
    blip[10 * RATE_HZ : 10 * RATE_HZ + 200] = 0.02
    assert ending(stretch(sound + noise + blip)).audible == ending(stretch(sound + noise)).audible


def test_the_pulse_of_an_ending_is_told_where_it_has_one(stretch):
    beat = round(60 / 104 * RATE_HZ)
    sound, rng = silence(16.0), np.random.default_rng(7)
    for start in range(0, len(sound) - RATE_HZ, beat):
        hit = synthetic_endings.drum(RATE_HZ, "snare", 1)
        sound[start : start + len(hit)] += 0.2 * hit[:, None]
    assert ending(stretch(sound)).pulse_bpm == pytest.approx(104.0, abs=0.5)
    assert ending(stretch(synthetic_endings.applause(rng, 12.0, RATE_HZ))).pulse_bpm is None


# Joints ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gain_db", [-3.0, 0.0, 3.0])
def test_one_performance_in_two_files_runs_on(stretch, gain_db):
    sound, border = synthetic_endings.play_in_room(synthetic_endings.song(6)), 9 * synthetic_endings.song(6).rate_hz
    rate_hz = synthetic_endings.song(6).rate_hz
    leaving = stretch(0.5 * sound[:border] / np.abs(sound).max(), rate_hz)
    entering = stretch(10 ** (gain_db / 20) * 0.5 * sound[border:] / np.abs(sound).max(), rate_hz)
    assert joint(leaving, entering).runs_on
    assert not joint(entering, leaving).runs_on


def test_silence_does_not_run_on_into_silence_nor_noise_into_the_same_noise(stretch):
    rng, (sound, _) = np.random.default_rng(8), struck(12.0)
    noise = 10 ** (-60 / 20) * rng.standard_normal((26 * RATE_HZ, 2))
    assert not joint(stretch(silence(2.0)), stretch(silence(2.0))).runs_on
    lead = np.concatenate((silence(2.0), sound)) + noise[12 * RATE_HZ :]
    assert not joint(stretch(sound + noise[: 12 * RATE_HZ]), stretch(lead)).runs_on


def test_an_attack_at_the_border_is_told_to_the_millisecond(stretch):
    sound, _ = struck()
    found = joint(stretch(0.01 * sound[: 4 * RATE_HZ]), stretch(np.concatenate((silence(0.05), sound))))
    assert any(start <= 0.05 <= stop for start, stop in found.attacks_s)
    assert all(-0.2 <= start < stop <= 0.2 for start, stop in found.attacks_s)
    assert joint(stretch(silence(3.0)), stretch(silence(3.0))).attacks_s == ()


# Whatever comes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frames", [1, 2, 50, 3000])
@pytest.mark.parametrize("value", [0.0, 0.3])
def test_mixes_of_a_few_samples_and_silent_ones_are_heard_without_a_fault(stretch, frames, value):
    still = stretch(np.full((frames, 2), value))
    assert (beginning(still).kind, ending(still).kind) == ("silence", "silence")
    assert ending(still).cut == frames
    assert joint(still, still).runs_on is False


@pytest.mark.parametrize("rate_hz", [32000, 48000, 88200, 192000])
def test_any_rate_tells_the_same(stretch, rate_hz):
    usual, found = ending(stretch(struck()[0])), ending(stretch(struck(rate_hz=rate_hz)[0], rate_hz))
    assert found.kind == usual.kind == "ring-out"
    assert found.audible / rate_hz == pytest.approx(usual.audible / RATE_HZ, abs=0.03)


@pytest.mark.parametrize("channels", [(1.0, 0.0), (0.0, 1.0)])
@pytest.mark.parametrize("offset", [0.0, 0.02])
def test_neither_an_offset_nor_a_silent_channel_matters(stretch, channels, offset):
    sound = struck()[0]
    usual, found = ending(stretch(sound)), ending(stretch(sound * channels + offset))
    assert found.kind == usual.kind
    assert found.audible == pytest.approx(usual.audible, abs=0.15 * RATE_HZ)
    lead = np.concatenate((silence(1.0), sound)) * channels + offset
    assert RATE_HZ - 441 <= beginning(stretch(lead)).audible <= RATE_HZ


@pytest.mark.parametrize("block", [997, 4096, 10**6])
def test_blocks_do_not_matter(stretch, monkeypatch, block):
    pair = synthetic_endings.pair(1, "fade")
    leaving, entering = stretch(pair.leaving, pair.leaving_hz), stretch(pair.entering, pair.entering_hz)
    whole = ending(leaving), beginning(entering), joint(leaving, entering)
    monkeypatch.setattr(mixes, "BLOCK", block)
    assert (ending(leaving), beginning(entering), joint(leaving, entering)) == whole


def test_trims_are_heeded(stretch):
    sound = np.concatenate((music(4.0, RATE_HZ), struck()[0], music(4.0, RATE_HZ)))
    inner = stretch(sound, start=4 * RATE_HZ, stop=12 * RATE_HZ)
    alone = stretch(sound[4 * RATE_HZ : 12 * RATE_HZ])
    assert (ending(inner), beginning(inner)) == (ending(alone), beginning(alone))


def test_what_is_found_can_be_kept_and_sent(stretch):
    one = stretch(struck()[0])
    for found in (ending(one), beginning(one), joint(one, one)):
        assert len({found, copy.copy(found)}) == 1
        assert pickle.dumps(found)


@pytest.mark.parametrize("fade_s", [0.005, 0.02, 0.05, 0.2])
def test_two_songs_of_one_texture_that_a_hand_has_faded_do_not_run_on(stretch, fade_s):
    """Noise of one spectrum, played alike: only the short fades at the border tell that these are two mixes."""
    rise = np.sin(np.linspace(0.0, np.pi / 2, round(fade_s * RATE_HZ)))[:, None] ** 2
    songs = []
    for seed in (1, 2):
        song = 0.1 * np.random.default_rng(seed).standard_normal((8 * RATE_HZ, 2))
        song[: len(rise)] *= rise
        song[-len(rise) :] *= rise[::-1]
        songs.append(stretch(song))
    assert not joint(*songs).runs_on
    whole = 0.1 * np.random.default_rng(3).standard_normal((16 * RATE_HZ, 2))
    assert joint(stretch(whole[: 8 * RATE_HZ]), stretch(whole[8 * RATE_HZ :])).runs_on


@pytest.mark.parametrize("floor_dbfs", [-70.0, -60.0, -50.0])
def test_two_songs_that_share_a_tape_s_hiss_do_not_run_on(stretch, floor_dbfs):
    """Cut so near to the music that little of the hiss is heard by itself, which is not told from music then."""
    rng = np.random.default_rng(4)
    for seed, rest_s, lead_s in ((1, 0.05, 0.3), (2, 0.2, 0.1), (5, 0.4, 0.02)):
        one, other = synthetic_endings.pair(seed, "cold"), synthetic_endings.pair(seed + 50, "cold")
        sounds = [
            one.leaving[: int(one.audible) + round(rest_s * RATE_HZ)],
            np.concatenate((silence(lead_s), other.leaving[: 12 * RATE_HZ])),
        ]
        hissing = [sound + 10 ** (floor_dbfs / 20) * rng.standard_normal(sound.shape) for sound in sounds]
        assert not joint(*map(stretch, hissing)).runs_on
