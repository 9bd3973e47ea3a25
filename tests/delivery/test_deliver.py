"""A delivery arrives whole and verified or bears no marker, whatever fails; and no secret is written anywhere."""

import hashlib
import json
import logging
import shutil

import pytest

from albums.faults import Refusal
from pipeline.deliverables.approval import certificate_sha256, review_folder
from pipeline.deliverables.approval.decide import approve, reject
from pipeline.deliverables.certificate import APPROVAL, CERTIFICATE, REPORT
from pipeline.delivery import destinations
from pipeline.delivery.deliver import PASSES, TRIES, deliver
from pipeline.delivery.packages import COMPLETE, INCOMPLETE, Marker
from pipeline.system.progress import Stopped
from tests.support.music import AlbumFolder, music
from tests.support.sessions import contents, session
from tests.support.vault import SECRET, VARIABLE, vault


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Masters, and others of the same album with fewer and other files: to be copied."""
    folder = AlbumFolder(tmp_path_factory.mktemp("songs") / "album")
    folder.add(music(4.0, seed=1)).add(music(4.0, seed=2, level_db=-15.0), gap_s=0.5)
    songs, places = session(folder.folder), [tmp_path_factory.mktemp("made") / name for name in ("first", "second")]
    songs.deliver(places[0], *(songs.plan(name, drive_db=1.0) for name in ("streaming", "cd-wav")))
    songs.deliver(places[1], songs.plan(drive_db=-3.0))
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
def waited():
    """How long was waited, s; nobody does."""
    return []


@pytest.fixture
def send(out, waited):
    """The masters delivered to the vault."""

    def sent(**more):
        options = {"options": {"secret": SECRET}, "pause": waited.append, **more}
        return deliver(out, "vault://bucket/in", "Album", **options)

    return sent


def replaced(out, other):
    """The masters in `out`, made anew: now those in `other`."""
    shutil.rmtree(out)
    shutil.copytree(other, out)


def whole(place):
    """What lies in the vault by its path in the album's folder; no marker that does not hold."""
    found = {path.removeprefix("bucket/in/Album/"): data for path, data in place.files.items()}
    if COMPLETE in found:
        marker = Marker.model_validate_json(found[COMPLETE])
        for file in marker.files:
            assert hashlib.sha256(found[file.path]).hexdigest() == file.sha256
            assert len(found[file.path]) == file.bytes
    return found


def refused(does, *words):
    with pytest.raises(Refusal) as refusal:
        does()
    for each in words:
        assert each in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_all_arrives_and_the_marker_names_it(out, there):
    delivery = deliver(out, str(there), "Album")
    found, sent = contents(there / "Album"), contents(out)
    marker = json.loads(found.pop(COMPLETE))
    assert found == sent
    assert marker["certificate_sha256"] == certificate_sha256(out)
    hashes = {path: hashlib.sha256(data).hexdigest() for path, data in sent.items()}
    assert {file["path"]: file["sha256"] for file in marker["files"]} == hashes
    assert {*delivery.sent} == {*sent}
    assert not delivery.is_unchanged


def test_delivered_again_nothing_is_written(out, there, send, place):
    deliver(out, str(there), "Album")
    inodes = {path: path.stat().st_ino for path in there.rglob("*")}
    assert deliver(out, str(there), "Album").is_unchanged
    assert {path: path.stat().st_ino for path in there.rglob("*")} == inodes
    send()
    before, called = dict(place.files), len(place.calls)
    assert send().is_unchanged
    assert place.files == before
    assert {what for what, _ in place.calls[called:]} == {"info", "rb"}
    assert {path for what, path in place.calls[called:] if what == "rb"} == {f"bucket/in/Album/{COMPLETE}"}


@pytest.mark.parametrize("how", ["gone", "shorter", "no marker", "marker"])
def test_what_is_missing_there_is_sent_and_nothing_else(out, there, how):
    deliver(out, str(there), "Album")
    wanted, (flac, *_) = contents(there), sorted((there / "Album" / "streaming").glob("*.flac"))
    if how == "gone":
        flac.unlink()
    elif how == "shorter":
        flac.write_bytes(b"x")
    elif how == "marker":
        (there / "Album" / COMPLETE).write_text("[]")
    else:
        (there / "Album" / COMPLETE).unlink()
    delivery = deliver(out, str(there), "Album")
    assert delivery.sent == ([f"streaming/{flac.name}"] if how in ("gone", "shorter") else [])
    assert contents(there) == wanted


def test_a_changed_album_takes_the_place_of_the_earlier_one_and_of_nothing_else(made, out, there):
    deliver(out, str(there), "Album")
    (there / "Album" / "streaming" / "notes.txt").write_text("of the client")
    before = {path for path in contents(out) if path.startswith("cd-wav/")}
    replaced(out, made[1])
    delivery = deliver(out, str(there), "Album")
    assert {*delivery.removed} >= before
    found = contents(there / "Album")
    del found[COMPLETE]
    assert found.pop("streaming/notes.txt") == b"of the client"
    assert found == contents(out)
    assert not (there / "Album" / "cd-wav").exists()


@pytest.mark.parametrize("fails", ["calls", "bytes", "cut"])
def test_what_fails_for_a_while_is_tried_again(out, send, place, waited, fails):
    place.fails = fails
    send()
    found = whole(place)
    assert COMPLETE in found
    assert INCOMPLETE not in found
    assert {path: found[path] for path in contents(out)} == contents(out)
    assert set(waited) == ({1.0, 2.0, 4.0} if fails == "calls" else {1.0})


@pytest.mark.parametrize("fails", ["bytes for ever", "for ever"])
def test_what_fails_for_ever_is_refused_and_bears_no_marker(send, place, waited, fails):
    place.fails = fails
    refused(
        send, "vault://bucket/in/Album", "other bytes have arrived" if fails != "for ever" else "ValueError: no: ***"
    )
    assert COMPLETE not in whole(place)
    assert waited == [1.0, 2.0, 4.0, 8.0]
    assert len(waited) == TRIES - 1


def test_a_secret_that_is_wrong_is_not_tried_again(send, place, waited):
    with pytest.raises(Refusal) as refusal:
        send(options={"secret": "open sesame"})
    assert "open sesame" not in str(refusal.value)
    assert "PermissionError" in str(refusal.value)
    assert (waited, place.files) == ([], {})


def test_a_delivery_that_is_cut_off_goes_on_and_forgets_no_earlier_file(made, out, send, place):
    """Stopped after every amount of bytes, one after the other, until it is whole."""
    send()
    first = set(whole(place))
    replaced(out, made[1])
    size = sum(map(len, contents(out).values()))
    for share in (0.35, 0.5, 0.65, 0.8):
        left = share * PASSES * size

        def advance(amount):
            nonlocal left
            left -= amount
            if left < 0:
                raise Stopped

        with pytest.raises(Stopped):
            send(advance=advance)
        assert COMPLETE not in whole(place)
    delivery = send()
    assert delivery.kept
    assert set(delivery.removed) == first - {*contents(out)} - {COMPLETE}
    found = whole(place)
    del found[COMPLETE]
    assert found == contents(out)


def test_every_byte_that_passes_is_told(out, there):
    told = list[float]()
    deliver(out, str(there), "Album", advance=told.append)
    certified = sum(len(data) for path, data in contents(out).items() if "/" in path)
    assert sum(told) == pytest.approx(PASSES * certified, rel=0.02)  # the certificate and the report pass twice


def test_a_file_is_sent_in_pieces(out, there, monkeypatch):
    """No file is held whole: a thousand pieces are written one by one."""
    (sample,) = [path for path in (out / "cd-wav").iterdir() if path.suffix == ".wav"]
    most = []
    write = destinations.LocalFolder.write

    def watched(self, path, pieces, size):
        def seen():
            for piece in pieces:
                most.append(len(piece))
                yield piece

        write(self, path, seen(), size)

    monkeypatch.setattr(destinations.LocalFolder, "write", watched)
    monkeypatch.setattr("pipeline.delivery.deliver.PIECE_BYTES", 1024)
    deliver(out, str(there), "Album")
    assert len(most) > sample.stat().st_size / 1024
    assert max(size for size in most if size != len((there / "Album" / COMPLETE).read_bytes())) <= 100_000


@pytest.mark.parametrize("how", ["a sample", "stranger", "failed", "no report", "nothing"])
def test_only_what_stands_as_certified_is_sent(out, there, how):
    path = out / CERTIFICATE
    document = json.loads(path.read_text())
    if how == "a sample":
        next((out / "streaming").glob("*.flac")).write_bytes(b"x")
    elif how == "failed":
        path.write_text(json.dumps(document | {"passed": False}))
    elif how == "no report":
        (out / REPORT).unlink()
    elif how == "nothing":
        path.write_text(json.dumps(document | {"deliverables": {}}))
    else:
        (out / "streaming" / "notes.txt").write_text("not certified")
        deliver(out, str(there), "Album")
        assert not (there / "Album" / "streaming" / "notes.txt").exists()
        return
    refused(lambda: deliver(out, str(there), "Album"), str(out))
    assert contents(there) == {}


def test_masters_that_change_while_they_are_sent_are_refused(out, send, place):
    flac = next((out / "streaming").glob("*.flac"))
    total = sum(len(data) for path, data in contents(out).items() if "/" in path)
    passed = 0

    def advance(amount):
        nonlocal passed
        passed += amount
        if passed >= total:  # all is hashed
            flac.write_bytes(b"x" * flac.stat().st_size)

    refused(lambda: send(advance=advance), "was changed while it was being sent")
    assert COMPLETE not in whole(place)


@pytest.mark.parametrize(
    "path", ["../x", "/x", "streaming/../../x", "x", "a\\..\\b/c", COMPLETE, "streaming//x", "./x"]
)
def test_paths_lead_nowhere_else(out, there, path):
    (there / "x").write_text("of others")
    deliver(out, str(there), "Album")
    marker = json.loads((there / "Album" / COMPLETE).read_text())
    marker["files"].append({"path": path, "sha256": "0" * 64, "bytes": 1})
    (there / "Album" / COMPLETE).write_text(json.dumps(marker))
    deliver(out, str(there), "Album")
    assert (there / "x").read_text() == "of others"
    assert json.loads((there / "Album" / COMPLETE).read_text()) == {**marker, "files": marker["files"][:-1]}

    document = json.loads((out / CERTIFICATE).read_text())
    document["deliverables"]["streaming"]["files"][0]["path"] = path
    (out / CERTIFICATE).write_text(json.dumps(document))
    refused(lambda: deliver(out, str(there), "Other"), "is not byte for byte")
    assert not (there / "Other").exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", " a", ".a", "a\n", "x" * 201, "a:b", "a#b"])
def test_names_that_are_no_folder_s_are_refused(out, there, name):
    refused(lambda: deliver(out, str(there), name), "--name")
    assert list(there.iterdir()) == []


@pytest.mark.parametrize("where", ["album", "deliverable"])
def test_links_there_are_not_followed(out, there, tmp_path, where, waited):
    (tmp_path / "elsewhere").mkdir()
    if where == "deliverable":
        (there / "Album").mkdir()
    ((there / "Album") if where == "album" else (there / "Album" / "streaming")).symlink_to(tmp_path / "elsewhere")
    refused(lambda: deliver(out, str(there), "Album", pause=waited.append), "is a link")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert waited == []


def test_a_place_that_is_not_there_is_refused(out, tmp_path):
    refused(lambda: deliver(out, str(tmp_path / "unmounted"), "Album"), "is no folder")
    refused(lambda: deliver(out, str(out), "Album"), "lies in the folder of the masters themselves")
    refused(lambda: deliver(out, "nosuch://x", "Album", pause=lambda _: None), "nosuch")


def test_a_driver_that_is_missing_is_named(out, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    refused(lambda: deliver(out, "s3://bucket/in", "Album"), "the driver for s3:// is not installed")


def test_what_needs_approval_goes_only_with_it(made, out, there):
    refused(lambda: deliver(out, str(there), "Album", needs_approval=True), "is not approved")
    shutil.copytree(made[0], review_folder(out))
    refused(lambda: deliver(review_folder(out), str(there), "Album"), "is not approved")
    reject(out, "Ann", str(certificate_sha256(review_folder(out))), "dull")
    refused(lambda: deliver(review_folder(out), str(there), "Album"), "is not approved")
    assert contents(there) == {}
    approve(out, "Ann", str(certificate_sha256(review_folder(out))))
    deliver(out, str(there), "Album", needs_approval=True)
    assert (there / "Album" / APPROVAL).read_bytes() == (out / APPROVAL).read_bytes()


class Kept(logging.Handler):
    """All that is logged, as text, with what is known of errors."""

    def __init__(self):
        super().__init__()
        self.text = ""

    def emit(self, record):
        self.text += self.format(record) + "\n"


@pytest.mark.parametrize("fails", ["", "calls", "bytes", "cut", "bytes for ever", "for ever"])
@pytest.mark.parametrize("given", ["option", "environment"])
def test_no_secret_is_written_or_logged(send, place, tmp_path, monkeypatch, capfd, fails, given):
    if given == "environment":
        monkeypatch.setenv(VARIABLE, SECRET)
    kept = Kept()
    logging.getLogger().addHandler(kept)
    place.fails = fails
    try:
        send(options={"secret": SECRET} if given == "option" else {})
    except Refusal as refusal:
        kept.text += str(refusal) + repr(refusal.__dict__)
    finally:
        logging.getLogger().removeHandler(kept)
    said = capfd.readouterr()
    assert kept.text.count("with ***") >= 5
    for text in (kept.text, said.out, said.err, *(str(path) for path in tmp_path.rglob("*"))):
        assert SECRET not in text
        assert SECRET.replace(" ", "%20") not in text
    for data in (*place.files.values(), *contents(tmp_path).values()):
        assert SECRET.encode() not in data
