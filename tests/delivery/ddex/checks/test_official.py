"""The official schema, where somebody has it: our messages pass it. Any schema: nothing is fetched for it."""

import pytest

from albums.faults import Refusal
from pipeline.delivery.ddex.checks.official import SCHEMA, official_faults, official_schema
from pipeline.delivery.ddex.message.elements import NAMESPACE, read_message
from tests.support.ddex import EXAMPLES, ODD, SCHEMAS, dispatched, example, official_folder, submission

RELEASES = {name: submission(example(name), joined=(4,)) for name in EXAMPLES} | ODD
XSD = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{NAMESPACE}" xmlns:ern="{NAMESPACE}">
 %s
 <xs:element name="NewReleaseMessage"><xs:complexType><xs:sequence>
 <xs:element name="PartyList"/></xs:sequence></xs:complexType></xs:element>
</xs:schema>"""


@pytest.fixture(scope="module")
def official():
    folder = official_folder()
    if folder is None:
        pytest.skip(f"{SCHEMAS} names no folder with DDEX's release-notification.xsd of ERN 4.3, which is not ours")
    return official_schema(folder)


@pytest.mark.parametrize("name", RELEASES)
def test_every_message_passes_the_official_schema(official, name):
    message, _, _ = dispatched(RELEASES[name])
    assert [*official_faults(read_message(message), official)] == []


def test_what_the_official_schema_finds_is_told(official):
    root = read_message(dispatched(RELEASES["quiet-rooms"])[0])
    root.remove(root.find("PartyList"))
    assert any("PartyList" in str(fault) for fault in official_faults(root, official))


def test_a_schema_of_any_making_is_asked(tmp_path):
    (tmp_path / SCHEMA).write_text(XSD % "")
    root = read_message(dispatched(RELEASES["quiet-rooms"])[0])
    assert any("MessageHeader" in str(fault) for fault in official_faults(root, official_schema(tmp_path)))


@pytest.mark.parametrize(
    "wanted",
    ["http://127.0.0.1:9/avs.xsd", "../outside.xsd", "file:///etc/passwd", "nowhere.xsd"],
)
def test_nothing_is_taken_from_elsewhere(tmp_path, wanted):
    """It asks for a type that only the document elsewhere has."""
    folder = tmp_path / "schemas"
    folder.mkdir()
    typed = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="x"><xs:element name="e"/></xs:schema>'
    )
    (tmp_path / "outside.xsd").write_text(typed)
    asks = f'<xs:import namespace="x" schemaLocation="{wanted}"/><xs:element name="o"><xs:complexType><xs:sequence>'
    asks += '<xs:element xmlns:x="x" ref="x:e"/></xs:sequence></xs:complexType></xs:element>'
    (folder / SCHEMA).write_text(XSD % asks)
    with pytest.raises(Refusal, match="no schema that can be used"):
        official_schema(folder)
    (folder / wanted.rpartition("/")[2]).write_text(typed)  # beside it, the name is enough
    assert official_schema(folder) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a/>",
        "no XML",
        XSD.replace(NAMESPACE, "http://ddex.net/xml/ern/382") % "",
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + XSD % "&e;",
    ],
)
def test_what_is_no_schema_of_the_message_is_refused(tmp_path, text):
    (tmp_path / SCHEMA).write_text(text)
    with pytest.raises(Refusal):
        official_schema(tmp_path)


def test_a_folder_without_one_is_told(tmp_path):
    with pytest.raises(Refusal, match=SCHEMA):
        official_schema(tmp_path)
