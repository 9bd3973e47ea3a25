"""`glassmaster deliver`: what the command takes for masters and for a name, and what it keeps of the command line."""

import json
import shutil

import pytest

from pipeline.cli.options import BAD_INPUT, PASSED
from pipeline.delivery.packages import COMPLETE
from tests.support.sessions import contents


@pytest.fixture
def album(finished, tmp_path):
    """An album whose mixes are archived elsewhere; its masters lie in it."""
    folder = tmp_path / "My Album"
    folder.mkdir()
    (folder / "album.toml").write_text('deliverables = ["streaming"]\n')
    shutil.copytree(finished, folder / "masters")
    return folder


@pytest.fixture
def there(tmp_path):
    (tmp_path / "there").mkdir()
    return tmp_path / "there"


def test_an_album_or_its_masters_are_delivered_under_the_album_s_name(glassmaster, album, there):
    code, out, err = glassmaster("deliver", album, "--to", there)
    assert code == PASSED
    assert f"delivered  {there}/My Album" in out
    assert "delivering" in err
    assert (there / "My Album" / COMPLETE).is_file()
    code, out, _ = glassmaster("deliver", album / "masters", "--to", there)
    assert code == PASSED
    assert f"unchanged  {there}/My Album" in out
    assert "Nothing had changed" in out


def test_another_name_and_one_document(glassmaster, album, there):
    code, out, _ = glassmaster("deliver", album / "masters", "--to", there, "--name", "GM-001", "--json")
    said = json.loads(out)
    assert code == PASSED
    assert (said["passed"], said["unchanged"], said["name"]) == (True, False, "GM-001")
    assert {*said["sent"]} == {*contents(album / "masters")}


@pytest.mark.parametrize("who", ["manifest", "operator"])
def test_what_has_to_be_approved_is_not_delivered_without(glassmaster, album, there, who):
    if who == "manifest":
        (album / "album.toml").write_text('approval = "required"\n')
    for place in (album, album / "masters"):
        review = ["--approval", "required"] if who == "operator" else []
        code, _, err = glassmaster("deliver", place, "--to", there, *review)
        assert code == BAD_INPUT
        assert "is not approved" in err
    assert list(there.iterdir()) == []


@pytest.mark.parametrize("more", [[], ["--json"], ["surplus://u:S3cr3t@host"], ["--nonsense"]])
def test_a_password_in_an_address_is_neither_told_nor_kept(glassmaster, album, tmp_path, more):
    log = tmp_path / "log.txt"
    code, out, err = glassmaster("deliver", album, "--to", "sftp://ann:S3cr3t@host/in", "--log", log, *more)
    assert code == BAD_INPUT
    assert "S3cr3t" not in out + err
    if log.exists():
        assert "S3cr3t" not in log.read_text()
        assert "sftp://***@host/in" in log.read_text()
    assert log.exists() == (more in ([], ["--json"]))
    assert not [path for path, data in contents(tmp_path).items() if b"S3cr3t" in data]


@pytest.mark.parametrize("place", ["nowhere", "My Album/album.toml", "empty"])
def test_what_are_no_masters_is_refused(glassmaster, album, there, tmp_path, place):
    (tmp_path / "empty").mkdir()
    code, _, err = glassmaster("deliver", tmp_path / place, "--to", there)
    assert code == BAD_INPUT
    assert place in err
    assert album.is_dir()


SETTINGS = """
sender = "PADPIDA2013042401U"
sender_name = "Lamp & Larder"
recipients = ["PADPIDA2009101501Y"]
deliverable = "streaming"
start_date = 2026-12-01
[[deals]]
models = ["SubscriptionModel"]
uses = ["Stream"]
"""


def test_a_package_for_ddex_tells_all_that_is_missing_once(glassmaster, album, there, tmp_path):
    (tmp_path / "ddex.toml").write_text(SETTINGS)
    code, _, err = glassmaster("deliver", album, "--to", there, "--package", "ddex", "--ddex", tmp_path / "ddex.toml")
    assert code == BAD_INPUT
    assert {word for word in ("label", "genre", "cover", "phonogram") if f'{word} = "' in err} == {
        "label", "genre", "cover", "phonogram"
    }  # fmt: skip
    assert "ddex.sender" not in err
    assert list(there.iterdir()) == []


def test_a_manifest_says_how_it_is_packed(glassmaster, album, there):
    (album / "album.toml").write_text('delivery = "ddex"\n[ddex]\nsender_name = "L"\n')
    code, _, err = glassmaster("deliver", album, "--to", there)
    assert code == BAD_INPUT
    assert "ddex.sender:" in err
    assert "ddex.sender_name" not in err
    code, _, _ = glassmaster("deliver", album, "--to", there, "--package", "folder")
    assert code == PASSED


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--package", "ddex", "--name", "X"], "ddex.layout.batch"),
        (["--schemas", "x"], "--package ddex"),
        (["--package", "ddex", "--ddex", "nowhere.toml"], "nowhere.toml"),
        (["--package", "parcel"], "parcel"),
    ],
)
def test_options_that_do_not_go_together_are_refused(glassmaster, album, there, words, said):
    code, _, err = glassmaster("deliver", album, "--to", there, *words)
    assert code == BAD_INPUT
    assert said in err


def test_a_slip_in_a_manifest_s_settings_is_told_with_its_place(glassmaster, album, there):
    (album / "album.toml").write_text('[ddex]\nsender = "PADPIDA2013042401X"\nhsh = "MD5"\n')
    code, _, err = glassmaster("deliver", album, "--to", there)
    assert code == BAD_INPUT
    assert "album.toml: ddex.sender" in err
    assert "did you mean 'hash'" in err
