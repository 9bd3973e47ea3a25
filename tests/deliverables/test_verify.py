"""A certificate holds only as long as every file is as it was, and it is itself as it was."""

import json
import shutil

import pytest

from albums.faults import Refusal
from pipeline.deliverables.certificate import CERTIFICATE
from pipeline.deliverables.verify import verify
from pipeline.plan.plan import PLAN
from pipeline.system.progress import Stopped


def copied(finished, out, *names):
    """A copy of finished masters, to be spoilt: of some alone, for speed."""
    others = {path.name for path in finished.iterdir() if path.is_dir()} - {*names}
    shutil.copytree(finished, out, ignore=shutil.ignore_patterns(*others))
    document = json.loads((out / CERTIFICATE).read_text())
    document["deliverables"] = {name: document["deliverables"][name] for name in names}
    (out / CERTIFICATE).write_text(json.dumps(document))
    return out


@pytest.fixture
def delivered(finished, tmp_path):
    return copied(finished, tmp_path / "masters", "cd-wav", "streaming")


@pytest.fixture
def streamed(finished, tmp_path):
    return copied(finished, tmp_path / "masters", "streaming")


def tamper(out, change):
    document = json.loads((out / CERTIFICATE).read_text())
    change(document)
    (out / CERTIFICATE).write_text(json.dumps(document))


def failed(out):
    found = verify(out)
    wrong = {(name, f.quantity) for name, findings in found.findings.items() for f in findings if not f.passed}
    assert found.passed is (found.certificate.passed and not wrong)
    return wrong


def test_masters_as_they_were_delivered_hold(finished, tmp_path):
    out = tmp_path / "carried elsewhere"
    shutil.copytree(finished, out)
    found = verify(out)
    assert found.passed
    assert set(found.findings) == {"cd-wav", "streaming", "vinyl-12in-33"}
    contents = [f.where for findings in found.findings.values() for f in findings if f.quantity == "content"]
    assert set(contents) == {str(path.relative_to(out)) for path in out.glob("*/*")}


def test_a_flipped_sample_is_found_twice_over(delivered):
    (image,) = (delivered / "cd-wav").glob("*.wav")
    data = bytearray(image.read_bytes())
    data[100_000] ^= 1
    image.write_bytes(data)
    assert failed(delivered) == {("cd-wav", "content"), ("cd-wav", "samples"), ("cd-wav", "findings")}


def test_a_changed_plan_is_found(streamed):
    path = streamed / "streaming" / PLAN
    path.write_text(path.read_text().replace('"ceiling_dbtp": -1.0', '"ceiling_dbtp": -0.5'))
    assert {("streaming", "content"), ("streaming", "findings")} <= failed(streamed)


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_text("{}")])
def test_without_its_plan_a_deliverable_cannot_hold(streamed, spoil):
    spoil(streamed / "streaming" / PLAN)
    assert failed(streamed) == {("streaming", "content"), ("streaming", "readable")}


def test_a_plan_left_out_of_the_certificate_does_not_help(streamed):
    def change(document):
        streaming = document["deliverables"]["streaming"]
        streaming["files"] = [file for file in streaming["files"] if not file["path"].endswith(PLAN)]

    tamper(streamed, change)
    (streamed / "streaming" / PLAN).unlink()
    assert failed(streamed) == {("streaming", "readable")}


def test_a_missing_folder_is_found(delivered):
    shutil.rmtree(delivered / "cd-wav")
    assert failed(delivered) == {("cd-wav", "content"), ("cd-wav", "readable")}


@pytest.mark.parametrize("place", ["streaming/notes.txt", "streaming/deep/down.wav", "cd-wav/.hidden"])
def test_what_the_certificate_does_not_name_is_found(delivered, place):
    (delivered / place).parent.mkdir(exist_ok=True)
    (delivered / place).write_text("by hand")
    found = verify(delivered)
    assert not found.passed
    assert [finding.where for finding in found.findings["folder"]] == [place]


def test_what_stands_beside_the_deliverables_is_nobody_s_business(streamed):
    (streamed / "notes.txt").write_text("by hand")
    (streamed / "artwork").mkdir()
    (streamed / "artwork" / "cover.psd").write_text("by hand")
    assert failed(streamed) == set()


def test_a_deliverable_taken_out_of_the_certificate_is_found(delivered):
    tamper(delivered, lambda document: document["deliverables"].pop("cd-wav"))
    assert failed(delivered) == {("folder", "certified")}


STREAMING = ("deliverables", "streaming")

TAMPERINGS = [
    ((*STREAMING, "files", 0, "sha256"), "0" * 64, "content"),
    ((*STREAMING, "files", 0, "bytes"), 1, "content"),
    ((*STREAMING, "findings", 0, "measured"), 2, "findings"),
    ((*STREAMING, "findings", 3, "required"), 1, "findings"),
    ((*STREAMING, "findings"), [], "findings"),
    ((*STREAMING, "promise", "digests"), ["0" * 64], "samples"),
    ((*STREAMING, "promise", "loudness_lufs"), None, "findings"),
    ((*STREAMING, "promise"), None, "promise"),
    (("tracks", 0, "after", "streaming", "integrated_lufs"), -9.0, "figures of the tracks"),
    (("tracks", 2, "after", "streaming"), None, "figures of the tracks"),
    (("tracks",), [], "figures of the tracks"),
    ((*STREAMING, "whole", "integrated_lufs"), -9.0, "figures of the album"),
    ((*STREAMING, "whole", "true_peak_dbtp"), None, "figures of the album"),
    (("album", "album", "title"), "Another Title", "text"),
    (("album", "tracks", 1, "isrc"), "QZGLM2699999", "text"),
]


@pytest.mark.parametrize(("path", "value", "quantity"), TAMPERINGS, ids=[f"{p[-1]}-{v}" for p, v, _ in TAMPERINGS])
def test_a_certificate_that_says_something_else_is_found(streamed, path, value, quantity):
    def change(document):
        for part in path[:-1]:
            document = document[part]
        if value is None and path[-1] == "streaming":
            del document[path[-1]]
        else:
            document[path[-1]] = value

    tamper(streamed, change)
    assert quantity in {found for _, found in failed(streamed)}


def test_a_certificate_of_old_that_holds_no_figures_of_the_album_still_holds(streamed):
    tamper(streamed, lambda document: document["deliverables"]["streaming"].pop("whole"))
    assert failed(streamed) == set()


@pytest.mark.parametrize(("off", "holds"), [(0.01, True), (-0.01, True), (0.02, False)])
def test_a_figure_may_differ_by_the_last_digit_of_another_machine_s_meter(streamed, off, holds):
    def change(document):
        document["tracks"][0]["after"]["streaming"]["integrated_lufs"] += off

    tamper(streamed, change)
    assert (not failed(streamed)) is holds


@pytest.mark.parametrize(
    "path", ["../../../../../../../../../../etc/passwd", "/etc/passwd", "streaming/../../x", "streaming/\0", "x" * 5000]
)
def test_paths_never_lead_out_of_the_folder(streamed, path):
    tamper(streamed, lambda document: document["deliverables"]["streaming"]["files"][0].update(path=path))
    (finding,) = (finding for finding in verify(streamed).findings["streaming"] if finding.where == path)
    assert (finding.measured, finding.passed) == ("missing", False)


def test_a_link_out_of_the_folder_is_not_followed(streamed, tmp_path):
    file = sorted((streamed / "streaming").glob("*.flac"))[0]
    file.rename(tmp_path / "outside.flac")
    file.symlink_to(tmp_path / "outside.flac")
    assert ("streaming", "content") in failed(streamed)


def test_what_is_said_to_have_failed_never_holds(streamed):
    tamper(streamed, lambda document: document.update(passed=False))
    assert not verify(streamed).passed
    tamper(streamed, lambda document: document.update(passed=True))
    assert verify(streamed).passed
    shutil.rmtree(streamed / "streaming")
    tamper(streamed, lambda document: document["deliverables"]["streaming"].update(passed=False, files=[]))
    assert not verify(streamed).passed


@pytest.mark.parametrize("album", [{}, {"album": {"title": "T"}}, {"album": 3, "tracks": []}, {"tracks": "../../etc"}])
def test_an_album_that_is_none_is_refused_with_its_place(streamed, album):
    tamper(streamed, lambda document: document.update(album=album))
    with pytest.raises(Refusal, match=rf"{CERTIFICATE}: "):
        verify(streamed)


def test_an_empty_folder_has_nothing_to_hold(tmp_path):
    with pytest.raises(Refusal, match="nothing was finished here"):
        verify(tmp_path)


def test_progress_is_told_and_may_stop_it(streamed):
    told = list[float]()

    def advance(sound_s):
        told.append(sound_s)
        raise Stopped

    with pytest.raises(Stopped):
        verify(streamed, advance)
    assert len(told) == 1


@pytest.fixture(scope="module")
def pressed(measured, tmp_path_factory):
    """A DDP fileset, delivered: to be copied."""
    out = tmp_path_factory.mktemp("pressed")
    measured.deliver(out, measured.plan("cd-ddp"))
    return out


@pytest.mark.parametrize("name", ["DDPID", "DDPMS", "PQDESCR", "CDTEXT.BIN", "IMAGE.DAT", "PQ-SHEET.pdf"])
def test_a_changed_byte_of_a_fileset_is_found(pressed, tmp_path, name):
    out = copied(pressed, tmp_path / "masters", "cd-ddp")
    assert not failed(out)
    path = out / "cd-ddp" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    wrong = failed(out)
    assert ("cd-ddp", "content") in wrong
    if not name.startswith("PQ-SHEET"):
        assert ("cd-ddp", "readable") in wrong, "the reader finds it by itself: its checksums are in the fileset"
