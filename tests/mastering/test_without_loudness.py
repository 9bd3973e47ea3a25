"""Tracks without loudness, as discs have them on purpose: silence, a faint noise, a breath. They pass as they are."""

import json
from functools import cache

import numpy as np
import pytest

import formats
from albums.faults import Refusal
from pipeline.analysis.analysis import analyse
from pipeline.deliverables.figures import figures_of
from pipeline.deliverables.verify import verify
from pipeline.mastering.check import check_album
from pipeline.mastering.standing.freeze import freeze
from pipeline.mastering.steps import master
from pipeline.mastering.workers import ThreadWorkers
from pipeline.plan.edited_plan import read_plan
from pipeline.sequencing.timeline import LEAD
from tests.support.music import RATE_HZ, AlbumFolder, music
from tests.support.sessions import job_of, session

EVERYWHERE = ("streaming", "cd-wav", "cd-ddp", "vinyl-12in-33")
SONGS = (music(7.0, seed=1, level_db=-24.0), music(8.0, seed=2, level_db=-15.0, tilt=1.4))
CLICK = 0.9 * np.sign(np.random.default_rng(1).standard_normal((RATE_HZ // 5, 2)))


def nothing(seconds):
    return np.zeros((round(seconds * RATE_HZ), 2))


@cache
def noise(seconds=5.0, level_db=-80.0):
    return np.random.default_rng(7).standard_normal((round(seconds * RATE_HZ), 2)) * 10 ** (level_db / 20)


def album(folder, *sounds, **intent):
    songs = AlbumFolder(folder)
    songs.manifest["intent"] |= intent
    for sound in sounds:
        songs.add(sound)
    return songs


def delivered(folder, name):
    """Every track as it lies in its files, as integers, in order."""
    kind = {"streaming": "flac", "cd-wav": "cue", "cd-ddp": "ddp"}.get(name, "lathe")
    found = []
    for programme in formats.named(kind).read(folder / name).programmes:
        whole = np.concatenate(list(programme.blocks()))
        found += [whole[start:stop] for _, start, stop in programme.layout.spans()]
    return found


def drive_db(certificate):
    promise = certificate.deliverables["streaming"].promise
    return promise.drive_db


@pytest.fixture(scope="module")
def with_silence(tmp_path_factory):
    """Songs 2 and 5 among silences and a noise, delivered everywhere; two of the silences are one file twice."""
    place = tmp_path_factory.mktemp("silence")
    songs = album(place / "album", nothing(4.5), SONGS[0], nothing(5.0), noise(), SONGS[1], nothing(5.0), nothing(6.0))
    return songs.folder, place / "out", master(job_of(songs.folder, EVERYWHERE, place / "out"), ThreadWorkers())


def test_they_pass_with_a_warning_and_nothing_is_done_to_them(with_silence):
    _, _, certificate = with_silence
    assert certificate.passed
    for number in (1, 3, 4, 6, 7):
        account = certificate.tracks[number - 1]
        assert (account.gain_db, account.tone, account.compression) == (0.0, "as mixed", None)
        assert [remark.severity for remark in account.remarks] == ["warning"]
        assert "it passes as it is" in account.remarks[0].words
        assert account.before.integrated_lufs is None
    assert [account.remarks for account in certificate.tracks if account.track in (2, 5)] == [(), ()]


@pytest.mark.parametrize("name", EVERYWHERE)
def test_digital_silence_stays_digital_silence(with_silence, name):
    tracks = delivered(with_silence[1], name)
    settles = RATE_HZ if name.startswith("vinyl") else 0  # the groove's filters ring on from the side's last song
    for number in (1, 3, 6, 7):
        assert len(tracks[number - 1]) > 4 * 44100
        assert not tracks[number - 1][settles:].any()
    assert all(np.count_nonzero(tracks[number - 1][-1000:]) > 300 for number in (2, 5))  # a song's pause is dithered


def test_a_faint_noise_stands_in_the_album_as_it_was_sent(with_silence):
    _, out, certificate = with_silence
    track = delivered(out, "streaming")[3] / 2.0**23
    start = round(LEAD / 75 * RATE_HZ)
    heard = track[start : start + len(noise())]
    assert np.abs(heard - noise() * 10 ** (drive_db(certificate) / 20)).max() < 2.5 * 2.0**-23


def test_they_have_no_part_in_what_is_decided_for_the_songs(with_silence, tmp_path):
    folder, out, _ = with_silence
    among = read_plan((out / "streaming" / "plan.json").read_text("utf-8"), "plan.json")
    alone = session(album(tmp_path / "alone", *SONGS).folder).plan()
    songs = [among.treatments[1], among.treatments[4]]
    assert [(each.gain_db, each.bands) for each in songs] == [(each.gain_db, each.bands) for each in alone.treatments]
    assert among.expected_drive_db == alone.expected_drive_db
    assert [each.without_loudness for each in among.treatments] == [
        *("silence", None, "silence", "sound", None, "silence", "silence")
    ]
    assert "without_loudness" not in alone.json_text()
    assert "track 5, the loudest" in among.reasons[0]
    assert folder.is_dir()


def test_what_was_delivered_holds_and_its_figures_are_dashes(with_silence):
    _, out, certificate = with_silence
    assert verify(out).passed
    document = json.loads((out / "certificate.json").read_text("utf-8"))
    assert set(document["tracks"][0]["after"]["cd-wav"].values()) == {None}
    page = (out / "report.html").read_text("utf-8")
    assert "nan" not in page.lower().replace("nano", "")
    assert page.count('aria-label="Track') == 2  # of the change in tone: silence has none
    assert certificate.tracks[0].after["streaming"] == figures_of(analyse([nothing(5.0)], RATE_HZ))


def test_a_signature_rests_on_the_songs_alone(with_silence, tmp_path):
    folder, _, _ = with_silence
    found, alone = session(folder), session(album(tmp_path / "alone", *SONGS).folder)
    frozen = [
        freeze(each.album, each.spacing, each.before, [], [each.plan()], tmp_path / "no masters")
        for each in (found, alone)
    ]
    (folder / "signature.json").unlink()
    one, other = (each.model_copy(update={"dither_seed": 0}) for each in frozen)
    assert one == other


def test_a_silence_keeps_its_length_and_gaps_are_counted_from_its_ends(tmp_path):
    found = session(album(tmp_path / "album", SONGS[0], nothing(5.0), nothing(4.0), SONGS[1], gap_s=2.0).folder)
    (programme,) = found.plan().programmes
    clips = [(clip.start, clip.start + clip.length) for clip in programme.clips]
    assert [stop - start for start, stop in clips[1:3]] == [5 * RATE_HZ, 4 * RATE_HZ]
    assert clips[2][0] - clips[1][1] == 2 * RATE_HZ
    starts = [mark.cd_frame for mark in programme.marks]
    assert starts[2] - starts[1] == 7 * 75


def test_beside_silence_an_automatic_gap_is_short(tmp_path):
    found = session(album(tmp_path / "album", SONGS[0], nothing(5.0), SONGS[1], gap_s="auto").folder)
    assert [found.spacing.album.gap_before_s(number) for number in (2, 3)] == [0.5, 0.5]
    assert "this one is silent, which is a pause itself" in found.spacing.reasons[0]
    assert "track 2 is silent, which is a pause itself" in found.spacing.reasons[1]


def test_a_loud_click_sets_no_level(tmp_path):
    songs = album(tmp_path / "album", SONGS[0], CLICK, SONGS[1], gap_s=1.0)
    certificate = master(job_of(songs.folder, ("streaming",), tmp_path / "out"), ThreadWorkers())
    assert certificate.passed
    after = [account.after["streaming"].integrated_lufs or 0.0 for account in certificate.tracks]
    assert max(after[0], after[2]) == pytest.approx(-14.0, abs=0.06)
    alone = master(job_of(album(tmp_path / "alone", *SONGS, gap_s=1.0).folder, ("streaming",), tmp_path / "b"),
                   ThreadWorkers())  # fmt: skip
    assert drive_db(certificate) == pytest.approx(drive_db(alone), abs=0.1)
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert f"{after[1]:.1f}".replace("-", "−") in page


def test_a_click_s_samples_are_those_of_its_mix_under_the_album_s_drive(tmp_path):
    songs = album(tmp_path / "album", SONGS[0], 0.05 * CLICK, head_s=0.0, tail_s=0.0)
    certificate = master(job_of(songs.folder, ("streaming",), tmp_path / "out"), ThreadWorkers())
    factor = 10 ** (drive_db(certificate) / 20)
    track = delivered(tmp_path / "out", "streaming")[1] / 2.0**23
    start = round(LEAD / 75 * RATE_HZ)
    assert np.abs(track[start : start + len(CLICK)] - 0.05 * CLICK * factor).max() < 3 * 2.0**-23


def test_what_the_artist_sets_for_them_by_hand_is_done(tmp_path):
    songs = AlbumFolder(tmp_path / "album")
    bell = {"kind": "bell", "frequency_hz": 1000.0, "gain_db": 3.0}
    songs.add(SONGS[0]).add(noise(), gain_db=12.0).add(CLICK, level_wish_lu=-3.0).add(noise(4.0), eq=[bell])
    treatments = session(songs.folder).plan().treatments[1:]
    assert [each.gain_db for each in treatments] == [12.0, -3.0, 0.0]
    assert [len(each.bands) for each in treatments] == [0, 0, 1]
    assert "The artist set +12 dB." in treatments[0].reasons


@pytest.mark.parametrize("gap_s", [0.0, 1.0])
def test_nothing_that_is_asked_for_the_album_is_done_to_them(tmp_path, gap_s):
    wishes = {"compression": "all", "mono_below_hz": 100.0, "high_pass_hz": 20.0, "width_db": 3.0, "gap_s": gap_s}
    found = session(album(tmp_path / "album", SONGS[0], noise(), SONGS[1], **wishes).folder).plan()
    quiet = found.treatments[1]
    assert (quiet.high_pass_hz, quiet.mono_below_hz, quiet.width_db, quiet.compression) == (None, None, 0.0, None)
    assert not any("Runs on" in reason for treatment in found.treatments for reason in treatment.reasons)


def test_the_album_s_rate_is_the_music_s(tmp_path):
    songs = AlbumFolder(tmp_path / "album").add(music(5.0, 44100), 44100).add(np.zeros((96000 * 20, 2)), 96000)
    plan = session(songs.folder).plan()
    assert plan.rate_hz == 44100
    assert plan.programmes[0].clips[1].length == 20 * 44100


def test_a_side_of_nothing_but_silence_is_cut_and_holds(tmp_path):
    songs = AlbumFolder(tmp_path / "album").add(SONGS[0], side="A").add(nothing(5.0), side="B").add(noise(), side="B")
    certificate = master(job_of(songs.folder, ("vinyl-12in-33",), tmp_path / "out"), ThreadWorkers())
    assert certificate.passed
    assert not delivered(tmp_path / "out", "vinyl-12in-33")[1][: 4 * RATE_HZ].any()
    assert verify(tmp_path / "out").passed


def test_a_crossfade_into_silence_is_a_fade(tmp_path):
    songs = AlbumFolder(tmp_path / "album").add(SONGS[0]).add(nothing(6.0), crossfade_s=2.0).add(SONGS[1], gap_s=1.0)
    certificate = master(job_of(songs.folder, ("cd-wav",), tmp_path / "out"), ThreadWorkers())
    assert certificate.passed
    silence = delivered(tmp_path / "out", "cd-wav")[1]
    border = 2 * 44100 + 588
    assert np.count_nonzero(silence[: border - 4410]) > 40000
    assert not silence[border : 5 * 44100].any()


@pytest.mark.parametrize("sound", [nothing(3.0), noise(0.3, -30.0)], ids=["silence", "a breath"])
def test_what_stands_before_index_1_may_be_silent_too(tmp_path, sound):
    songs = AlbumFolder(tmp_path / "album").add(SONGS[0]).add(sound, title="Breath")
    breath = songs.manifest["tracks"].pop()
    for song in SONGS:
        songs.add(song, mix=f"{len(song)}.wav", isrc="", pregap={"mix": breath["mix"]})
    songs.manifest["tracks"] = songs.manifest["tracks"][1:]
    for track in songs.manifest["tracks"]:
        del track["isrc"]
    songs.write()
    certificate = master(job_of(songs.folder, ("cd-ddp", "streaming"), tmp_path / "out"), ThreadWorkers())
    assert certificate.passed
    assert ["it passes as it is" in each.remarks[-1].words for each in certificate.tracks] == [True, True]


def test_an_album_of_them_alone_is_refused(tmp_path):
    folder = album(tmp_path / "album", nothing(5.0), noise(), CLICK).folder
    assert [fault.words for fault in check_album(folder, ThreadWorkers()).faults if fault.severity == "refusal"] == [
        "have no loudness, none of them: there is nothing to master"
    ]
    with pytest.raises(Refusal, match="nothing to master"):
        master(job_of(folder, ("streaming",), tmp_path / "out"), ThreadWorkers())
