"""CD-Text as a plant takes it: language blocks of texts as values, their packs as bytes, and back.

The bytes are 18-byte packs without a header, at most 256 for each of up to 8 blocks. Every text is written out: a TAB,
which stands for the text before it, is understood here, but not written.

Sources: `formats._cd.cd_text_packs` for the packs; the language codes are those of EBU Tech 3264, appendix 3, and the
genres those of libburn's doc/cdtext.txt.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from albums.faults import Fault, refuse
from formats._cd.cd_text_faults import faults
from formats._cd.cd_text_packs import (
    ASCII,
    CODECS,
    COPYRIGHT,
    DISC_FIELDS,
    FIELDS,
    GENRE,
    GENRE_CODE_BYTES,
    LARGEST_POSITION,
    LATIN,
    MOST_BLOCKS,
    MOST_PACKS,
    MOST_TRACKS,
    MS_JIS,
    PAYLOAD_BYTES,
    SIZE,
    SIZE_PACKS,
    TRACK_FIELDS,
    Pack,
    Size,
    by_type,
    bytes_per_character,
    character_set_of,
    field_of,
    grouped,
    hexadecimal,
    laid,
    outside,
    pack_bytes,
    place_of,
    size_of,
    size_payloads,
    spelt_out,
    split,
)

__all__ = [
    "ASCII", "ENGLISH", "FIELDS", "GENRES", "JAPANESE", "LANGUAGES", "LATIN", "MOST_PACKS", "MS_JIS", "TextBlock",
    "decode", "encode", "faults", "packs_needed",
]  # fmt: skip

ENGLISH, JAPANESE = 0x09, 0x69
# EBU Tech 3264, appendix 3, by ISO 639 code. Norwegian is one language there; Lappish stands for Northern Sami.
LANGUAGES: Mapping[str, int] = {
    "sq": 0x01, "br": 0x02, "ca": 0x03, "hr": 0x04, "cy": 0x05, "cs": 0x06, "da": 0x07, "de": 0x08, "en": 0x09,
    "es": 0x0A, "eo": 0x0B, "et": 0x0C, "eu": 0x0D, "fo": 0x0E, "fr": 0x0F, "fy": 0x10, "ga": 0x11, "gd": 0x12,
    "gl": 0x13, "is": 0x14, "it": 0x15, "se": 0x16, "la": 0x17, "lv": 0x18, "lb": 0x19, "lt": 0x1A, "hu": 0x1B,
    "mt": 0x1C, "nl": 0x1D, "no": 0x1E, "oc": 0x1F, "pl": 0x20, "pt": 0x21, "ro": 0x22, "rm": 0x23, "sr": 0x24,
    "sk": 0x25, "sl": 0x26, "fi": 0x27, "sv": 0x28, "tr": 0x29, "vls": 0x2A, "wa": 0x2B, "nb": 0x1E, "nn": 0x1E,
    "zu": 0x45, "vi": 0x46, "uz": 0x47, "ur": 0x48, "uk": 0x49, "th": 0x4A, "te": 0x4B, "tt": 0x4C, "ta": 0x4D,
    "tg": 0x4E, "sw": 0x4F, "srn": 0x50, "so": 0x51, "si": 0x52, "sn": 0x53, "sh": 0x54, "rue": 0x55, "ru": 0x56,
    "qu": 0x57, "ps": 0x58, "pa": 0x59, "fa": 0x5A, "pap": 0x5B, "or": 0x5C, "ne": 0x5D, "nd": 0x5E, "mr": 0x5F,
    "mo": 0x60, "ms": 0x61, "mg": 0x62, "mk": 0x63, "lo": 0x64, "ko": 0x65, "km": 0x66, "kk": 0x67, "kn": 0x68,
    "ja": 0x69, "id": 0x6A, "hi": 0x6B, "he": 0x6C, "ha": 0x6D, "gn": 0x6E, "gu": 0x6F, "el": 0x70, "ka": 0x71,
    "ff": 0x72, "prs": 0x73, "cv": 0x74, "zh": 0x75, "my": 0x76, "bg": 0x77, "bn": 0x78, "be": 0x79, "bm": 0x7A,
    "az": 0x7B, "as": 0x7C, "hy": 0x7D, "ar": 0x7E, "am": 0x7F,
}  # fmt: skip
# libburn and libcdio agree up to 0x19 and differ in what they call 0x1A and above.
GENRES: Mapping[int, str] = {
    0x02: "Adult Contemporary", 0x03: "Alternative Rock", 0x04: "Childrens Music", 0x05: "Classical",
    0x06: "Contemporary Christian", 0x07: "Country", 0x08: "Dance", 0x09: "Easy Listening", 0x0A: "Erotic",
    0x0B: "Folk", 0x0C: "Gospel", 0x0D: "Hip Hop", 0x0E: "Jazz", 0x0F: "Latin", 0x10: "Musical", 0x11: "New Age",
    0x12: "Opera", 0x13: "Operetta", 0x14: "Pop Music", 0x15: "Rap", 0x16: "Reggae", 0x17: "Rock Music",
    0x18: "Rhythm & Blues", 0x19: "Sound Effects",
}  # fmt: skip


@dataclass(frozen=True)
class TextBlock:
    """One language block: the disc's texts by field, and the same for each track, in the disc's order from track 1.

    A field that is missing and one that is "" are the same. `genre_code` is a key of GENRES, or 0 for none of them;
    `protected` says that the texts are under copyright.
    """

    character_set: int
    language: int
    disc: Mapping[str, str]
    tracks: tuple[Mapping[str, str], ...]
    genre_code: int = 0
    protected: bool = False


def encode(blocks: Sequence[TextBlock]) -> bytes:
    """The packs of `blocks`; raises Refusal with every text and figure that does not fit."""
    refuse(_unfit(blocks))
    sequences = bytes(packs_needed(block) - 1 for block in blocks).ljust(MOST_BLOCKS, b"\0")
    languages = bytes(block.language for block in blocks).ljust(MOST_BLOCKS, b"\0")
    packs = (pack for number, block in enumerate(blocks) for pack in _packs(block, number, sequences, languages))
    return b"".join(map(pack_bytes, packs))


def decode(data: bytes, name: str) -> tuple[TextBlock, ...]:
    """The blocks whose packs are `data`; raises Refusal with everything that `faults` finds against it.

    A TAB is replaced by the text that it stands for, and empty texts are left out.
    """
    refuse(faults(data, name))
    return tuple(_block_of(packs, size) for packs in grouped(data) if (size := size_of(packs)))


def packs_needed(block: TextBlock) -> int:
    """How many packs `block` takes, size information included; its texts must be in its character set."""
    total_bytes = Counter({SIZE: SIZE_PACKS * PAYLOAD_BYTES})
    for kind, texts in _texts_by_type(block):
        width = bytes_per_character(kind, block.character_set)
        total_bytes[kind] = sum(len(text) + 1 for text in texts) * width + (GENRE_CODE_BYTES if kind == GENRE else 0)
    return sum(-(-total // PAYLOAD_BYTES) for total in total_bytes.values())


def _packs(block: TextBlock, number: int, sequences: bytes, languages: bytes) -> Iterator[Pack]:
    """The packs of `block`, its size information last, which describes all blocks."""
    lying: list[tuple[int, int, int, bytes]] = []
    for kind, texts in _texts_by_type(block):
        codec = CODECS[character_set_of(kind, block.character_set)]
        width = bytes_per_character(kind, block.character_set)
        lying += [(kind, *pack) for pack in laid([text.encode(codec) for text in texts], width, _code(kind, block))]
    counts = Counter(kind for kind, *_ in lying) + Counter({SIZE: SIZE_PACKS})
    packs = bytes(counts[kind] for kind in range(0x80, 0x90))
    copyright_ = COPYRIGHT if block.protected else 0
    size = Size(block.character_set, 1, len(block.tracks), copyright_, packs, sequences, languages)
    lying += [(SIZE, part, 0, payload) for part, payload in enumerate(size_payloads(size))]
    for sequence, (kind, owner, position, payload) in enumerate(lying):
        double_byte = bytes_per_character(kind, block.character_set) == 2
        yield Pack(kind, owner, sequence, double_byte, number, min(position, LARGEST_POSITION), payload)


def _block_of(packs: Sequence[Pack], size: Size) -> TextBlock:
    """The block whose packs are `packs`, in which no fault was found."""
    disc: dict[str, str] = {}
    tracks: list[dict[str, str]] = [{} for _ in range(size.last)]
    genre_code = 0
    for kind, of_type in by_type(packs):
        code, encoded = split(kind, of_type, size)
        genre_code = int.from_bytes(code) or genre_code
        codec = CODECS[character_set_of(kind, size.character_set)]
        for number, text in enumerate(spelt_out(encoded, bytes_per_character(kind, size.character_set))):
            if text:
                (tracks[number - 1] if number else disc)[field_of(number, kind)] = text.decode(codec)
    protected = size.copyright == COPYRIGHT
    return TextBlock(size.character_set, size.languages[packs[0].block], disc, tuple(tracks), genre_code, protected)


def _texts_by_type(block: TextBlock) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each type that `block` has, ascending, with the disc's text and that of every track if tracks have it."""
    of_track = {kind: field for field, kind in TRACK_FIELDS.items()}
    for field, kind in DISC_FIELDS.items():
        texts = [block.disc.get(field, "")]
        if kind in of_track:
            texts += [track.get(of_track[kind], "") for track in block.tracks]
        if any(texts) or (kind == GENRE and block.genre_code):
            yield kind, tuple(texts)


def _code(kind: int, block: TextBlock) -> bytes:
    return block.genre_code.to_bytes(GENRE_CODE_BYTES) if kind == GENRE else b""


def _unfit(blocks: Sequence[TextBlock]) -> Iterator[Fault]:
    if not 1 <= len(blocks) <= MOST_BLOCKS:
        yield Fault("", f"{len(blocks)} blocks of CD-Text; wanted 1 to {MOST_BLOCKS}")
    if len({len(block.tracks) for block in blocks}) > 1:
        counts = ", ".join(str(len(block.tracks)) for block in blocks)
        yield Fault("", f"blocks of {counts} tracks; a disc has one number of them")
    for number, block in enumerate(blocks):
        where = f"block {number}"
        yield from _unfit_figures(where, block)
        if block.character_set in CODECS:
            yield from _unfit_texts(where, block)
            if packs_needed(block) > MOST_PACKS:
                yield Fault(where, f"takes {packs_needed(block)} packs; at most {MOST_PACKS} fit a block")


def _unfit_figures(where: str, block: TextBlock) -> Iterator[Fault]:
    if block.character_set not in CODECS:
        sets = ", ".join(map(hexadecimal, CODECS))
        yield Fault(where, f"has character set {hexadecimal(block.character_set)}; wanted one of {sets}")
    if not 0 <= block.language <= 0xFF:
        yield Fault(where, f"has language {block.language}; wanted one byte")
    if not 0 <= block.genre_code <= 0xFFFF:
        yield Fault(where, f"has genre code {block.genre_code}; wanted two bytes")
    if not 1 <= len(block.tracks) <= MOST_TRACKS:
        yield Fault(where, f"has {len(block.tracks)} tracks; wanted 1 to {MOST_TRACKS}")


def _unfit_texts(where: str, block: TextBlock) -> Iterator[Fault]:
    for number, texts in enumerate((block.disc, *block.tracks)):
        table = TRACK_FIELDS if number else DISC_FIELDS
        for field, text in texts.items():
            place = f"{where}: {place_of(number, field)}"
            if field not in table:
                yield Fault(place, f"is no text of CD-Text; known here: {', '.join(table)}")
            else:
                yield from outside(place, text, character_set_of(table[field], block.character_set))
