"""XML elements, made and read without a surprise: no entity, no network, no text that XML cannot hold."""

from typing import TypeAlias

from lxml import etree

from albums.faults import Fault, Refusal, short

NAMESPACE = "http://ddex.net/xml/ern/43"
ROOT = f"{{{NAMESPACE}}}NewReleaseMessage"
LARGEST_MESSAGE_BYTES = 2**25  # a guard: a thousand tracks take 4 MB

Element: TypeAlias = etree._Element


def element(tag: str, *content: "str | Element | None", **attributes: str | None) -> Element:
    """An element with a text, or with the elements of `content` that are not None; attributes that are None are none.

    Raises Refusal for a text that XML cannot hold.
    """
    made: Element = etree.Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name, _held(value))
    for each in content:
        if isinstance(each, str):
            made.text = _held(each)
        elif each is not None:
            made.append(each)
    return made


def _held(text: str) -> str:
    if any(letter in "\ufffe\uffff" or (letter < " " and letter not in "\t\n\r") for letter in text):
        raise Refusal([Fault("", f"{short(text)} has a character that no XML can hold; write it without")])
    return text


def read_message(data: bytes) -> Element:
    """The root of the message in `data`; raises Refusal where it is no XML, or brings a document type of its own."""
    if len(data) > LARGEST_MESSAGE_BYTES:
        raise Refusal([Fault("", f"takes {len(data)} bytes; at most {LARGEST_MESSAGE_BYTES} are taken")])
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root: Element = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Refusal([Fault("", f"is no XML: {error.msg}")]) from None
    if root.getroottree().docinfo.doctype:
        raise Refusal([Fault("", "brings a document type, which no message needs")])
    return root


def written(root: Element) -> bytes:
    """The message as it is sent, in UTF-8."""
    etree.indent(root, " ")
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return data
