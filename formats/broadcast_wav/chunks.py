"""What a Broadcast WAV says of itself before its samples, from pairs: five kinds of chunk, each for its readers.

`bext` has loudness and plain words, `LIST` of `INFO` what file browsers show, both in ASCII: readers disagree about
other letters there. `axml` has the ISRC, `iXML` all texts in Unicode, and `id3 ` all texts and the cover as an MP3 has
them. The date in `bext` is left open: the same music gives the same bytes on another day.

Source: EBU Tech 3285 v2 (2011) (bext, loudness in hundredths, 7FFF where there is none); EBU R 98 (1999)
(coding history); EBU Tech 3352 (ISRC in axml); iXML specification 2.10; Microsoft/IBM Multimedia Programming Interface,
1991, "INFO".
"""

import io
import struct
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from anyascii import anyascii

from formats._shared.cover import Cover
from formats._shared.programme import Layout
from formats._shared.tags import id3
from formats._shared.tags.loudness import HUNDREDTHS
from formats._shared.tags.pairs import grouped
from formats._shared.tags.table import COUNTS, NUMBER, TABLE
from formats.broadcast_wav.riff import packed

Pairs = Sequence[tuple[str, str]]
BEXT = struct.Struct("<256s32s32s10s8sQH64s5h180s")
FMT = struct.Struct("<HHIIHH")  # tag, channels, rate, bytes a second, bytes a frame, bits
BEXT_VERSION = 2
NO_LOUDNESS = 0x7FFF
ORIGINATOR = "Glassmaster"
AXML = (
    '<ebucore:ebuCoreMain xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:ebucore="urn:ebu:metadata-schema:ebuCore_2012"><ebucore:coreMetadata><ebucore:identifier typeLabel="GUID" '
    'typeDefinition="Globally Unique Identifier" formatLabel="ISRC" '
    'formatDefinition="International Standard Recording Code" '
    'formatLink="http://www.ebu.ch/metadata/cs/ebu_IdentifierTypeCodeCS.xml#3.7"><dc:identifier>ISRC:{isrc}'
    "</dc:identifier></ebucore:identifier></ebucore:coreMetadata></ebucore:ebuCoreMain>"
)
ORDER = [*(row.vorbis for row in TABLE if row.frame not in COUNTS), *COUNTS["TRCK"], *COUNTS["TPOS"], *HUNDREDTHS]
BETWEEN = "; "  # between several values in one text of INFO


def chunks(pairs: Pairs, cover: Cover | None, layout: Layout) -> Iterator[tuple[bytes, bytes]]:
    """The chunks before the samples in their order, each its four letters and its content, of an even number of bytes.

    libsndfile 1.2 passes over the pad byte of an odd chunk in a WAV, and loses its way after one in an RF64. `layout`
    is of the file's own samples. The order of `pairs` with different names changes nothing.
    """
    pairs = sorted(pairs, key=lambda pair: ORDER.index(pair[0]))
    values = grouped(pairs)
    yield b"bext", _even(_bext(values, layout), b"\0")
    yield b"fmt ", fmt(layout)
    yield b"LIST", b"INFO" + b"".join(_info(values))
    if isrc := values.get("ISRC"):
        yield b"axml", _even(AXML.format(isrc=escape(isrc[0])).encode(), b"\n")
    yield b"iXML", _even(_ixml(pairs, values, layout).encode(), b"\n")
    yield b"id3 ", _id3(pairs, cover)


def fmt(layout: Layout) -> bytes:
    """The format chunk's 16 bytes: tag 1, two channels."""
    per_frame = 2 * layout.bits // 8
    return FMT.pack(1, 2, layout.rate_hz, layout.rate_hz * per_frame, per_frame, layout.bits)


def loudness_in(bext: bytes) -> Iterator[tuple[str, str]]:
    """The pairs of loudness that a bext chunk holds."""
    if len(bext) >= BEXT.size:
        for name, value in zip(HUNDREDTHS, BEXT.unpack_from(bext)[8:13], strict=True):
            if value != NO_LOUDNESS:
                yield name, str(value)


def _bext(values: Mapping[str, Sequence[str]], layout: Layout) -> bytes:
    said = [int(values[name][0]) if name in values else NO_LOUDNESS for name in HUNDREDTHS]
    history = f"A=PCM,F={layout.rate_hz},W={layout.bits},M=stereo,T={ORIGINATOR}\r\n"
    description = f"{_first(values, 'ARTIST')} - {_first(values, 'TITLE')}"
    return (
        BEXT.pack(
            _ascii(description)[:256],
            _ascii(ORIGINATOR),
            _ascii(_first(values, "ISRC")),
            b"",  # the date, and the time
            b"",
            0,
            BEXT_VERSION,
            b"",
            *said,
            b"",
        )
        + history.encode()
    )


def _info(values: Mapping[str, Sequence[str]]) -> Iterator[bytes]:
    said = {row.info: values[row.vorbis] for row in TABLE if row.info and row.vorbis in values}
    if NUMBER in values:
        said["ITRK"] = values[NUMBER]
    for kind, texts in {**said, "ISFT": [ORIGINATOR]}.items():
        if text := _ascii(BETWEEN.join(texts)):
            yield packed(kind.encode(), text + b"\0")


def _ixml(pairs: Pairs, values: Mapping[str, Sequence[str]], layout: Layout) -> str:
    user = "\n".join(f"{name}={value}" for name, value in pairs if name not in HUNDREDTHS)
    names = ("LOUDNESS_VALUE", "LOUDNESS_RANGE", "MAX_TRUE_PEAK_LEVEL", "MAX_MOMENTARY_LOUDNESS",
             "MAX_SHORT_TERM_LOUDNESS")  # fmt: skip
    known = zip(names, HUNDREDTHS, strict=True)
    loud = "".join(f"<{tag}>{int(values[name][0]) / 100:.2f}</{tag}>" for tag, name in known if name in values)
    tracks = "".join(
        f"<TRACK><CHANNEL_INDEX>{n}</CHANNEL_INDEX><INTERLEAVE_INDEX>{n}</INTERLEAVE_INDEX><NAME>{name}</NAME></TRACK>"
        for n, name in ((1, "L"), (2, "R"))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<BWFXML><IXML_VERSION>2.10</IXML_VERSION>'
        f"<PROJECT>{_xml(_first(values, 'ALBUM'))}</PROJECT>"
        f"<NOTE>{_xml(_first(values, 'ARTIST'))} - {_xml(_first(values, 'TITLE'))}</NOTE>"
        f"<SPEED><FILE_SAMPLE_RATE>{layout.rate_hz}</FILE_SAMPLE_RATE><AUDIO_BIT_DEPTH>{layout.bits}</AUDIO_BIT_DEPTH>"
        f"</SPEED><LOUDNESS>{loud}</LOUDNESS><TRACK_LIST><TRACK_COUNT>2</TRACK_COUNT>{tracks}</TRACK_LIST>"
        f"<USER>{_xml(user)}</USER></BWFXML>"
    )


def _id3(pairs: Pairs, cover: Cover | None) -> bytes:
    said = [(name, value) for name, value in pairs if name not in HUNDREDTHS]
    tags, held = id3.tags_of(said, cover, "2.4"), io.BytesIO()
    tags.save(held, padding=lambda _: 0, **id3.options("2.4"))
    if len(held.getvalue()) % 2:
        held = io.BytesIO()
        tags.save(held, padding=lambda _: 1, **id3.options("2.4"))
    return held.getvalue()


def _even(content: bytes, more: bytes) -> bytes:
    return content + more * (len(content) % 2)


def _first(values: Mapping[str, Sequence[str]], name: str) -> str:
    return values[name][0] if values.get(name) else ""


def _ascii(text: str) -> bytes:
    return "".join(c for c in anyascii(text) if " " <= c <= "~").strip().encode("ascii")


def _xml(text: str) -> str:
    """`text` as XML 1.0 holds it (2.2): without the few characters that it has not."""
    return escape("".join(c for c in text if c == "\n" or (c >= " " and c not in "\ufffe\uffff")))
