"""What the CD-Text of an album's disc says: which texts are in which language block, and in which words.

Block 0 is ISO 8859-1, for every player. Where words are Japanese, a second block has title, artist and credits in
MS-JIS as they are in the manifest, and block 0 has them transliterated: Japanese is recognised by kana in any of these
words, or by Han in an album whose language is "ja". Nothing becomes "?"; what differs from the manifest is noted.

Every character of the second block takes two bytes, so that what is ASCII in the manifest is full-width there; that
alone does not count as a difference.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from anyascii import anyascii

from albums import CREDITS, Album, Track
from albums.codes import ean
from albums.faults import Fault
from formats._cd.cd_text import (
    ENGLISH,
    GENRES,
    JAPANESE,
    LANGUAGES,
    LATIN,
    MOST_PACKS,
    MS_JIS,
    TextBlock,
    packs_needed,
)
from formats._shared.texts import STAND_INS, in_latin, said

WORDS = ("title", *CREDITS)
CODES = ("upc", "isrc")
# The length that is recommended for a text; libcdio 2.1 takes no CD-Text at all if one text in it has 256 bytes.
LONGEST_BYTES = 160
BYTES_PER_CHARACTER = {LATIN: 1, MS_JIS: 2}
# When a block is full, these are left out in this order: first what players show least.
DROPPED = (("message",), ("arranger",), ("composer",), ("songwriter",), ("genre",), ("catalogue_number",), CODES)
NAMES = {LATIN: "ISO 8859-1", MS_JIS: "MS-JIS"}
MARKS = {LATIN: "", MS_JIS: " (MS-JIS)"}

_KANA = re.compile("[ぁ-ゖァ-ヺヽヾゝゞｦ-ﾝ]")
_HAN = re.compile("[々〆㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]")
_HALF_WIDTH_KANA = re.compile("[｡-ﾟ]+")
# The double-byte forms of ASCII. JIS X 0208 has no upright quotes, hyphen or tilde; the nearest it has stand here.
# The last row has characters that Unicode has besides the one of JIS X 0208.
_WIDE = str.maketrans(
    {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
    | {" ": "\u3000", "\xa0": "\u3000", '"': "”", "'": "’", "-": "−", "~": "〜", "¥": "￥", "‾": "￣", "\xad": None}
    | {"\u3099": "゛", "\u309a": "゜"}  # voicing marks that combine with no kana
    | {"＂": "”", "＇": "’", "－": "−", "～": "〜", "—": "―", "∥": "‖", "￠": "¢", "￡": "£", "￢": "¬"}
)


def blocks_of(album: Album, first: int, last: int) -> tuple[TextBlock, ...]:
    """The blocks of the disc that has the tracks `first` to `last` of `album`, counted from 1; none without texts.

    What a block has no room for is left out by whole types, in the order of DROPPED; then texts are shortened.
    """
    blocks = (_fitting(_worded(block)) for block in _wished(album, first, last))
    return tuple(block for block in blocks if block.disc or any(block.tracks))


def texts(album: Album, first: int, last: int) -> dict[str, str]:
    """The texts on the disc by place, as `texts_of` finds them again: words, genre and catalogue number, no codes."""
    return texts_of(blocks_of(album, first, last), first)


def texts_of(blocks: Sequence[TextBlock], first: int) -> dict[str, str]:
    """The texts in `blocks` by place, codes left out; `first` is the album's number of the disc's first track.

    The places of a block in MS-JIS end in " (MS-JIS)".
    """
    return {
        place: text for block in blocks for place, field, text in _by_place(block, first) if text and field not in CODES
    }


def notes(album: Album, first: int, last: int) -> Iterator[Fault]:
    """A note, with its place, for each text that the disc has in other words, shortened or not at all."""
    for wished in _wished(album, first, last):
        worded = _worded(wished)
        said = {place: text for place, _, text in _by_place(_fitting(worded), first)}
        words = {place: text for place, _, text in _by_place(worded, first)}
        for place, field, text in _by_place(wished, first):
            as_meant = _wide(text) if wished.character_set == MS_JIS else text
            if text and said.get(place, "") != as_meant:
                lost = _lost(words.get(place, ""), said.get(place, ""), field, wished.character_set)
                yield Fault(place, f"{text!r} {lost}", "note")


def _lost(words: str, said: str, field: str, character_set: int) -> str:
    has_not = f"{NAMES[character_set] if field in WORDS else 'ASCII'} has not these characters"
    if said:
        return f"is written as {said!r}: {has_not if said == words else 'CD-Text has no room for more'}"
    return f"is left out: {'CD-Text has no room for it' if words else has_not}"


def _wished(album: Album, first: int, last: int) -> Iterator[TextBlock]:
    """The blocks with their texts as the manifest has them, in any characters."""
    release, tracks = album.release, album.tracks[first - 1 : last]
    words = {field: said(release, field) for field in WORDS}
    track_words = [{field: said(track, field) for field in WORDS} for track in tracks]
    main = release.language.partition("-")[0]
    language = LANGUAGES.get(main, ENGLISH)
    japanese = _is_japanese((text for named in (words, *track_words) for text in named.values()), main)
    disc = words | {
        "catalogue_number": release.catalogue_number,
        "genre": said(release, "genre"),
        "upc": ean(release.upc),
    }
    coded = tuple(_coded(named, track) for named, track in zip(track_words, tracks, strict=True))
    # Players choose a block by its language: no two may be in Japanese.
    of_latin = ENGLISH if japanese and language == JAPANESE else language
    yield TextBlock(LATIN, of_latin, disc, coded, _genre_code(release.genre[0] if release.genre else ""))
    if japanese:
        yield TextBlock(MS_JIS, JAPANESE, words, tuple(track_words))


def _coded(words: Mapping[str, str], track: Track) -> Mapping[str, str]:
    return {**words, "isrc": track.isrc}


def _is_japanese(words: Iterable[str], language: str) -> bool:
    text = "".join(words)
    return bool(_KANA.search(text)) or (language == "ja" and bool(_HAN.search(text)))


def _worded(block: TextBlock) -> TextBlock:
    """`block` in the characters of its set; a text that has none of them is left out."""
    return _changed(block, lambda field, text: _in_characters(text, field, block.character_set))


def _in_characters(text: str, field: str, character_set: int) -> str:
    if character_set == MS_JIS:
        return _double_byte(text)
    return in_latin(text) if field in WORDS else _ascii(text)


def _ascii(text: str) -> str:
    """`text` in ASCII, as genre and catalogue number are in every block, see `formats._cd.cd_text_packs`."""
    return anyascii(in_latin(text).replace("¿", "")).strip()


def _double_byte(text: str) -> str:
    """`text` in double-byte characters of JIS X 0208; what that lacks is transliterated or left out."""
    text = "".join(c if _in_jis(c) else _transliterated(c) for c in _wide(text))
    return text.strip("\u3000")


def _wide(text: str) -> str:
    """`text` with the double-byte form of every character that has one."""
    text = _HALF_WIDTH_KANA.sub(lambda kana: unicodedata.normalize("NFKC", kana[0]), text)
    return unicodedata.normalize("NFC", text).translate(_WIDE)


def _transliterated(character: str) -> str:
    plain = anyascii(character.translate(STAND_INS))
    return "".join(c for c in plain if c.isprintable()).translate(_WIDE)


def _in_jis(character: str) -> bool:
    try:
        return len(character.encode("shift_jis")) == 2
    except UnicodeEncodeError:
        return False


def _fitting(block: TextBlock) -> TextBlock:
    """`block` within MOST_PACKS: whole types dropped in order, then the longest texts shortened as far as needed."""
    most = LONGEST_BYTES // BYTES_PER_CHARACTER[block.character_set]
    block = _shortened(block, most)
    for fields in DROPPED:
        if packs_needed(block) <= MOST_PACKS:
            return block
        block = _without(block, fields)
    lengths = range(1, most + 1)
    return _shortened(block, bisect_right(lengths, MOST_PACKS, key=lambda n: packs_needed(_shortened(block, n))))


def _shortened(block: TextBlock, most: int) -> TextBlock:
    """`block` with no text of more than `most` characters."""
    return _changed(block, lambda field, text: text if field in CODES else text[:most].rstrip())


def _without(block: TextBlock, fields: Sequence[str]) -> TextBlock:
    changed = _changed(block, lambda field, text: "" if field in fields else text)
    return replace(changed, genre_code=0) if "genre" in fields else changed


def _changed(block: TextBlock, change: Callable[[str, str], str]) -> TextBlock:
    """`block` with each text as `change(field, text)` gives it; what becomes empty is left out."""

    def changed(texts: Mapping[str, str]) -> dict[str, str]:
        return {field: new for field, text in texts.items() if (new := change(field, text))}

    return replace(block, disc=changed(block.disc), tracks=tuple(map(changed, block.tracks)))


def _by_place(block: TextBlock, first: int) -> Iterator[tuple[str, str, str]]:
    """Each text of `block` as (place, field, text), empty ones too."""
    mark = MARKS.get(block.character_set, "")
    for field, text in block.disc.items():
        yield f"album.{field}{mark}", field, text
    for number, track in enumerate(block.tracks, first):
        for field, text in track.items():
            yield f"tracks[{number}].{field}{mark}", field, text


def _genre_code(genre: str) -> int:
    """The number of `genre` in GENRES, however it is spelt, or 0, which Sony prescribes where none of them applies."""
    known = {_plain(name): code for code, name in GENRES.items()} | {"rb": 0x18, "rnb": 0x18, "rhythmandblues": 0x18}
    return known.get(_plain(genre), 0)


def _plain(genre: str) -> str:
    return re.sub("[^a-z]", "", genre.lower()).removesuffix("music")
