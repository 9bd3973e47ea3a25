"""The packs of CD-Text: what their eighteen bytes mean, and how the texts of one type lie in them.

The texts of one type run on through the payloads of its packs, the disc's first and then each track's, each ended by
one NUL, by two where characters take two bytes. Only a type's last pack is filled up with NUL.

Sources: MMC-3, annex J; libburn, doc/cdtext.txt and libburn/cdtext.c, whose encoder lays texts out in the same bytes.
A block in MS-JIS has double-byte characters alone, as libcdio's cdtext.h has it ("Shift_JIS (double byte)"): libburn
and libcdio step through it two bytes at a time and would lose their place in a text with an odd number of them. It is
limited to JIS X 0208, since libcdio converts from "SHIFT_JIS" and not from Microsoft's extension of it. Codes,
catalogue number and genre are single-byte ASCII in every block.
"""

import struct
from binascii import crc_hqx
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from albums.faults import Fault

LATIN, ASCII, MS_JIS = 0x00, 0x01, 0x80  # character sets
CODECS = {LATIN: "iso-8859-1", ASCII: "ascii", MS_JIS: "shift_jis"}
BYTES_PER_CHARACTER = {LATIN: 1, ASCII: 1, MS_JIS: 2}
_CHARACTERS = {
    LATIN: "ISO 8859-1 without controls",
    ASCII: "ASCII without controls",
    MS_JIS: "MS-JIS that take two bytes",
}

# Pack types. Those of WORDS are in the block's character set; the others are ASCII whatever it is.
WORDS = {"title": 0x80, "artist": 0x81, "songwriter": 0x82, "composer": 0x83, "arranger": 0x84, "message": 0x85}
GENRE, CODES, SIZE = 0x87, 0x8E, 0x8F
DISC_FIELDS = WORDS | {"catalogue_number": 0x86, "genre": GENRE, "upc": CODES}
TRACK_FIELDS = WORDS | {"isrc": CODES}
FIELDS: Mapping[str, int] = DISC_FIELDS | TRACK_FIELDS
UNREAD = {0x88: "table of contents", 0x89: "second table of contents", 0x8D: "closed information"}

MOST_BLOCKS = 8
MOST_PACKS = 256  # a block takes this many: a sequence number is one byte; libburn: 253 of texts, 3 of size information
MOST_TRACKS = 99
SIZE_PACKS = 3
COPYRIGHT = 3
GENRE_CODE_BYTES = 2  # the code stands before the genre's text
PAYLOAD_BYTES = 12
LARGEST_POSITION = 15
AS_BEFORE = b"\t"

PACK = struct.Struct(">4B12sH")  # type, owner, sequence, double byte and block and position, payload, CRC
_SIZE = struct.Struct(">4B16s8s8s")  # the payloads of the packs of type SIZE: see `Size`


@dataclass(frozen=True)
class Pack:
    """Eighteen bytes of CD-Text.

    `owner` is the track whose text holds the first byte of the payload (0 is the disc; in a pack of type SIZE it is the
    part), `position` how many characters of that text earlier packs hold, as far as four bits can say.
    """

    type: int
    owner: int
    sequence: int
    double_byte: bool
    block: int
    position: int
    payload: bytes


@dataclass(frozen=True)
class Size:
    """Size information, which ends a block: 36 bytes, of which the last 16 are the same in every block of a disc."""

    character_set: int
    first: int  # number of the first track
    last: int
    copyright: int
    packs: bytes  # how many of each type from 0x80 on
    sequences: bytes  # the last sequence number of each of eight blocks, 0 where there is none
    languages: bytes  # the language of each of eight blocks


def pack_bytes(pack: Pack) -> bytes:
    """The 18 bytes of a pack, CRC included."""
    flags = pack.double_byte << 7 | pack.block << 4 | pack.position
    data = PACK.pack(pack.type, pack.owner, pack.sequence, flags, pack.payload, 0)[:-2]
    return data + checksum(data)


def pack_of(data: bytes) -> Pack:
    """The pack whose 18 bytes are `data`, whatever its CRC."""
    kind, owner, sequence, flags, payload, _ = PACK.unpack(data)
    return Pack(kind, owner, sequence, bool(flags >> 7), flags >> 4 & 7, flags & 15, payload)


def checksum(data: bytes) -> bytes:
    """The CRC of a pack's first 16 bytes: x^16 + x^12 + x^5 + 1, all bits inverted (MMC-3, annex J)."""
    return (crc_hqx(data, 0) ^ 0xFFFF).to_bytes(2)


def size_payloads(size: Size) -> list[bytes]:
    """The payloads of the three packs of size information, parts 0 to 2."""
    own = (size.character_set, size.first, size.last, size.copyright)
    data = _SIZE.pack(*own, size.packs, size.sequences, size.languages)
    return [data[at : at + PAYLOAD_BYTES] for at in range(0, _SIZE.size, PAYLOAD_BYTES)]


def size_of(packs: Sequence[Pack]) -> Size | None:
    """The size information at the end of a block; None when it is not there."""
    last = packs[-SIZE_PACKS:]
    if [(pack.type, pack.owner) for pack in last] != [(SIZE, part) for part in range(SIZE_PACKS)]:
        return None
    return Size(*_SIZE.unpack(b"".join(pack.payload for pack in last)))


def laid(texts: Sequence[bytes], width: int, code: bytes = b"") -> Iterator[tuple[int, int, bytes]]:
    """The packs of one type as (owner, characters of the owner's text in earlier packs, payload).

    `code` stands before the first text and counts for no character.
    """
    ended = [text + bytes(width) for text in texts]
    starts = [0, *accumulate(len(text) for text in ended[:-1])]
    run = code + b"".join(ended)
    for at in range(0, len(run), PAYLOAD_BYTES):
        place = max(0, at - len(code))
        owner = bisect_right(starts, place) - 1
        yield owner, (place - starts[owner]) // width, run[at : at + PAYLOAD_BYTES].ljust(PAYLOAD_BYTES, b"\0")


def split(kind: int, packs: Sequence[Pack], size: Size) -> tuple[bytes, list[bytes]]:
    """The genre's code, if `kind` is GENRE, and the texts of one type: those that end, at most as many as wanted."""
    run = b"".join(pack.payload for pack in packs)
    code, run = (run[:GENRE_CODE_BYTES], run[GENRE_CODE_BYTES:]) if kind == GENRE else (b"", run)
    width, wanted = bytes_per_character(kind, size.character_set), texts_wanted(kind, size)
    texts: list[bytes] = []
    start = 0
    for at in range(0, len(run), width):
        if len(texts) < wanted and not any(run[at : at + width]):
            texts.append(run[start:at])
            start = at + width
    return code, texts


def spelt_out(texts: Sequence[bytes], width: int) -> list[bytes]:
    """`texts` with the text before in place of every TAB, as libburn reads it: track 1's is then the disc's."""
    spelt: list[bytes] = []
    for text in texts:
        spelt.append(spelt[-1] if spelt and text == AS_BEFORE * width else text)
    return spelt


def cut(data: bytes) -> list[bytes]:
    """The 18 bytes of each pack; bytes left over at the end are dropped."""
    return [data[at : at + PACK.size] for at in range(0, len(data) - PACK.size + 1, PACK.size)]


def grouped(data: bytes) -> list[list[Pack]]:
    """The packs of `data` by block, as they stand."""
    return [list(packs) for _, packs in groupby(map(pack_of, cut(data)), lambda pack: pack.block)]


def by_type(packs: Sequence[Pack]) -> list[tuple[int, list[Pack]]]:
    """The packs of each type of texts, one after another."""
    known = [pack for pack in packs if pack.type in FIELDS.values()]
    return [(kind, list(of_type)) for kind, of_type in groupby(known, lambda pack: pack.type)]


def outside(place: str, text: str, character_set: int) -> Iterator[Fault]:
    """A refusal where `text` holds characters that the set lacks, or controls."""
    lacking = sorted({character for character in text if not _holds(character_set, character)})
    if lacking:
        told = ", ".join(f"U+{ord(character):04X}" for character in lacking[:3])
        yield Fault(place, f"{text!r} holds {told}; wanted characters of {_CHARACTERS[character_set]}")


def _holds(character_set: int, character: str) -> bool:
    if ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0:
        return False
    try:
        return len(character.encode(CODECS[character_set])) == BYTES_PER_CHARACTER[character_set]
    except UnicodeEncodeError:
        return False


def character_set_of(kind: int, of_block: int) -> int:
    """The character set of a pack type in a block of the character set `of_block`."""
    return of_block if kind in WORDS.values() else ASCII


def bytes_per_character(kind: int, of_block: int) -> int:
    """How many bytes a character takes in a pack type of a block of the character set `of_block`."""
    return BYTES_PER_CHARACTER[character_set_of(kind, of_block)]


def texts_wanted(kind: int, size: Size) -> int:
    """How many texts a pack type holds: the disc's, and one for each track where tracks have it."""
    return 1 + size.last if kind in TRACK_FIELDS.values() else 1


def field_of(number: int, kind: int) -> str:
    """The field that a pack type holds for a track, or for the disc where `number` is 0."""
    table = TRACK_FIELDS if number else DISC_FIELDS
    return next(field for field, of_field in table.items() if of_field == kind)


def place_of(number: int, field: str) -> str:
    """Where a field of a track is, or of the disc where `number` is 0: `tracks[3].title`, `album.title`."""
    return f"tracks[{number}].{field}" if number else f"album.{field}"


def hexadecimal(number: int) -> str:
    """A byte in hexadecimal digits, as in 0x8F."""
    return f"0x{number:02X}"
