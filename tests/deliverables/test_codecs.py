"""Deliverables that promise something after a codec, from plan to place: made, audited, certified and verified."""

import json

import pytest

import formats.codecs.ffmpeg
from albums.faults import Refusal
from formats.codecs import decoded, installed
from formats.codecs.ffmpeg import Ffmpeg
from pipeline.deliverables.certificate import CERTIFICATE, read_certificate
from pipeline.deliverables.verify import verify
from profiles import load
from profiles.parts import CodecCheck, Encoding
from tests.support.music import AlbumFolder, music
from tests.support.sessions import contents, session

LOSSY = {"mp3": "mp3-320", "aac": "aac-256", "opus": "opus-128", "vorbis": "vorbis-q5"}


def checked(*names, **level):
    """The shipped streaming profile with a check of these codecs."""
    shipped = load("streaming")
    check = CodecCheck(codecs=names, ceiling_dbtp=-1.0, source="a test")
    return shipped.model_copy(update={"codec_check": check, "level": shipped.level.model_copy(update=level)})


def lossy(kind):
    """The shipped streaming profile as lossy files."""
    shipped = load("streaming")
    rate_hz = 48000 if kind == "opus" else "native"
    changes = {
        "name": LOSSY[kind],
        "format": kind,
        "codec": Encoding(name=LOSSY[kind], source="a test"),
        "codec_check": None,
        "pcm": shipped.pcm.model_copy(update={"rate_hz": rate_hz, "rates_hz": (44100, 48000)}),
        "level": shipped.level.model_copy(update={"target_lufs": -11.0}),
    }
    return shipped.model_copy(update=changes)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Two songs that run on, and one of digital silence after a gap."""
    songs = AlbumFolder(tmp_path_factory.mktemp("codecs") / "album")
    sound = music(7.0, 44100, tilt=0.6)
    songs.add(sound[: 3 * 44100], 44100)
    songs.add(sound[3 * 44100 :], 44100, gap_s=0)
    songs.add(0.0 * sound[:100_000], 44100)
    return session(songs.write())


def findings(certificate, name, quantity):
    return [each for each in certificate.deliverables[name].findings if each.quantity.startswith(quantity)]


def test_every_track_and_codec_has_a_finding_that_verify_asks_for_again(measured, tmp_path):
    certificate = measured.deliver(tmp_path, measured.plan(checked("vorbis-q5", "mp3-320")))
    assert certificate.passed
    found = findings(certificate, "streaming", "true peak after")
    told = [(each.where, each.quantity.removeprefix("true peak after ")) for each in found]
    assert told == [(f"tracks[{number}]", title) for number in (1, 2, 3) for title in ("Vorbis q5", "MP3 320 kbit/s")]
    assert all(installed().sha256 in each.method for each in found)
    assert verify(tmp_path).passed


@pytest.mark.parametrize("fault", ["a figure is left out", "a figure is over"])
def test_a_certificate_that_does_not_tell_of_a_codec_or_tells_of_too_much_does_not_hold(fault, measured, tmp_path):
    measured.deliver(tmp_path, measured.plan(checked("vorbis-q5", "mp3-320")))
    told = json.loads((tmp_path / CERTIFICATE).read_text("utf-8"))
    figures = told["deliverables"]["streaming"]["promise"]["codecs"]
    if fault == "a figure is left out":
        figures.pop()
    else:
        figures[0]["after_dbtp"] = -0.5
    (tmp_path / CERTIFICATE).write_text(json.dumps(told), "utf-8")
    assert not verify(tmp_path).passed


def test_what_does_not_hold_after_a_codec_is_not_put_in_its_place(measured, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.rendering.codecs.track_room.MOST_PASSES", 0)
    monkeypatch.setattr("pipeline.rendering.codecs.track_room.MOST_NOISE_TIMES", 0.0)
    monkeypatch.setattr("pipeline.rendering.codecs.track_room.SPARE_DB", 0.0)
    certificate = measured.deliver(tmp_path, measured.plan(checked("opus-96", target_lufs=-7.0)))
    failed = [each for each in findings(certificate, "streaming", "true peak after") if not each.passed]
    assert failed
    assert not certificate.passed
    assert not (tmp_path / "streaming").exists()


@pytest.mark.parametrize("kind", LOSSY)
def test_lossy_files_hold_their_peak_their_loudness_and_their_length(kind, measured, tmp_path):
    plan = measured.plan(lossy(kind))
    certificate = measured.deliver(tmp_path, plan)
    assert certificate.passed, [each for each in certificate.deliverables[LOSSY[kind]].findings if not each.passed]
    (loudness,) = findings(certificate, LOSSY[kind], "integrated loudness")
    assert loudness.measured == pytest.approx(-11.0, abs=0.05)
    (layout,) = plan.layouts
    files = sorted((tmp_path / LOSSY[kind]).glob("0*"))
    lengths = [sum(map(len, decoded(path, kind))) for path in files]
    assert lengths == [stop - start for _, start, stop in layout.spans()]
    peaks = {(each.track, each.codec): each.after_dbtp for each in certificate.deliverables[LOSSY[kind]].promise.codecs}
    for number, found in enumerate(findings(certificate, LOSSY[kind], "true peak"), 1):
        assert found.measured == pytest.approx(peaks[number, LOSSY[kind]], abs=0.002)
    assert verify(tmp_path).passed


def test_the_same_lossy_bytes_come_of_one_worker_and_of_several(measured, tmp_path, monkeypatch):
    plan = measured.plan(lossy("mp3"))
    measured.deliver(tmp_path / "several", plan)
    monkeypatch.setattr("pipeline.rendering.codecs.room.processors", lambda: 1)
    measured.deliver(tmp_path / "one", plan)
    assert contents(tmp_path / "several") == contents(tmp_path / "one")
    assert read_certificate(tmp_path / "one").passed


def test_a_missing_encoder_is_told_before_anything_is_rendered(measured, monkeypatch):
    known = installed()
    without = Ffmpeg(known.path, known.version, known.sha256, known.encoders - {"libopus"})
    monkeypatch.setattr(formats.codecs.ffmpeg, "installed", lambda: without)
    with pytest.raises(Refusal) as refusal:
        measured.plan(checked("mp3-320", "opus-128"))
    (fault,) = refusal.value.faults
    assert fault.where == "streaming"
    assert fault.words.startswith(f"opus-128 wants the encoder libopus, which {known.path} has not")


def test_the_missing_encoder_of_lossy_files_is_told_once(measured, monkeypatch):
    known = installed()
    without = Ffmpeg(known.path, known.version, known.sha256, known.encoders - {"libopus"})
    monkeypatch.setattr(formats.codecs.ffmpeg, "installed", lambda: without)
    with pytest.raises(Refusal) as refusal:
        measured.plan(lossy("opus"))
    assert [fault.words.split(",")[0] for fault in refusal.value.faults] == ["opus-128 wants the encoder libopus"]
