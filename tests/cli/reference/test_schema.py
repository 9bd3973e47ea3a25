"""`glassmaster schema` as its user meets it."""

import json
import sys

import pytest

from pipeline.__main__ import main
from pipeline.cli.options import BAD_INPUT, PASSED
from pipeline.cli.reference.json_schemas import DOCUMENTS, schema_of
from pipeline.cli.reference.schema import Document


@pytest.fixture
def said(monkeypatch, capsys):
    """Exit code, standard output and standard error of `glassmaster schema WORDS`."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["glassmaster", "schema", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert "Traceback" not in told.out + told.err
        return ended.value.code or 0, told.out, told.err

    return run


@pytest.mark.parametrize("document", DOCUMENTS)
def test_it_is_printed(said, document):
    code, out, err = said(document)
    assert (code, err) == (PASSED, "")
    assert json.loads(out) == schema_of(document)


def test_it_is_written_and_an_older_one_replaced(said, tmp_path):
    place = tmp_path / "manifest.schema.json"
    place.write_text("old")
    code, out, _ = said("manifest", "--out", place)
    assert code == PASSED
    assert str(place) in out.replace("\n", "")
    assert place.read_text("ascii").startswith('{\n "$schema": "https://json-schema.org/draft/2020-12/schema"')
    assert json.loads(place.read_text("utf-8")) == schema_of("manifest")
    assert [path.name for path in tmp_path.iterdir()] == [place.name]


def test_where_it_cannot_be_written_is_told(said, tmp_path):
    for place, words in ((tmp_path, "is a folder"), (tmp_path / "no" / "where.json", "cannot be written")):
        code, out, err = said("plan", "--out", place)
        assert (code, out) == (BAD_INPUT, "")
        assert words in " ".join(err.split())


def test_of_other_documents_there_is_none(said):
    code, _, err = said("cutting-sheet")
    assert code == BAD_INPUT
    assert all(name in err for name in DOCUMENTS)


def test_what_can_be_typed_is_what_there_is():
    assert tuple(document.value for document in Document) == DOCUMENTS
