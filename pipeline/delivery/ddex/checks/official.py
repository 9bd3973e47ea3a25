"""A message against DDEX's own schema, where somebody has put it into a folder: it is not ours to give on.

Source: DDEX, http://ddex.net/xml/ern/43/release-notification.xsd, which imports allowed-value-sets.xsd beside it.
Nothing is fetched: what a schema asks for is taken from that folder or refused.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from lxml import etree

from albums.faults import Fault, Refusal, short
from albums.regular_files import read_regular, unreadable
from pipeline.delivery.ddex.message.elements import NAMESPACE, Element

SCHEMA = "release-notification.xsd"
LARGEST_SCHEMA_BYTES = 2**24  # the larger one of ERN 4.3 takes 2.4 MB
MOST_FAULTS = 40


class _FromFolder(etree.Resolver):  # type: ignore[misc]
    """Gives what a schema imports from the folder alone, by its last name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.refused = list[str]()

    def resolve(self, system_url: str, public_id: str, context: object) -> object:  # noqa: ARG002 - lxml's form
        """The document, or an empty one that is no schema, where there is none."""
        name = PurePosixPath(unquote(urlsplit(system_url).path)).name
        try:
            return self.resolve_string(_read(self._folder / name), context, base_url=system_url)
        except Refusal as refusal:
            self.refused.extend(map(str, refusal.faults))
            return self.resolve_empty(context)


def _read(path: Path) -> bytes:
    try:
        data = read_regular(path, LARGEST_SCHEMA_BYTES)
    except OSError as error:
        raise Refusal([Fault(str(path), unreadable(error))]) from None
    if b"<!DOCTYPE" in data:
        raise Refusal([Fault(str(path), "brings a document type, which no schema of DDEX has")])
    return data


def official_schema(folder: Path) -> etree.XMLSchema:
    """The schema of ERN 4.3 in `folder`; raises Refusal where it is not there, or is another or a broken one."""
    path, resolver = folder / SCHEMA, _FromFolder(folder)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    parser.resolvers.add(resolver)
    try:
        root = etree.fromstring(_read(path), parser, base_url=path.name)
        if root.get("targetNamespace") != NAMESPACE:
            words = f"is of {short(root.get('targetNamespace'))}; wanted the schema of {NAMESPACE}"
            raise Refusal([Fault(str(path), words)])
        return etree.XMLSchema(root.getroottree())
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        missing = f" ({'; '.join(resolver.refused)})" if resolver.refused else ""
        raise Refusal([Fault(str(path), f"is no schema that can be used: {error}{missing}")]) from None


def official_faults(root: Element, schema: etree.XMLSchema) -> Iterator[Fault]:
    """What the official schema finds wrong with the message under `root`."""
    if not schema.validate(root.getroottree()):
        for error in list(schema.error_log)[:MOST_FAULTS]:
            yield Fault(f"line {error.line}", error.message)
