"""Everything that is wrong with a file of CD-Text packs: what a plant or player would refuse, and what they tolerate.

Packs count from 0, as their sequence numbers do.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from albums.faults import Fault, refuses
from formats._cd.cd_text_packs import (
    AS_BEFORE,
    CODECS,
    CODES,
    COPYRIGHT,
    LARGEST_POSITION,
    MOST_BLOCKS,
    MOST_PACKS,
    MOST_TRACKS,
    PACK,
    PAYLOAD_BYTES,
    SIZE,
    SIZE_PACKS,
    UNREAD,
    Pack,
    Size,
    by_type,
    bytes_per_character,
    character_set_of,
    checksum,
    cut,
    field_of,
    grouped,
    hexadecimal,
    laid,
    outside,
    place_of,
    size_of,
    split,
    texts_wanted,
)


def faults(data: bytes, name: str) -> tuple[Fault, ...]:
    """What is wrong with the packs in the file `name`: refusals, and notes on what readers tolerate.

    Tolerated are the NUL at the end that Sony's tools write, TAB for a text that repeats, 15 for the character position
    of every text that began before the pack before (libburn's doc), other packs than texts, and a disc without codes.
    """
    framing = tuple(_framing_faults(data, name))
    if refuses(framing):
        return framing
    blocks = grouped(data)
    found = [*framing, *_checksum_faults(data, name), *_block_number_faults(blocks, name)]
    if len(blocks) <= MOST_BLOCKS:
        found += _block_faults(blocks, name)
    if not any(pack.type == CODES for packs in blocks for pack in packs):
        found.append(Fault(name, f"holds no UPC and no ISRC (type {hexadecimal(CODES)})", "note"))
    return tuple(found)


def _block_faults(blocks: Sequence[Sequence[Pack]], name: str) -> Iterator[Fault]:
    sizes = [size_of(packs) for packs in blocks]
    yield from _track_count_faults(sizes, name)
    for number, (packs, size) in enumerate(zip(blocks, sizes, strict=True)):
        where = f"{name}: block {number}"
        yield from _order_faults(where, packs)
        yield from _size_faults(where, packs, size, _shared(blocks, sizes[0]))
        if size is not None and size.character_set in CODECS and 1 <= size.last <= MOST_TRACKS:
            yield from _text_faults(where, packs, size)


def _framing_faults(data: bytes, name: str) -> Iterator[Fault]:
    packs, over = divmod(len(data), PACK.size)
    if not packs:
        yield Fault(name, f"takes {len(data)} bytes; wanted packs of {PACK.size}")
    elif packs > MOST_BLOCKS * MOST_PACKS:
        yield Fault(name, f"holds {packs} packs; at most {MOST_BLOCKS * MOST_PACKS} fit a disc")
    elif over == 1 and data[-1] == 0:
        yield Fault(name, "ends in a NUL after the last pack, as Sony's tools write it; wanted packs alone", "note")
    elif over == 4 and int.from_bytes(data[:2]) == len(data) - 2:
        yield Fault(name, "begins with the header of 4 bytes that drives put before the packs; wanted packs alone")
    elif over:
        yield Fault(name, f"takes {len(data)} bytes, {over} more than {packs} packs of {PACK.size}")


def _checksum_faults(data: bytes, name: str) -> Iterator[Fault]:
    for number, pack in enumerate(cut(data)):
        wanted = checksum(pack[:-2])
        if pack[-2:] != wanted:
            yield Fault(f"{name}: pack {number}", f"has the CRC {pack[-2:].hex()}; its bytes give {wanted.hex()}")


def _block_number_faults(blocks: Sequence[Sequence[Pack]], name: str) -> Iterator[Fault]:
    found = [packs[0].block for packs in blocks]
    if found != list(range(len(blocks))):
        told = ", ".join(map(str, found[: MOST_BLOCKS + 1]))
        yield Fault(name, f"holds the blocks {told}; wanted each once, in order from 0")


def _track_count_faults(sizes: Sequence[Size | None], name: str) -> Iterator[Fault]:
    counts = [size.last for size in sizes if size is not None]
    if len(set(counts)) > 1:
        yield Fault(name, f"holds blocks of {', '.join(map(str, counts))} tracks; a disc has one number of them")


def _shared(blocks: Sequence[Sequence[Pack]], first: Size | None) -> tuple[bytes, bytes]:
    """What every block should say of all blocks: last sequence numbers, and languages as the first block has them."""
    sequences = bytes(min(len(packs) - 1, 0xFF) for packs in blocks)
    languages = first.languages[: len(blocks)] if first else b""
    return sequences.ljust(MOST_BLOCKS, b"\0"), languages.ljust(MOST_BLOCKS, b"\0")


def _order_faults(where: str, packs: Sequence[Pack]) -> Iterator[Fault]:
    if len(packs) > MOST_PACKS:
        yield Fault(where, f"takes {len(packs)} packs; at most {MOST_PACKS} fit a block")
    latest = 0x80
    for number, pack in enumerate(packs):
        here = f"{where}: pack {number}"
        if pack.sequence != number & 0xFF:
            yield Fault(here, f"has sequence number {pack.sequence}; wanted {number & 0xFF}")
        if not 0x80 <= pack.type <= SIZE or pack.type in range(0x8A, 0x8D):
            yield Fault(here, f"is of type {hexadecimal(pack.type)}, which CD-Text has not")
        elif pack.type < latest:
            told = f"of type {hexadecimal(pack.type)} stands after type {hexadecimal(latest)}"
            yield Fault(here, f"{told}; wanted types to ascend")
        latest = max(latest, pack.type)
    for kind in sorted({pack.type for pack in packs} & set(UNREAD)):
        yield Fault(where, f"holds packs of type {hexadecimal(kind)}, {UNREAD[kind]}, which are not read", "note")


def _size_faults(where: str, packs: Sequence[Pack], size: Size | None, shared: tuple[bytes, bytes]) -> Iterator[Fault]:
    counts = Counter(pack.type for pack in packs)
    if size is None or counts[SIZE] != SIZE_PACKS:
        told = hexadecimal(SIZE)
        yield Fault(where, f"should end in the three packs of its size information, parts 0 to 2 of type {told}")
        return
    if any(pack.position for pack in packs[-SIZE_PACKS:]):
        yield Fault(where, "has character positions in its size information; wanted 0")
    if size.character_set not in CODECS:
        sets = ", ".join(map(hexadecimal, CODECS))
        yield Fault(where, f"has character set {hexadecimal(size.character_set)}; wanted one of {sets}")
    if size.first != 1 or not 1 <= size.last <= MOST_TRACKS:
        yield Fault(where, f"has tracks {size.first} to {size.last}; wanted 1 to at most {MOST_TRACKS}")
    if size.copyright not in (0, COPYRIGHT):
        yield Fault(where, f"has copyright {size.copyright}; wanted 0 or {COPYRIGHT}", "warning")
    yield from _told_faults(where, size, counts, *shared)


def _told_faults(
    where: str, size: Size, counts: Mapping[int, int], sequences: bytes, languages: bytes
) -> Iterator[Fault]:
    """Refusals where a block's size information does not match its packs or what every block should say of all."""
    for kind, told in enumerate(size.packs, 0x80):
        if told != counts.get(kind, 0) & 0xFF:
            yield Fault(where, f"tells of {told} packs of type {hexadecimal(kind)}; it has {counts.get(kind, 0)}")
    for number, (told, last) in enumerate(zip(size.sequences, sequences, strict=True)):
        if told != last:
            yield Fault(where, f"tells of last sequence number {told} in block {number}; wanted {last}")
    for number, (told, language) in enumerate(zip(size.languages, languages, strict=True)):
        if told != language:
            words = f"tells of language {hexadecimal(told)} in block {number}; wanted {hexadecimal(language)}"
            yield Fault(where, words)


def _text_faults(where: str, packs: Sequence[Pack], size: Size) -> Iterator[Fault]:
    for number, pack in enumerate(packs):
        if pack.double_byte != (bytes_per_character(pack.type, size.character_set) == 2):
            yield Fault(f"{where}: pack {number}", "is not marked single or double byte as its character set is")
    for kind, of_type in by_type(packs):
        code, texts = split(kind, of_type, size)
        here, wanted = f"{where}: type {hexadecimal(kind)}", texts_wanted(kind, size)
        if len(texts) < wanted:
            yield Fault(here, f"holds {len(texts)} texts; wanted {wanted}")
            continue
        yield from _layout_faults(here, of_type, list(laid(texts, bytes_per_character(kind, size.character_set), code)))
        yield from _spelling_faults(where, kind, texts, size)


def _layout_faults(where: str, packs: Sequence[Pack], wanted: Sequence[tuple[int, int, bytes]]) -> Iterator[Fault]:
    if len(packs) != len(wanted):
        yield Fault(where, f"takes {len(packs)} packs; its texts fill {len(wanted)}")
    for number, (pack, (owner, position, payload)) in enumerate(zip(packs, wanted, strict=False)):
        here = f"{where}, pack {number}"
        if pack.owner != owner:
            yield Fault(here, f"is of track {pack.owner}; its first byte is track {owner}'s")
        if pack.payload != payload:
            yield Fault(here, "goes on after the last text; wanted it filled up with NUL")
        if pack.position != min(position, LARGEST_POSITION):
            began_before = position * (1 + pack.double_byte) > PAYLOAD_BYTES
            severe = not (pack.position == LARGEST_POSITION and began_before)
            found = f"has character position {pack.position}; wanted {min(position, LARGEST_POSITION)}"
            yield Fault(here, found, "refusal" if severe else "note")


def _spelling_faults(where: str, kind: int, texts: Sequence[bytes], size: Size) -> Iterator[Fault]:
    """Refusals for what is no text in its character set; notes on each TAB that stands for the text before it."""
    character_set = character_set_of(kind, size.character_set)
    for number, text in enumerate(texts):
        place = f"{where}: {place_of(number, field_of(number, kind))}"
        if number and text == AS_BEFORE * bytes_per_character(kind, size.character_set):
            yield Fault(place, "is a TAB, which stands for the text before; wanted it spelt out", "note")
            continue
        try:
            spelt = text.decode(CODECS[character_set])
        except UnicodeDecodeError:
            yield Fault(place, f"{text.hex()} is no text in {CODECS[character_set]}")
        else:
            yield from outside(place, spelt, character_set)
