"""The written files against the promise: every change that matters is found, and nothing else is complained of."""

import shutil
from dataclasses import replace

import mutagen.flac
import numpy as np
import pytest
import soundfile

from formats._cd import cue_sheet
from formats.cue import toc_file
from pipeline.analysis.meters.loudness import integrated_lufs
from pipeline.analysis.meters.loudness_cross_check import CrossCheckMeter
from pipeline.deliverables.audit import MeasuredTrack, audit, judge, read_back
from pipeline.deliverables.certificate import read_certificate
from tests.support.sessions import profile_of, rendered

SAMPLE_RATE_AT = 24  # of a WAV header: bytes 24 to 27
DATA_AT = 44


@pytest.fixture
def audited(measured, finished, tmp_path):
    """A function that changes a copy of a deliverable, audits it and returns what failed, as (where, quantity)."""

    def run(name, change=lambda _: None, plan=None, **promise):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        shutil.copytree(finished / name, folder)
        change(folder)
        made = read_certificate(finished).deliverables[name].promise
        assert made is not None
        return audit(folder, measured.album, plan or measured.plan(name), made.model_copy(update=promise))

    return run


def failed(result):
    assert result.passed == all(finding.passed for finding in result.findings)
    return [(finding.where, finding.quantity) for finding in result.findings if not finding.passed]


def flacs(folder):
    return sorted(folder.glob("*.flac"))


def rewritten(path, change=lambda sound: sound, rate_hz=None):
    """A FLAC with other samples, its tags kept: nothing in the file itself tells."""
    comments = dict(mutagen.flac.FLAC(path))
    sound, found_hz = soundfile.read(path, dtype="int32")
    soundfile.write(path, change(sound), rate_hz or found_hz, subtype="PCM_24")
    file = mutagen.flac.FLAC(path)
    file.update(comments)
    file.save()


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["cd-wav", "streaming", "vinyl-12in-33"])
def test_what_is_as_it_was_written_passes(audited, name):
    result = audited(name)
    assert failed(result) == []
    assert len(result.tracks) == 3
    assert {finding.quantity for finding in result.findings} >= {"samples", "marks", "length", "true peak"}


@pytest.mark.parametrize(("name", "side"), [("cd-wav", "*.wav"), ("vinyl-12in-33", "*SideB*.wav")])
def test_one_flipped_bit_of_one_sample_is_found(audited, name, side):
    result = audited(name, lambda folder: flip(next(folder.glob(side)), DATA_AT + 60_001))
    assert failed(result) == [("programme", "samples")]


def test_one_changed_sample_in_a_sound_flac_is_found(audited):
    def change(sound):
        sound[5000, 0] += 1 << 8
        return sound

    assert failed(audited("streaming", lambda folder: rewritten(flacs(folder)[1], change))) == [
        ("programme", "samples")
    ]


def test_a_damaged_flac_is_no_music(audited):
    ((where, quantity),) = failed(audited("streaming", lambda folder: flip(flacs(folder)[1], 60_000)))
    assert quantity == "readable"
    assert where.startswith("02 Song 2")


def test_a_mark_shifted_by_one_frame_is_found(audited):
    def change(folder):
        for kind, suffix in ((cue_sheet, "cue"), (toc_file, "toc")):
            (path,) = folder.glob(f"*.{suffix}")
            sheet = kind.decode(path.read_bytes(), path.name)
            one, other, *rest = sheet.marks
            moved = replace(other, start=other.start + 588)
            path.write_bytes(kind.encode(replace(sheet, marks=(one, moved, *rest))))

    result = audited("cd-wav", change)
    assert ("programme", "marks") in failed(result)
    assert ("programme", "samples") not in failed(result)


def test_sheets_that_disagree_are_found(audited):
    def change(folder):
        (path,) = folder.glob("*.cue")
        sheet = cue_sheet.decode(path.read_bytes(), path.name)
        one, other, *rest = sheet.marks
        path.write_bytes(cue_sheet.encode(replace(sheet, marks=(one, replace(other, start=other.start + 588), *rest))))

    result = audited("cd-wav", change)
    assert {quantity for _, quantity in failed(result)} == {"readable"}


def test_samples_moved_from_one_track_to_the_next_are_found(audited):
    """Laid end to end it is still the same programme; only its marks have moved."""

    def change(folder):
        one, other = flacs(folder)[:2]
        moved, _ = soundfile.read(one, dtype="int32", start=-640)
        rewritten(one, lambda sound: sound[:-640])
        rewritten(other, lambda sound: np.concatenate([moved, sound]))

    found = failed(audited("streaming", change))
    assert found[0] == ("programme", "marks")
    assert ("programme", "samples") not in found


@pytest.mark.parametrize("tag", ["TITLE", "ISRC", "ALBUM"])
def test_a_changed_tag_is_found(audited, tag):
    def change(folder):
        for path in flacs(folder) if tag == "ALBUM" else flacs(folder)[2:]:
            file = mutagen.flac.FLAC(path)
            file[tag] = file[tag][0] + "x"
            file.save()

    where = "album.title" if tag == "ALBUM" else f"tracks[3].{tag.lower()}"
    assert failed(audited("streaming", change)) == [(where, "text"), ("album and tracks", "texts and codes")]


def test_a_tag_that_was_not_planned_is_found(audited):
    def change(folder):
        file = mutagen.flac.FLAC(flacs(folder)[0])
        file["WRITER"] = "Anon"
        file.save()

    result = audited("streaming", change)
    assert failed(result) == [("tracks[1].songwriter", "text")]
    (finding,) = (finding for finding in result.findings if not finding.passed)
    assert (finding.measured, finding.required) == ("Anon", None)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("cd-wav", "*.wav"),
        ("cd-wav", "*.cue"),
        ("streaming", "01*"),
        ("vinyl-12in-33", "*SideA*"),
        ("vinyl-12in-33", "*.txt"),
    ],
)
def test_a_missing_file_is_found(audited, name, file):
    result = audited(name, lambda folder: next(folder.glob(file)).unlink())
    assert [quantity for _, quantity in failed(result)] == ["readable"]
    assert result.tracks == ()


def test_a_missing_last_track_is_found(audited):
    """The others say of how many they are."""
    found = failed(audited("streaming", lambda folder: flacs(folder)[-1].unlink()))
    assert {quantity for _, quantity in found} == {"readable"}


@pytest.mark.parametrize("rate_hz", [8000, 44100, 500_000])
def test_another_rate_is_found_and_not_measured(audited, rate_hz):
    def change(folder):
        for path in flacs(folder):
            rewritten(path, rate_hz=rate_hz)

    result = audited("streaming", change)
    assert failed(result) == [("programme", "sample rate")]
    assert result.tracks == ()


def test_another_rate_in_a_header_is_found(audited):
    assert audited("cd-wav", lambda folder: flip(next(folder.glob("*.wav")), SAMPLE_RATE_AT)).passed is False


def test_a_peak_over_the_ceiling_is_told_by_track(measured, audited):
    lower = measured.plan(profile_of("streaming", ceiling_dbtp=-6.0))
    result = audited("streaming", plan=lower)
    over = [analysis.true_peak.true_peak_dbtp > -6.0 for analysis in result.tracks]
    assert any(over)
    assert failed(result) == [(f"tracks[{n}]", "true peak") for n, above in enumerate(over, start=1) if above]


@pytest.mark.parametrize(("change", "passed"), [(0.01, True), (0.1, False), (-0.1, False)])
def test_loudness_is_held_against_the_tolerance(measured, audited, change, passed):
    plan = measured.plan(profile_of("streaming", target_lufs=-14.0 + change))
    assert audited("streaming", plan=plan).passed is passed


def test_what_was_held_back_must_be_as_loud_as_was_promised(measured, audited):
    plan = measured.plan(profile_of("streaming", target_lufs=-9.0))
    result = audited("streaming", plan=plan, held_back=True)
    (finding,) = (finding for finding in result.findings if finding.quantity == "integrated loudness")
    assert finding.passed
    assert finding.required == "-14.0 ±0.05 (held back from -9 by reduction_limit_db = 6)"


def test_where_no_loudness_is_promised_none_is_looked_for(measured, audited):
    plan = measured.plan(profile_of("streaming", target_lufs=-9.0))
    result = audited("streaming", plan=plan, loudness_lufs=None)
    assert result.passed
    assert "integrated loudness" not in [finding.quantity for finding in result.findings]


def test_silence_has_no_loudness_and_does_not_pass(audited):
    def change(folder):
        for path in flacs(folder):
            rewritten(path, np.zeros_like)

    result = audited("streaming", change)
    (finding,) = (finding for finding in result.findings if finding.quantity == "integrated loudness")
    assert (finding.measured, finding.passed) == (None, False)
    assert all(finding.measured >= -200.0 for finding in result.findings if finding.quantity == "true peak")


@pytest.mark.parametrize("name", ["cd-wav", "streaming", "vinyl-12in-33"])
def test_every_track_and_the_album_are_heard_by_a_second_meter(audited, name):
    heard = [finding for finding in audited(name).findings if finding.quantity == "second opinion"]
    assert [finding.where for finding in heard] == ["tracks[1]", "tracks[2]", "tracks[3]", "album"]
    for finding in heard:
        assert finding.method.startswith("pyloudnorm")
        assert finding.measured == pytest.approx(finding.required, abs=0.02)


def test_two_meters_that_disagree_certify_nothing(audited, monkeypatch):
    block_powers = CrossCheckMeter.block_powers
    monkeypatch.setattr(CrossCheckMeter, "block_powers", lambda meter: 10**0.006 * block_powers(meter))  # 0.06 LU
    result = audited("streaming")
    assert failed(result) == [(where, "second opinion") for where in ("tracks[1]", "tracks[2]", "tracks[3]", "album")]


@pytest.mark.parametrize(("level_lufs", "holds"), [(-70.01, True), (-69.99, True), (-69.6, True), (-69.0, False)])
def test_near_the_gate_two_meters_need_not_agree_whether_there_is_a_loudness(measured, finished, level_lufs, holds):
    plan = measured.plan("streaming")
    found = read_back(finished / "streaming", measured.album, plan)
    powers = np.full(40, 10 ** ((level_lufs + 0.691) / 10))
    loudness = replace(found.heard[0].analysis.loudness, integrated_lufs=integrated_lufs(powers), block_powers=powers)
    faint = MeasuredTrack(replace(found.heard[0].analysis, loudness=loudness), np.zeros(40))
    promise = read_certificate(finished).deliverables["streaming"].promise
    assert promise is not None
    result = judge(replace(found, heard=(faint, *found.heard[1:])), plan, promise)
    assert (("tracks[1]", "second opinion") not in failed(result)) is holds


def test_another_render_than_was_promised_is_found(measured, audited, tmp_path):
    plan = measured.plan("streaming", drive_db=-3.0)
    (tmp_path / "scratch").mkdir()
    other = rendered(plan, measured.mixes, tmp_path / "scratch").promise
    assert failed(audited("streaming", digests=other.digests)) == [("programme", "samples")]


def test_progress_covers_what_is_listened_to(measured, finished):
    told = list[float]()
    plan, promise = measured.plan("streaming"), read_certificate(finished).deliverables["streaming"].promise
    assert promise is not None
    audit(finished / "streaming", measured.album, plan, promise, told.append)
    assert sum(told) == pytest.approx(plan.programmes[0].cd_frames / 75)
