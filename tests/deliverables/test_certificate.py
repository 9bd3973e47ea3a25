"""The certificate: what it says, what it keeps of an earlier run, and what it never takes for one."""

import hashlib
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter

from albums import Album, EqBand
from albums.faults import Fault, Refusal
from pipeline.analysis.analysis import analyse
from pipeline.deliverables.certificate import (
    CERTIFICATE,
    LARGEST_CERTIFICATE_BYTES,
    Certificate,
    Deliverable,
    TrackAccount,
    accounts,
    album_facts,
    carried_over,
    origin_of,
    read_certificate,
    source_key,
    versions,
)
from pipeline.deliverables.figures import Figures, figures_of
from pipeline.deliverables.files import DeliveredFile, Lying, as_it_lies, files_in, is_as_certified
from pipeline.deliverables.findings import Finding
from pipeline.plan.treatment import tone_words
from tests.support.music import RATE_HZ, music
from tests.support.programmes import albums

HASH = "0123456789abcdef" * 4
UNDEFINED = dict.fromkeys(Figures.model_fields)
QUIET = Figures.model_validate(
    UNDEFINED | {"integrated_lufs": -30.0, "true_peak_dbtp": -12.0, "peak_to_loudness_lu": 18.0}
)
LOUD = QUIET.model_copy(update={"integrated_lufs": -14.0})


def deliverable(*, passed=True, title="As made"):
    file = DeliveredFile(path="x/1.wav", sha256=HASH, bytes=3)
    return Deliverable(passed=passed, title=title, files=(file,) if passed else (), findings=(), promise=None)


def account(after, sha256=HASH):
    return TrackAccount(track=1, title="One", mix="1.wav", mix_sha256=sha256, before=QUIET, gain_db=0.0,
                        tone="as mixed", reasons=(), remarks=(), after=after)  # fmt: skip


def certificate(after=LOUD, source="s", made_by="1", tracks=1, sha256=HASH, **deliverables):
    return Certificate(
        passed=all(each.passed for each in deliverables.values()),
        source=source,
        album={},
        deliverables=deliverables,
        tracks=(account(dict.fromkeys(deliverables, after), sha256),) * tracks,
        versions={"glassmaster": made_by},
    )


def always(_):
    return True


def test_what_was_not_made_this_time_is_kept():
    earlier, fresh = certificate(after=QUIET, cd=deliverable()), certificate(streaming=deliverable())
    kept = carried_over(fresh, earlier, always)
    assert set(kept.deliverables) == {"cd", "streaming"}
    assert kept.tracks[0].after == {"cd": QUIET, "streaming": LOUD}


def test_what_was_made_anew_is_never_the_old():
    earlier = certificate(after=QUIET, cd=deliverable(title="Old"))
    fresh = certificate(cd=deliverable(title="New"))
    assert carried_over(fresh, earlier, always) == fresh


def test_what_failed_this_time_does_not_become_what_passed_before():
    fresh = certificate(cd=deliverable(passed=False))
    assert carried_over(fresh, certificate(cd=deliverable()), always) == fresh


@pytest.mark.parametrize(
    "earlier",
    [
        None,
        certificate(cd=deliverable(passed=False)),
        certificate(source="another album", cd=deliverable()),
        certificate(made_by="2", cd=deliverable()),
        certificate(tracks=2, cd=deliverable()),
        certificate(sha256="f" * 64, cd=deliverable()),
    ],
    ids=["none", "failed", "another album", "another program", "other tracks", "other mixes"],
)
def test_nothing_is_kept_that_was_not_made_of_the_same(earlier):
    fresh = certificate(streaming=deliverable())
    assert carried_over(fresh, earlier, always) == fresh


def test_nothing_is_kept_that_no_longer_stands():
    earlier = certificate(cd=deliverable(title="Gone"), vinyl=deliverable(title="There"))
    kept = carried_over(certificate(streaming=deliverable()), earlier, lambda each: each.title == "There")
    assert set(kept.deliverables) == {"vinyl", "streaming"}
    assert set(kept.tracks[0].after) == {"vinyl", "streaming"}


def test_a_certificate_is_the_same_after_a_journey_as_json(finished):
    found = read_certificate(finished)
    assert found.json_text() == (finished / CERTIFICATE).read_text("utf-8")
    assert found.passed
    assert all(each.promise for each in found.deliverables.values())


def test_it_holds_no_path_and_no_time_of_its_run(finished, measured):
    text = (finished / CERTIFICATE).read_text("utf-8").replace("release_date", "")
    assert str(finished) not in text
    assert str(measured.album.folder) not in text
    assert not any(word in text for word in ("/tmp", 'date"', 'time"'))  # noqa: S108


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "line 1, column 1: is not valid JSON: expecting value"),
        (b"\xff\xfe", "is UTF-16; save it as UTF-8"),
        (b"[]", "should be an object"),
        (b"{}", "passed: is missing; it is required"),
        (b'{"passed": false, "passed": true}', "has the key 'passed' 2 times in one object; delete all but one"),
        (b'{"passed": ' + b"9" * 5000 + b"}", "holds a number of thousands of digits"),
        (b"{" + b",".join(b'"%d": 1' % n for n in range(3000)) + b"}", "has 3,000 keys in one object; at most 2,000"),
        (b"[" + b"1," * 1_100_000 + b"1]", "holds more than 400,000 values"),
        (b"[" + b"[]," * 110_000 + b"1]", "holds more than 400,000 values or 100,000 lists"),
        (b'{"tracks": [' + b"1," * 30_000 + b"1]}", "has 30,001 items in one list; at most 20,000 are taken"),
        (b'{"passed": "\n"}', "line 1, column 13: is not valid JSON: invalid control character"),
        (b"[" * 100_000, "holds brackets within brackets"),
    ],
)
def test_a_broken_certificate_is_refused(tmp_path, content, words):
    (tmp_path / CERTIFICATE).write_bytes(content)
    with pytest.raises(Refusal, match=words):
        read_certificate(tmp_path)


@pytest.mark.parametrize("name", ["../masters", "/etc", "", ".", "a/b", "x\x00", "a" * 65])
def test_a_deliverable_s_name_never_leads_elsewhere(finished, tmp_path, name):
    document = json.loads((finished / CERTIFICATE).read_text())
    document["deliverables"][name] = document["deliverables"].pop("cd-wav")
    (tmp_path / CERTIFICATE).write_text(json.dumps(document))
    with pytest.raises(Refusal, match="deliverables"):
        read_certificate(tmp_path)


def test_no_certificate_and_a_huge_one_are_refused(tmp_path):
    with pytest.raises(Refusal, match="nothing was finished here"):
        read_certificate(tmp_path)
    with (tmp_path / CERTIFICATE).open("wb") as file:
        file.truncate(LARGEST_CERTIFICATE_BYTES + 1)
    with pytest.raises(Refusal, match=f"takes {LARGEST_CERTIFICATE_BYTES + 1} bytes"):
        read_certificate(tmp_path)


@settings(max_examples=30)
@given(albums(most=6))
def test_the_album_can_be_had_back_from_its_facts(songs):
    facts = album_facts(songs)
    back = TypeAdapter(Album).validate_json(json.dumps(facts))
    assert back.model_copy(update={"folder": songs.folder}) == songs
    assert "" not in facts["album"].values()


@pytest.fixture(scope="module")
def plan(measured):
    return measured.plan()


@settings(max_examples=30)
@given(songs=albums(most=3))
def test_the_source_is_the_manifest_and_the_mixes(measured, plan, songs):
    other = plan.treatments[0].model_copy(update={"mix_sha256": "f" * 64})
    keys = {
        source_key(songs, [plan]),
        source_key(songs.model_copy(update={"deliverables": ("cd-wav",)}), [plan]),
        source_key(songs.model_copy(update={"approval": "required", "priority": 7}), [plan]),
        source_key(songs.model_copy(update={"folder": Path("/elsewhere")}), [plan, plan]),
    }
    assert len(keys) == 1
    assert source_key(measured.album, [plan]) not in keys
    assert source_key(songs, [plan.model_copy(update={"treatments": (other, *plan.treatments[1:])})]) not in keys


def test_files_are_listed_by_path_with_hash_and_size(tmp_path):
    for name, content in (("x/b.wav", b"123"), ("x/a/c.txt", b""), ("y/no.txt", b"-")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    found = files_in(tmp_path / "x", tmp_path)
    assert [(file.path, file.bytes) for file in found] == [("x/a/c.txt", 0), ("x/b.wav", 3)]
    assert found[1].sha256 == hashlib.sha256(b"123").hexdigest()
    assert all(is_as_certified(file, tmp_path) for file in found)


def test_what_lies_there_now_is_told_or_none(tmp_path):
    out = tmp_path / "out"
    (out / "x").mkdir(parents=True)
    (out / "x" / "1.wav").write_bytes(b"abcd")
    (tmp_path / "secret").write_bytes(b"abc")
    (out / "x" / "link").symlink_to(tmp_path / "secret")
    file = DeliveredFile(path="x/1.wav", sha256=HASH, bytes=3)
    assert as_it_lies(file, out) == Lying(4)  # another size says enough
    same_size = file.model_copy(update={"bytes": 4})
    assert as_it_lies(same_size, out) == Lying(4, hashlib.sha256(b"abcd").hexdigest())
    (out / "x" / "loop").symlink_to("loop")
    elsewhere = ["../secret", str(tmp_path / "secret"), "x/link", "x/loop", "x", "x/2.wav", "x/1.wav/y", "\0",
                 "x" * 5000, "~/x"]  # fmt: skip
    assert [as_it_lies(file.model_copy(update={"path": path}), out) for path in elsewhere] == [None] * len(elsewhere)


@cache
def song():
    return analyse([music(4.0)], RATE_HZ)


def test_figures_are_to_a_hundredth_and_none_where_there_is_nothing():
    found = figures_of(song())
    assert found.integrated_lufs == round(song().loudness.integrated_lufs, 2)
    assert found.true_peak_dbtp == round(song().true_peak.true_peak_dbtp, 2)
    silence = figures_of(analyse([np.zeros((RATE_HZ, 2))], RATE_HZ))
    assert set(silence.model_dump().values()) == {None}


def test_an_account_has_the_mix_the_decision_and_what_went_out(measured):
    plan, louder = measured.plan(), song()
    remarks = [[Fault("tracks[1]", "Clipped.", "warning")], [], []]
    after = {"cd": [louder] * 3, "unread": []}
    origin = origin_of(measured.album, "s", measured.before, remarks)
    found = accounts(measured.album, plan.treatments, origin, after)
    assert [each.mix for each in found] == ["mixes/01.wav", "mixes/02.wav", "mixes/03.wav"]
    assert [each.gain_db for each in found] == [treatment.gain_db for treatment in plan.treatments]
    assert found[1].before == figures_of(measured.before[1])
    assert found[2].after == {"cd": figures_of(louder)}
    assert [(remark.severity, remark.words) for remark in found[0].remarks] == [("warning", "Clipped.")]


def test_tone_is_told_in_words(measured):
    treatment = measured.plan().treatments[0]
    edited = (
        EqBand(kind="low-shelf", frequency_hz=90.0, gain_db=-1.24, q=0.7),
        EqBand(kind="bell", frequency_hz=3150.0, gain_db=0.8, q=0.7),
        EqBand(kind="high-shelf", frequency_hz=7000.0, gain_db=2.0, q=0.7),
    )
    words = "-1.2 dB below 90 Hz, +0.8 dB at 3.15 kHz, +2.0 dB above 7 kHz"
    assert tone_words(treatment.model_copy(update={"bands": edited})) == words
    assert tone_words(treatment.model_copy(update={"bands": ()})) == "as mixed"


def test_what_made_the_samples_is_named():
    assert {"glassmaster", "python", "numpy", "libsndfile", "libsoxr"} <= versions().keys()
    assert versions() == versions()


def test_a_finding_holds_what_was_measured_as_it_was():
    for measured in (16, -1.02, "1:0", None):
        finding = Finding(
            where="programme", quantity="q", measured=measured, required=1, unit="", method="m", passed=True
        )
        back = Finding.model_validate_json(finding.model_dump_json())
        assert back == finding
        assert type(back.measured) is type(measured)
