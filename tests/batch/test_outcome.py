"""The document of a batch: what is written is what is read again."""

import json

import pytest

from albums.faults import Refusal
from pipeline.batch.outcome import Outcome, Outcomes, failed_albums


def test_the_document_lists_every_album_once_by_name(tmp_path):
    outcomes = Outcomes()
    for outcome in (Outcome("c", "delivered"), Outcome("a", "delivered"), Outcome("b", "unchanged")):
        outcomes.add(outcome)
    for outcome in (Outcome("w", "waiting"), Outcome("h", "held"), Outcome("f", "waiting")):
        outcomes.add(outcome)
    outcomes.add(Outcome("f", "failed", ("mix 2 is missing", "and the cover")))
    assert json.loads(outcomes.document.json_text()) == {
        "delivered": ["a", "c"],
        "unchanged": ["b"],
        "failed": [{"album": "f", "reasons": ["mix 2 is missing", "and the cover"]}],
        "waiting": ["w"],
        "held": ["h"],
    }
    (tmp_path / "batch.json").write_text(outcomes.document.json_text())
    assert failed_albums(tmp_path / "batch.json") == ("f",)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"failed": []}', '{"failed": [1]}', "\0" * 10, "[" * 100_000])
def test_a_list_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "batch.json").write_text(text)
    with pytest.raises(Refusal, match=r"batch\.json"):
        failed_albums(tmp_path / "batch.json")


def test_a_list_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refusal, match=r"batch\.json"):
        failed_albums(tmp_path / "batch.json")
