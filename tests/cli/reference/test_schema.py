"""`glassmaster schema` as its user meets it."""

import json
from functools import partial

import pytest

from pipeline.cli.options import BAD_INPUT, PASSED
from pipeline.cli.reference.json_schemas import DOCUMENTS, schema_of
from pipeline.cli.reference.schema import Document


@pytest.fixture
def schema(typed):
    return partial(typed, "schema")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_it_is_printed(schema, document):
    code, out, err = schema(document)
    assert (code, err) == (PASSED, "")
    assert json.loads(out) == schema_of(document)


def test_it_is_written_and_an_older_one_replaced(schema, tmp_path):
    place = tmp_path / "manifest.schema.json"
    place.write_text("old")
    code, out, _ = schema("manifest", "--out", place)
    assert code == PASSED
    assert str(place) in out.replace("\n", "")
    assert place.read_text("ascii").startswith('{\n "$schema": "https://json-schema.org/draft/2020-12/schema"')
    assert json.loads(place.read_text("utf-8")) == schema_of("manifest")
    assert [path.name for path in tmp_path.iterdir()] == [place.name]


def test_where_it_cannot_be_written_is_told(schema, tmp_path):
    for place, words in ((tmp_path, "is a folder"), (tmp_path / "no" / "where.json", "cannot be written")):
        code, out, err = schema("plan", "--out", place)
        assert (code, out) == (BAD_INPUT, "")
        assert words in " ".join(err.split())


def test_of_other_documents_there_is_none(schema):
    code, _, err = schema("cutting-sheet")
    assert code == BAD_INPUT
    assert all(name in err for name in DOCUMENTS)


def test_what_can_be_typed_is_what_there_is():
    assert tuple(document.value for document in Document) == DOCUMENTS
