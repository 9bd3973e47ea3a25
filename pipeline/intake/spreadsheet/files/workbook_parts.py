"""A workbook's archive, judged before anything in it is unpacked or parsed: kind, sizes, and no XML that may do harm.

An XLSX is a ZIP archive of XML documents (ECMA-376). Archives can hold a thousandfold of their size, and XML can name
entities that grow as much, or that are files elsewhere; no spreadsheet program writes a document type.
"""

import io
import re
import zipfile
import zlib

from albums.faults import Fault, Refusal

LARGEST_WORKBOOK_BYTES = 16 * 2**20  # of the file: pictures may lie in it
LARGEST_PARTS_BYTES = 24 * 2**20  # of all XML in it, unpacked
MOST_ENTRIES = 2_000
MOST_MARKS = 300_000  # "<" in all XML: a thousand tracks in 35 columns, each cell with a text of its own
_ZIP, _OLE2 = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DOCUMENT_TYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_SAVE = "save it as .xlsx or as CSV"
_OTHERS = (  # by how the file begins
    (_OLE2, f"is an old workbook (.xls), or one with a password; {_SAVE}, without a password"),
    (b"%PDF", f"is a PDF; {_SAVE}"),
    (b"{\\rtf", f"is a text document; {_SAVE}"),
    (b"<?xml", f"is XML and no table; {_SAVE}"),
    (b"<!doctype", f"is a web page and no table; {_SAVE}"),
    (b"<html", f"is a web page and no table; {_SAVE}"),
    (b"<table", f"is a web page and no table; {_SAVE}"),
)
_OTHER_ARCHIVES = (  # by what lies in the archive
    ("xl/workbook.bin", f"is a binary workbook (.xlsb); {_SAVE}"),
    ("content.xml", f"is an OpenDocument file; {_SAVE}"),
    ("Index/Document.iwa", f"is a Numbers document; {_SAVE}: File, Export to"),
    ("word/document.xml", f"is a text document; {_SAVE}"),
)


def is_workbook(data: bytes, file: str) -> bool:
    """Whether the bytes are an archive, as a workbook is; raises Refusal for what is neither that nor a text."""
    for beginning, words in _OTHERS:
        if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(beginning.lower()):
            raise Refusal([Fault(file, words)])
    return data.startswith(_ZIP)


def safe_parts(data: bytes, file: str) -> dict[str, bytes]:
    """The XML documents of the archive by their names, all that a table is read from, none of which can do harm.

    Raises Refusal where it is no workbook, holds more than is taken, or XML that no spreadsheet program writes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            for name, words in _OTHER_ARCHIVES:
                if name in names:
                    raise Refusal([Fault(file, words)])
            documents = [entry for entry in entries if entry.filename.lower().endswith((".xml", ".rels"))]
            _refuse_sizes(entries, documents, file)
            parts = {entry.filename: archive.read(entry) for entry in documents}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise Refusal([Fault(file, f"is a broken archive, or one with a password; {_SAVE} once more")]) from None
    marks = sum(_marks(part, name, file) for name, part in parts.items())
    if marks > MOST_MARKS:
        raise Refusal([Fault(file, f"holds {marks:,} marks of XML, more than any album needs")])
    if any(_STRICT in part for part in parts.values()):
        raise Refusal([Fault(file, 'is a "Strict Open XML" workbook; save it as an ordinary workbook, .xlsx')])
    return parts


def _refuse_sizes(entries: list[zipfile.ZipInfo], documents: list[zipfile.ZipInfo], file: str) -> None:
    """By what the archive says of itself: what is unpacked stops there, whatever lies behind it."""
    if len(entries) > MOST_ENTRIES or len({entry.filename for entry in entries}) < len(entries):
        raise Refusal([Fault(file, f"holds {len(entries):,} files, or one twice; it is no usual workbook")])
    total = sum(entry.file_size for entry in documents)
    if total > LARGEST_PARTS_BYTES:
        words = f"unpacks to {total:,} bytes of XML; at most {LARGEST_PARTS_BYTES:,} are taken"
        raise Refusal([Fault(file, f"{words}; keep the one sheet that matters, without formats")])


def _marks(data: bytes, part: str, file: str) -> int:
    """How many marks `<` a document has; raises Refusal for one that names entities or hides them by its encoding."""
    encoding = _ENCODING.match(data[:200])
    if b"\0" in data or (encoding and encoding[1].lower() not in (b"utf-8", b"us-ascii", b"ascii")):
        raise Refusal([Fault(file, f"holds XML that is not UTF-8 ({part!a:.60}); {_SAVE} once more")])
    if _DOCUMENT_TYPE.search(data):
        raise Refusal(
            [Fault(file, f"holds XML with a document type ({part!a:.60}), which no spreadsheet program writes")]
        )
    return data.count(b"<")
