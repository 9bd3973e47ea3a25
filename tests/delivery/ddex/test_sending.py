"""A batch arrives whole, the file that says so last, and nothing that looks complete is left by what was cut off."""

import hashlib
import json
import shutil
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath
from xml.etree import ElementTree

import pytest
import soundfile

from albums import Ddex
from albums.faults import Refusal
from pipeline.deliverables.certificate import CERTIFICATE, source_key
from pipeline.delivery.ddex.sending import SENT, deliver_ddex
from pipeline.delivery.packages import COMPLETE, INCOMPLETE
from pipeline.system.progress import Stopped
from tests.support.ddex import NOW, SETTINGS
from tests.support.music import AlbumFolder, music
from tests.support.pictures import picture
from tests.support.sessions import contents, session
from tests.support.vault import SECRET, vault

BATCH = "20261201101112345"
UPC = "036000291452"
TRACKS = [f"{UPC}/resources/{UPC}_01_00{number}.flac" for number in (1, 2)]
LAST = f"BatchComplete_{BATCH}.xml"
WHOLE = [*TRACKS, f"{UPC}/resources/{UPC}.jpg", f"{UPC}/{UPC}.xml", LAST]


def composed(folder, **release):
    """Two songs that run on, with all that a message wants; `release` changes the manifest."""
    songs = AlbumFolder(folder)
    songs.manifest["album"].update({"label": "L&L", "genre": "Folk", "phonogram": "2026 L&L", "cover": "cover.jpg"})
    songs.manifest["album"].update(release)
    (songs.folder / "cover.jpg").write_bytes(picture())
    songs.add(music(4.0, seed=1)).add(music(4.0, seed=2, level_db=-15.0), gap_s=0.0)
    return session(songs.folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Masters, and others of the same album with another sound: to be copied."""
    songs, places = composed(tmp_path_factory.mktemp("songs") / "album"), []
    for number, drive_db in enumerate((1.0, -3.0)):
        places.append(tmp_path_factory.mktemp("made") / str(number))
        songs.deliver(places[-1], songs.plan(drive_db=drive_db))
    return places


@pytest.fixture
def out(made, tmp_path):
    return shutil.copytree(made[0], tmp_path / "masters")


@pytest.fixture
def there(tmp_path):
    (tmp_path / "there").mkdir()
    return tmp_path / "there"


@pytest.fixture
def place():
    with vault() as found:
        yield found


@pytest.fixture
def send(out):
    """The masters delivered to the vault as a batch."""

    def sent(now=NOW, settings=None, **more):
        options = {"options": {"secret": SECRET}, "pause": lambda _: None, **more}
        return deliver_ddex(
            out, "vault://bucket/in", Ddex.model_validate({**SETTINGS, **(settings or {})}), now, **options
        )

    return sent


def batches(place):
    """What lies in the vault, by batch and path; nothing else may."""
    found = dict[str, dict[str, bytes]]()
    for path, data in place.files.items():
        batch, _, rest = path.removeprefix("bucket/in/").partition("/")
        found.setdefault(batch, {})[rest] = data
    return found


def test_a_batch_arrives_in_order_with_nothing_strange_beside_it(out, place, send):
    delivery = send()
    written = [path.removeprefix(f"bucket/in/{BATCH}/") for what, path in place.calls if what == "wb"]
    assert written == delivery.sent == WHOLE
    assert {*batches(place)} == {BATCH}
    assert {*batches(place)[BATCH]} == {*WHOLE}
    assert batches(place)[BATCH][LAST] == b""
    assert json.loads((out / CERTIFICATE).read_text())["passed"]
    assert [str(note) for note in delivery.notes] == [
        'album.toml: ddex.message: is a test; message = "live" puts the release on sale',
        "album.toml: ddex.territories: are not said: Worldwide",
        "album.toml: ddex.start_date: is not said: the release date, 2026-11-27",
        "album.toml: album.kind: is not said: an album",
        "album.toml: ddex.language: is not said: en",
    ]


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_the_message_names_the_files_as_they_lie(out, there, algorithm):
    deliver_ddex(out, str(there), Ddex.model_validate({**SETTINGS, "hash": algorithm}), NOW)
    message = there / BATCH / UPC / f"{UPC}.xml"
    root = ElementTree.fromstring(message.read_bytes())  # noqa: S314 - our own
    files = root.findall(".//File")
    assert len(files) == 3
    for file in files:
        data = (message.parent / file.findtext("URI")).read_bytes()
        assert file.findtext("HashSum/Algorithm") == algorithm
        assert file.findtext("HashSum/HashSumValue") == hashlib.new(algorithm.replace("-", ""), data).hexdigest()
        assert float(file.findtext("FileSize") or 0) == len(data) / 1000
    for recording in root.findall(".//SoundRecording"):
        info = soundfile.info(message.parent / recording.findtext(".//URI"))
        assert recording.findtext(".//SamplingRate") == str(info.samplerate)
        assert info.subtype == f"PCM_{recording.findtext('.//BitsPerSample')}"
        assert recording.findtext("Duration") == f"PT{round(info.duration)}S"
        assert recording.findtext("DisableCrossfade") == "true"
    sent = {path: data for path, data in contents(out).items() if path.endswith(".flac")}
    assert sorted(sent.values()) == sorted((there / BATCH / path).read_bytes() for path in TRACKS)


def test_delivered_again_nothing_is_sent_and_the_time_stays(place, send):
    send()
    before = dict(place.files)
    again = send(NOW + timedelta(days=1))
    assert again.is_unchanged
    assert again.name == BATCH
    assert place.files == before


@pytest.mark.parametrize("count", range(1, 60, 3))
def test_a_run_that_is_cut_off_leaves_nothing_that_looks_complete_and_is_taken_up(place, send, count, monkeypatch):
    left = [count]
    called = place.called

    def fails(self, what, path):
        left[0] -= 1
        if left[0] == 0:
            raise Stopped
        called(self, what, path)

    monkeypatch.setattr(place, "called", fails)
    try:
        send()
    except Stopped:
        found = batches(place).get(BATCH, {})
        assert LAST not in found or {*found} == {*WHOLE}
    monkeypatch.setattr(place, "called", called)
    delivery = send(NOW + timedelta(hours=1))
    assert delivery.name == BATCH
    assert {*batches(place)} == {BATCH}
    assert {*batches(place)[BATCH]} == {*WHOLE}


def test_what_was_announced_is_never_written_into_and_what_differs_is_another_batch(made, out, place, send):
    send()
    first = dict(place.files)
    later = NOW + timedelta(hours=1)
    for change, settings in (("deal", {"start_date": date(2027, 1, 1)}), ("masters", {"start_date": date(2027, 1, 1)})):
        if change == "masters":
            kept = out / SENT
            shutil.move(kept, out.parent / "kept")
            shutil.rmtree(out)
            shutil.copytree(made[1], out)
            shutil.move(out.parent / "kept", kept)
        delivery = send(later, settings)
        assert delivery.name != BATCH
        assert not delivery.is_unchanged
        later += timedelta(hours=1)
    assert {path: place.files[path] for path in first} == first
    assert len(batches(place)) == 3


def test_a_batch_that_was_taken_in_is_sent_anew_under_another_name(place, send):
    send()
    place.files.clear()
    delivery = send(NOW + timedelta(hours=1))
    assert delivery.name != BATCH
    assert {*batches(place)} == {delivery.name}


def test_one_that_was_cut_off_before_the_masters_changed_holds_no_file_of_old(place, send, monkeypatch):
    """It goes on under its own name, since nobody was told of it."""
    called = place.called

    def fails(self, what, path):
        if what == "wb" and path.endswith(".xml"):
            raise Stopped
        called(self, what, path)

    monkeypatch.setattr(place, "called", fails)
    with pytest.raises(Stopped):
        send()
    monkeypatch.setattr(place, "called", called)
    layout = {"track": "{upc}/resources/{disc}_{track}"}
    delivery = send(NOW + timedelta(hours=1), {"layout": layout})
    assert delivery.name == BATCH
    assert {*delivery.removed} == {*TRACKS}
    assert {*batches(place)[BATCH]} == {*WHOLE} - {*TRACKS} | {f"{UPC}/resources/1_{number}.flac" for number in (1, 2)}


def test_all_that_is_missing_is_told_at_once(tmp_path, there):
    songs = AlbumFolder(tmp_path / "bare")
    songs.manifest["album"] = {"title": "Bare", "artist": "A"}
    songs.add(music(4.0), isrc="QZGLM2600001")
    songs.manifest["tracks"][0].pop("isrc")
    songs.write()
    bare = session(songs.folder)
    bare.deliver(tmp_path / "masters of it", bare.plan())
    with pytest.raises(Refusal) as refusal:
        deliver_ddex(tmp_path / "masters of it", str(there), Ddex(), NOW)
    places = {str(fault).split(": ")[1] for fault in refusal.value.faults}
    assert places == {
        "ddex.sender", "ddex.sender_name", "ddex.recipients", "ddex.deals", "album.release_date", "album.upc",
        "album.label", "album.genre", "album.cover", "tracks[1].isrc", "tracks[1].phonogram",
    }  # fmt: skip
    assert "free" in str(refusal.value)
    assert not any(there.iterdir())


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        ({"track": "{upc}"}, "also the place of"),
        ({"message": "../{upc}.xml"}, "no plain path"),
        ({"cover": "/{upc}"}, "no plain path"),
        ({"complete": "{upc}/{upc}.xml"}, "also the place of"),
        ({"batch": "a/{time}"}, "no folder's name"),
        ({"batch": ".{time}"}, "no plain path"),
    ],
)
def test_a_layout_that_leads_astray_is_refused(send, place, layout, words):
    with pytest.raises(Refusal, match=words):
        send(settings={"layout": layout})
    assert place.files == {}


def test_release_by_release(send):
    """DDEX's other choreography: a folder of its own for each, no file that says it is whole, the message last."""
    layout = {
        "batch": "N_{upc}_{time}", "message": "{upc}.xml", "cover": "resources/{upc}", "complete": "",
        "track": "resources/{upc}_{disc:02}_{track:03}",
    }  # fmt: skip
    delivery = send(settings={"layout": layout})
    assert delivery.name == f"N_{UPC}_{BATCH}"
    assert delivery.sent[-1] == f"{UPC}.xml"
    assert {PurePosixPath(path).parent.name for path in delivery.sent} == {"resources", ""}
    assert send(NOW + timedelta(days=1), {"layout": layout}).is_unchanged


def test_masters_that_were_changed_are_not_sent(out, place, send):
    (track,) = (out / "streaming").glob("01*.flac")
    track.write_bytes(track.read_bytes()[:-1] + b"x")
    with pytest.raises(Refusal, match="as it was certified"):
        send()
    assert place.files == {}


def test_schemas_that_are_named_are_asked(send, place, tmp_path):
    with pytest.raises(Refusal, match=r"release-notification\.xsd"):
        send(schemas=tmp_path)
    assert place.files == {}


def test_no_certificate_depends_on_how_masters_are_sent(tmp_path):
    plain = composed(tmp_path / "plain" / "album")
    songs = AlbumFolder(tmp_path / "packed" / "album")
    songs.manifest = tomllib.loads((tmp_path / "plain/album/album.toml").read_text())
    songs.manifest.update({"delivery": "ddex", "ddex": {"sender": SETTINGS["sender"], "message": "live"}})
    shutil.copytree(tmp_path / "plain/album", songs.folder, dirs_exist_ok=True)
    songs.write()
    packed = session(songs.folder)
    assert packed.album.delivery == "ddex"
    assert source_key(packed.album, [packed.plan()]) == source_key(plain.album, [plain.plan()])


def test_markers_of_ours_lie_beside_the_masters_alone(out, place, send):
    send()
    assert {path.rpartition("/")[2] for path in place.files} & {COMPLETE, INCOMPLETE} == set()
    (memory,) = (out / SENT).iterdir()
    assert json.loads((memory / "dispatch.json").read_text())["batch"] == BATCH
    assert datetime.fromisoformat(json.loads((memory / "dispatch.json").read_text())["created"]) == NOW.astimezone(UTC)
