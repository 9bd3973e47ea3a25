"""`glassmaster services`: a table for whatever services play, a document of it, and what is refused."""

import json
import shutil
from functools import partial

import pytest

from pipeline.cli.options import BAD_INPUT, PASSED
from pipeline.deliverables.certificate import CERTIFICATE
from profiles.services import load_services


@pytest.fixture
def run(glassmaster):
    return partial(glassmaster, "services")


@pytest.fixture
def spoilt(finished, tmp_path):
    """A copy of finished masters whose certificate was changed."""

    def of(change):
        out = tmp_path / "masters"
        shutil.copytree(finished, out)
        document = json.loads((out / CERTIFICATE).read_text())
        change(document)
        (out / CERTIFICATE).write_text(json.dumps(document))
        return out

    return of


def test_a_row_for_each_service_and_mode_and_why_others_have_none(run, finished):
    code, out, err = run(finished)
    assert (code, err) == (PASSED, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    for service in load_services():
        assert any(line.startswith(f"{service.name} {service.mode} ") and service.certainty in line for line in lines)
    assert "note cd-wav is a disc, which services do not play" in lines
    assert "note vinyl-12in-33 is a record, which services do not play" in lines
    assert sum(line.startswith("streaming: ") for line in lines) == 1
    assert "1 assumed: an album goes by the loudness of all its music pooled" in lines
    assert "read 2026-11-22 to 2026-12-01" in out


def test_the_document_has_the_certified_figures_and_what_becomes_of_them(run, finished):
    code, out, _ = run(finished, "--json")
    said, made = json.loads(out), json.loads((finished / CERTIFICATE).read_text())
    assert code == PASSED
    assert {*said} == {"passed", "deliverables", "left_out"}
    assert {*said["left_out"]} == {"cd-wav", "vinyl-12in-33"}
    found = said["deliverables"]["streaming"]
    assert {*found} == {"integrated_lufs", "arc_lu", "services", "lacking"}
    assert found["integrated_lufs"] == made["deliverables"]["streaming"]["whole"]["integrated_lufs"]
    assert len(found["services"]) == len(load_services())
    louds = [track["after"]["streaming"]["integrated_lufs"] for track in made["tracks"]]
    assert found["arc_lu"] == pytest.approx(max(louds) - min(louds), abs=0.005)
    for service in found["services"]:
        played = [track["integrated_lufs"] - track["gain_db"] for track in service["tracks"]]
        assert played == pytest.approx(louds, abs=0.011)
        assert service["source"]
        assert service["read"].startswith("2026-")
    tidal = next(service for service in found["services"] if service["name"] == "Tidal")
    assert (tidal["arc_kept"], tidal["arc_lu"]) == (1.0, found["arc_lu"])


def test_certificates_of_old_lack_what_goes_by_the_album(run, spoilt):
    out = spoilt(lambda document: [each.pop("whole") for each in document["deliverables"].values()])
    code, told, _ = run(out)
    assert code == PASSED
    assert "does not hold the album's loudness; not told: Spotify (normal, album), " in told
    assert "Tidal" in told
    lacking = json.loads(run(out, "--json")[1])["deliverables"]["streaming"]["lacking"]
    assert "Apple Music (Sound Check, album)" in lacking


def test_only_discs_and_records_make_no_table(run, spoilt):
    code, out, _ = run(spoilt(lambda document: document["deliverables"].pop("streaming")))
    assert code == PASSED
    assert "cd-wav is a disc" in out
    assert "Spotify" not in out


def test_what_is_no_delivered_folder_is_refused(run, finished, tmp_path):
    code, _, err = run(tmp_path)
    assert code == BAD_INPUT
    assert "nothing was finished here" in err
    code, _, err = run(finished / "streaming")
    assert code == BAD_INPUT
    assert f"next: `glassmaster services {finished}`" in err
    (tmp_path / CERTIFICATE).write_text("{}")
    code, out, err = run(tmp_path, "--json")
    assert code == BAD_INPUT
    assert json.loads(out)["passed"] is False
    assert "passed: is missing; it is required" in err


def test_a_plan_that_is_gone_is_told_and_one_that_is_broken_refused(run, spoilt):
    out = spoilt(lambda _: None)
    (out / "cd-wav" / "plan.json").unlink()
    code, told, _ = run(out)
    assert code == PASSED
    assert "cd-wav has no plan, which would say whether services take it" in told
    (out / "streaming" / "plan.json").write_text("{}")
    code, _, err = run(out)
    assert code == BAD_INPUT
    assert "plan.json: " in err
