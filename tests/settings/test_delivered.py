"""What a user has set, as delivered: on both sheets and in their certificate, for those who read them and no others."""

import json
import shutil
from dataclasses import replace

import pytest

from albums import SheetTexts
from pipeline.deliverables.certificate import CERTIFICATE
from pipeline.deliverables.verify import verify
from pipeline.mastering import steps
from pipeline.mastering.job import job_for
from pipeline.mastering.opening import open_album
from pipeline.mastering.standing.tag import tag
from pipeline.mastering.workers import ThreadWorkers
from pipeline.settings.schema import Settings
from tests.support.music import AlbumFolder, music
from tests.support.sessions import contents

CONTACT = "ann@raum.example"
TEXTS = {"client": "A Label", "studio": "Raum 3", "engineer": "Ann Lee", "contact": [CONTACT], "notes": ["one", "two"]}
SHEETS = SheetTexts.model_validate(
    {key: value if isinstance(value, str) else tuple(value) for key, value in TEXTS.items()}
)
NAMES = ("cd-ddp", "streaming", "vinyl-12in-33")
LINES = (
    "Client:     A Label",
    "Studio:     Raum 3",
    "Engineer:   Ann Lee",
    f"Contact:    {CONTACT}",
    "Notes:      one",
)


def mastered(folder, out, settings, *names):
    job = job_for(open_album(folder, settings).album, names, out=out, settings=settings)
    return steps.master(job, ThreadWorkers())


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    songs = AlbumFolder(tmp_path_factory.mktemp("songs") / "album")
    return songs.add(music(4.5, seed=1)).add(music(4.5, seed=2))


@pytest.fixture(scope="module")
def delivered(songs, tmp_path_factory):
    """The album with the texts of a config, for the plant and for the shops."""
    out = tmp_path_factory.mktemp("delivered") / "masters"
    assert mastered(songs.folder, out, Settings(sheets=SHEETS), *NAMES).passed
    return out


def test_both_sheets_carry_the_texts(delivered):
    pq = (delivered / "cd-ddp" / "PQ-SHEET.txt").read_bytes().decode().split("\r\n")
    cutting = (delivered / "vinyl-12in-33" / "cutting-sheet.txt").read_text("utf-8").split("\n")
    for sheet, second in ((pq, f"{'':12}two"), (cutting, "Notes:      two")):
        start = sheet.index(LINES[0])
        assert sheet[start : start + len(LINES) + 1] == [*LINES, second]


def test_the_same_texts_in_the_manifest_give_the_same_bytes(songs, delivered, tmp_path):
    copy = tmp_path / "album"
    shutil.copytree(songs.folder, copy)
    with (copy / "album.toml").open("a") as manifest:
        manifest.write(f"\n[sheets]\n{chr(10).join(f'{key} = {json.dumps(value)}' for key, value in TEXTS.items())}\n")
    others = Settings(sheets=SheetTexts(client=("Others",), notes=()))
    mastered(copy, tmp_path / "out", others, *NAMES)
    assert contents(tmp_path / "out") == contents(delivered)


def test_it_is_verified_where_nobody_has_that_config(delivered, tmp_path):
    shutil.copytree(delivered, tmp_path / "elsewhere")
    assert verify(tmp_path / "elsewhere").passed
    document = json.loads((delivered / CERTIFICATE).read_text())
    assert document["album"]["sheets"]["contact"] == [CONTACT]
    document["album"]["sheets"]["contact"] = ["somebody@else.example"]
    (tmp_path / "elsewhere" / CERTIFICATE).write_text(json.dumps(document))
    wrong = [finding for findings in verify(tmp_path / "elsewhere").findings.values() for finding in findings]
    assert "sheets.contact[1]" in {finding.where for finding in wrong if not finding.passed}


def test_a_contact_stands_on_sheets_and_in_their_certificate_and_nowhere_else(delivered):
    holds = {name for name, data in contents(delivered).items() if CONTACT.encode() in data}
    sheets = {"cd-ddp/PQ-SHEET.txt", "vinyl-12in-33/cutting-sheet.txt"}
    assert holds == {*sheets, f"cd-ddp/{CERTIFICATE}", f"vinyl-12in-33/{CERTIFICATE}", CERTIFICATE}


def test_without_a_sheet_nothing_says_it(songs, tmp_path):
    out, settings = tmp_path / "out", Settings(sheets=SHEETS)
    certificate = mastered(songs.folder, out, settings, "streaming")
    assert "sheets" not in certificate.album
    assert not [name for name, data in contents(out).items() if b"raum" in data]
    assert verify(out).passed
    # One with a sheet beside it, and the certificate says it for both.
    certificate = mastered(songs.folder, out, settings, "vinyl-12in-33")
    assert certificate.deliverables.keys() == {"streaming", "vinyl-12in-33"}
    assert certificate.album["sheets"]["contact"] == [CONTACT]
    assert verify(out).passed
    # What was made with another contact is not certified with this one.
    other = Settings(sheets=SHEETS.model_copy(update={"contact": ("another",)}))
    certificate = mastered(songs.folder, out, other, "streaming")
    assert certificate.deliverables.keys() == {"streaming"}
    assert "sheets" not in certificate.album
    assert not (out / "vinyl-12in-33").exists()


def test_masters_that_stand_are_given_another_contact_without_their_mixes(songs, delivered, tmp_path):
    album = tmp_path / "album"
    album.mkdir()
    shutil.copy(songs.folder / "album.toml", album)
    shutil.copytree(delivered, tmp_path / "masters")
    other = Settings(sheets=SHEETS.model_copy(update={"contact": ("another",)}))
    certificate = tag(album, tmp_path / "masters", settings=other)
    assert certificate.passed
    assert certificate.album["sheets"]["contact"] == ["another"]
    assert b"Contact:    another\r\n" in (tmp_path / "masters" / "cd-ddp" / "PQ-SHEET.txt").read_bytes()
    assert not [name for name, data in contents(tmp_path / "masters").items() if CONTACT.encode() in data]
    assert verify(tmp_path / "masters").passed


def test_an_album_that_is_opened_again_is_opened_with_the_same(songs, tmp_path):
    """A job carries the settings: whoever does it may have to open the album."""
    settings = Settings(sheets=SHEETS, deliverables=("cd-wav",))
    job = job_for(open_album(songs.folder, settings).album, out=tmp_path / "out", settings=settings)
    assert replace(job, settings=Settings()) != job
    assert job.names == ("streaming",)  # the manifest's
    assert open_album(job.folder, job.settings).album.sheets == SHEETS
