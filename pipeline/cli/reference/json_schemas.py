"""The schemas of the documents that people and programs write and read, as JSON Schema 2020-12, for editors and tools.

What a schema cannot say, each has as its comment: such a document is accepted by the schema and refused by the program.
"""

from importlib.metadata import version
from typing import Any, Literal, get_args

from pydantic import BaseModel

from albums import Album
from pipeline.cli.reference.field_texts import field_texts, models_of
from pipeline.deliverables.certificate import Certificate
from pipeline.plan.plan import Plan
from profiles import Profile

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Document = Literal["manifest", "profile", "plan", "certificate"]
DOCUMENTS: tuple[Document, ...] = get_args(Document)

_MODELS: dict[Document, type[BaseModel]] = {
    "manifest": Album,
    "profile": Profile,
    "plan": Plan,
    "certificate": Certificate,
}
_TITLES: dict[Document, str] = {
    "manifest": "A Glassmaster album: album.toml",
    "profile": "A Glassmaster profile: NAME.toml",
    "plan": "A Glassmaster plan: plan.json",
    "certificate": "A Glassmaster certificate: certificate.json",
}
_TOML = "In TOML a date has no quotation marks, a whole number no point, and inf and nan are none: no schema can tell."
_BEYOND: dict[Document, str] = {
    "manifest": f"{_TOML} Nor that check digits of upc and iswc are right and a upc is not all zeros; that each isrc "
    "and each mix is there once, and deliverables differ in more than capitals; that sides and discs go forwards, "
    "discs from 1 and without a hole, and that indexes_s rise; that files lie in the album's folder. The program also "
    "takes codes as spreadsheets and mails have them.",
    "profile": f"{_TOML} Nor which parts go with which format, that a target goes with a limiter and with each anchor "
    "but peak, that lengths and sizes do not contradict each other, and which names are reserved.",
    "plan": "No schema can tell what a profile wants beyond its own schema, that clips and marks are of the same "
    "tracks in order, and that a plan fits its album.",
    "certificate": "No schema can tell whether files are as they were certified: `glassmaster verify` does.",
}
_DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def schema_of(document: Document) -> dict[str, Any]:
    """The schema of `document`, with a description for every field; raises OSError where no source is at hand."""
    model = _MODELS[document]
    found = model.model_json_schema(by_alias=True, mode="validation")
    for name, each in models_of(model).items():
        _describe(found if each is model else found["$defs"][name], each)
    if document == "profile":  # its name is its file's; it has one where it is part of a plan
        del found["properties"]["name"]
        found["required"].remove("name")
    is_toml = document in ("manifest", "profile")
    program = version("glassmaster")
    head = {
        "$schema": DIALECT,
        "$id": f"urn:glassmaster:schema:{document}:{program}",
        "version": program,
        "title": _TITLES[document],
        "$comment": _BEYOND[document],
    }
    tidied: dict[str, Any] = _tidied(found, is_toml=is_toml)
    if document == "certificate":
        _put_album_in(tidied)
    return {**head, **{key: value for key, value in tidied.items() if key not in head}}


def _put_album_in(schema: dict[str, Any]) -> None:
    """Have the schema of a certificate show its album as a manifest is."""
    manifest = schema_of("manifest")
    own = {key: manifest[key] for key in ("type", "properties", "required", "additionalProperties")}
    schema["$defs"] |= {**manifest["$defs"], "Album": own}
    schema["properties"]["album"] = {
        "$ref": "#/$defs/Album",
        "description": schema["properties"]["album"]["description"],
    }


def _describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Give each property of `schema`, which is that of `model`, the text of its field."""
    texts = field_texts(model)
    for name, field in model.model_fields.items():
        if name in texts and (shown := schema["properties"].get(field.alias or name)) is not None:
            shown["description"] = " ".join(texts[name].split())


def _tidied(found: Any, *, is_toml: bool) -> Any:
    """A schema without what only says that a key may be left out, and without the titles that names become.

    A default that is nothing, or a table of defaults, is none that a person would write; TOML has no null.
    """
    if isinstance(found, list):
        return [_tidied(each, is_toml=is_toml) for each in found]
    if not isinstance(found, dict):
        return found
    kept = {key: _tidied(value, is_toml=is_toml) for key, value in found.items() if not _is_noise(key, value)}
    if kept.get("format") == "date":
        kept["pattern"] = _DATE
    choices = kept.get("anyOf")
    if not is_toml or not choices or {"type": "null"} not in choices:
        return kept
    rest = [choice for choice in choices if choice != {"type": "null"}]
    others = {key: value for key, value in kept.items() if key != "anyOf"}
    return {**rest[0], **others} if len(rest) == 1 else {"anyOf": rest, **others}


def _is_noise(key: str, value: Any) -> bool:
    return (key == "default" and (value in (None, "", []) or isinstance(value, dict))) or (
        key == "title" and isinstance(value, str)
    )
