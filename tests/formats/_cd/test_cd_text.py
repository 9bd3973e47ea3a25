"""CD-Text: its packs byte by byte, read back by us, by cdrskin and by libburn, whose encoder gives the same bytes."""

import ctypes.util
import random
import subprocess
import sys
from binascii import crc_hqx
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from albums.faults import Refusal
from formats._cd.cd_text import (
    ASCII,
    ENGLISH,
    FIELDS,
    GENRES,
    JAPANESE,
    LANGUAGES,
    LATIN,
    MS_JIS,
    TextBlock,
    decode,
    encode,
    faults,
    packs_needed,
)
from tests.support.programmes import needs

NAME = "CDTEXT.BIN"
TWO_TRACKS = TextBlock(
    LATIN,
    ENGLISH,
    {"title": "Disc", "artist": "Various"},
    ({"title": "One", "artist": "Ann"}, {"title": "Two", "artist": "Bob"}),
)
# type, track, sequence, block and position; payload; CRC
TWO_TRACKS_PACKS = """
80 00 00 00  44 69 73 63 00 4f 6e 65 00 54 77 6f  34 e1   # Disc, One, Two: its NUL finds no room
80 02 01 03  00 00 00 00 00 00 00 00 00 00 00 00  0e 93   # track 2's NUL, after three characters
81 00 02 00  56 61 72 69 6f 75 73 00 41 6e 6e 00  d7 f5   # Various, Ann
81 02 03 00  42 6f 62 00 00 00 00 00 00 00 00 00  b4 7b   # Bob: begins here, so position 0
8f 00 04 00  00 01 02 00 02 02 00 00 00 00 00 00  9a b7   # ISO 8859-1, tracks 1-2, 2 packs of 80, 2 of 81
8f 01 05 00  00 00 00 00 00 00 00 03 06 00 00 00  6f e7   # 3 packs of 8f; block 0 ends in sequence number 6
8f 02 06 00  00 00 00 00 09 00 00 00 00 00 00 00  91 23   # block 0 is in English
"""
JAPANESE_PACKS = """
80 00 00 80  96 e9 00 00 89 cc 00 00 00 00 00 00  00 00   # 夜, 歌: two bytes a character, two NULs
8f 00 01 00  80 01 01 03 01 00 00 00 00 00 00 00  00 00   # MS-JIS, track 1, under copyright
8f 01 02 00  00 00 00 00 00 00 00 03 03 00 00 00  00 00
8f 02 03 00  00 00 00 00 69 00 00 00 00 00 00 00  00 00   # Japanese
"""
TABS = """
80 00 00 00  44 00 e9 00 09 00 09 00 00 00 00 00  00 00   # D, é, as before, as before
8f 00 01 00  00 01 03 00 01 00 00 00 00 00 00 00  00 00
8f 01 02 00  00 00 00 00 00 00 00 03 03 00 00 00  00 00
8f 02 03 00  00 00 00 00 09 00 00 00 00 00 00 00  00 00
"""
TABS_IN_JAPANESE = """
80 00 00 80  96 e9 00 00 89 cc 00 00 09 09 00 00  00 00   # 夜, 歌, as before
80 03 01 80  09 09 00 00 00 00 00 00 00 00 00 00  00 00   # as before
8f 00 02 00  80 01 03 00 02 00 00 00 00 00 00 00  00 00
8f 01 03 00  00 00 00 00 00 00 00 03 04 00 00 00  00 00
8f 02 04 00  00 00 00 00 69 00 00 00 00 00 00 00  00 00
"""
EVERYTHING = TextBlock(
    LATIN,
    LANGUAGES["fr"],
    {
        "title": "Été à l'île",
        "artist": "Le Groupe «Quatre»",
        "songwriter": "A. Auteur",
        "composer": "B. Compositrice",
        "arranger": "C. Arrangeuse",
        "message": "Merci",
        "catalogue_number": "GM-001/2026",
        "genre": "Chanson du dimanche",
        "upc": "0036000291452",
    },
    (
        {"title": "Première pièce en forme de très longue phrase", "artist": "Ann", "isrc": "GBXXX2600001"},
        {"title": "Û", "artist": "Le Groupe", "composer": "D. Autre", "message": "Suite", "isrc": "GBXXX2600002"},
        {"title": "Fin", "songwriter": "E. Encore", "arranger": "F. Finale"},
    ),
    genre_code=0x0B,
)
SMALL = replace(TWO_TRACKS, genre_code=0x0B, disc={"title": "é", "genre": "Folk", "upc": "0036000291452"})


def packs(dump: str) -> bytes:
    """The bytes of a dump, each pack with the CRC that belongs to it."""
    lines = [bytes.fromhex(line.partition("#")[0]) for line in dump.strip().splitlines()]
    return b"".join(sealed(line) for line in lines)


def sealed(pack: bytes) -> bytes:
    return pack[:16] + (crc_hqx(pack[:16], 0) ^ 0xFFFF).to_bytes(2)


def resealed(data: bytes) -> bytes:
    return b"".join(sealed(data[at : at + 18]) for at in range(0, len(data), 18))


def changed(data: bytes, pack: int, byte: int, new: bytes) -> bytes:
    """`data` with bytes of a pack changed and its CRC made right again."""
    at = 18 * pack + byte
    return resealed(data[:at] + new + data[at + len(new) :])


def headers(block: TextBlock, kind: int) -> list[tuple[int, int]]:
    """The track and the character position in each pack of one type."""
    data = encode([block])
    return [(data[at + 1], data[at + 3] & 15) for at in range(0, len(data), 18) if data[at] == kind]


def titled(*titles: str, character_set: int = LATIN) -> TextBlock:
    return TextBlock(character_set, ENGLISH, {"title": titles[0]}, tuple({"title": title} for title in titles[1:]))


def found(data: bytes) -> list[tuple[str, str, str]]:
    return [(fault.where, fault.words, fault.severity) for fault in faults(data, NAME)]


def refusals(data: bytes) -> str:
    return "\n".join(str(fault) for fault in faults(data, NAME) if fault.severity == "refusal")


def test_every_byte_of_two_tracks() -> None:
    golden = bytes.fromhex("".join(line.partition("#")[0] for line in TWO_TRACKS_PACKS.strip().splitlines()))
    assert encode([TWO_TRACKS]) == golden
    assert decode(golden, NAME) == (TWO_TRACKS,)
    assert packs_needed(TWO_TRACKS) == 7


def test_every_byte_of_a_block_in_ms_jis() -> None:
    block = replace(titled("夜", "歌", character_set=MS_JIS), language=JAPANESE, protected=True)
    assert encode([block]) == packs(JAPANESE_PACKS)
    assert decode(packs(JAPANESE_PACKS), NAME) == (block,)


def test_genre_and_codes() -> None:
    data = encode([SMALL])
    assert b"\x00\x0bFolk\x00\x00\x00\x00\x00\x00" in data
    assert b"0036000291452"[:12] in data
    assert decode(data, NAME) == (SMALL,)
    assert decode(encode([replace(SMALL, disc={"title": "x"})]), NAME)[0].genre_code == 0x0B


def test_the_tables_are_those_of_the_sources() -> None:
    assert {code: LANGUAGES[code] for code in ("en", "de", "fr", "it", "es", "pt", "nl", "sv", "da", "no", "fi")} == {
        "en": 0x09, "de": 0x08, "fr": 0x0F, "it": 0x15, "es": 0x0A, "pt": 0x21, "nl": 0x1D, "sv": 0x28, "da": 0x07,
        "no": 0x1E, "fi": 0x27,
    }  # fmt: skip
    assert (LANGUAGES["ja"], LANGUAGES["zu"], LANGUAGES["am"]) == (JAPANESE, 0x45, 0x7F)
    assert sorted(GENRES) == list(range(0x02, 0x1A))
    assert (FIELDS["title"], FIELDS["message"], FIELDS["upc"], FIELDS["isrc"]) == (0x80, 0x85, 0x8E, 0x8E)


def test_a_position_counts_characters_and_stops_at_15() -> None:
    assert headers(titled("x" * 40, "y"), 0x80) == [(0, 0), (0, 12), (0, 15), (0, 15)]
    assert headers(titled("d", "x" * 23, "y"), 0x80) == [(0, 0), (1, 10), (1, 15)]
    assert headers(titled("d", "x" * 9, "y"), 0x80) == [(0, 0), (2, 0)]
    wide = titled("夜" * 30, "歌", character_set=MS_JIS)
    assert [position for _, position in headers(wide, 0x80)] == [0, 6, 12, 15, 15, 15]


def test_a_genres_code_counts_for_no_character() -> None:
    block = replace(SMALL, disc={"title": "x", "genre": "g" * 26})
    assert headers(block, 0x87) == [(0, 0), (0, 10), (0, 15)]
    assert decode(encode([block]), NAME) == (block,)


def test_a_type_has_a_text_for_every_track_or_none() -> None:
    block = replace(TWO_TRACKS, disc={"title": "D"}, tracks=({}, {"composer": "C", "title": ""}))
    data = encode([block])
    assert data[:16] == bytes.fromhex("80000000 44 00 00 00") + bytes(8)
    assert data[18:34] == bytes.fromhex("83000100 00 00 43 00") + bytes(8)
    assert decode(data, NAME)[0].tracks == ({}, {"composer": "C"})


def test_blocks_stand_one_after_another_and_know_each_other() -> None:
    blocks = (TWO_TRACKS, replace(titled("夜", "歌", "声", character_set=MS_JIS), language=JAPANESE))
    data = encode(blocks)
    assert decode(data, NAME) == blocks
    assert [data[at + 3] >> 4 & 7 for at in range(0, len(data), 18)] == [0] * 7 + [1] * 4
    for last in (5, 6), (9, 10):
        assert data[18 * last[0] + 12 :][:4] == bytes([6, 3, 0, 0])
        assert data[18 * last[1] + 8 :][:2] == bytes([ENGLISH, JAPANESE])


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ([], "0 blocks of CD-Text; wanted 1 to 8"),
        ([TWO_TRACKS] * 9, "9 blocks"),
        ([TWO_TRACKS, titled("x", "y")], "blocks of 2, 1 tracks"),
        ([titled("x")], "block 0: has 0 tracks; wanted 1 to 99"),
        ([titled(*"x" * 101)], "block 0: has 100 tracks"),
        ([titled("x", "ok", "夜")], r"block 0: tracks\[2\].title: '夜' holds U\+591C; wanted characters of ISO 8859-1"),
        ([titled("\t", "x")], r"album.title: '\\t' holds U\+0009"),
        ([titled("\x85", "x")], r"U\+0085"),
        ([titled("夜A", "x", character_set=MS_JIS)], r"album.title: '夜A' holds U\+0041; .* take two bytes"),
        ([titled("é", "x", character_set=ASCII)], r"holds U\+00E9; wanted characters of ASCII"),
        ([titled("x", "y", character_set=2)], "has character set 0x02; wanted one of 0x00, 0x01, 0x80"),
        ([replace(TWO_TRACKS, disc={"genre": "é"})], "album.genre: 'é' holds U"),
        ([replace(TWO_TRACKS, disc={"label": "x"})], "album.label: is no text of CD-Text; known here: title, artist"),
        ([replace(TWO_TRACKS, language=256)], "has language 256"),
        ([replace(TWO_TRACKS, genre_code=-1)], "has genre code -1"),
        ([titled("x" * 3036, "y")], "block 0: takes 257 packs; at most 256 fit a block"),
    ],
)
def test_what_does_not_fit_is_refused(blocks: list[TextBlock], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        encode(blocks)


def test_every_text_that_does_not_fit_is_told_at_once() -> None:
    with pytest.raises(Refusal) as refusal:
        encode([titled("夜", "歌", "ok"), titled("\n", "x", "y")])
    assert [fault.where for fault in refusal.value.faults] == [
        "block 0: album.title",
        "block 0: tracks[1].title",
        "block 1: album.title",
    ]


def test_a_block_may_be_full() -> None:
    block = titled("x" * 3034, "")
    assert packs_needed(block) == 256
    assert decode(encode([block] * 8), NAME) == (replace(block, tracks=({},)),) * 8


def test_every_flipped_byte_is_noticed() -> None:
    data = encode([titled("é", "x")])
    for at in range(len(data)):
        for flip in range(1, 256):
            damaged = bytearray(data)
            damaged[at] ^= flip
            assert f"{NAME}: pack {at // 18}: has the CRC" in refusals(bytes(damaged))


@pytest.mark.parametrize(
    ("pack", "byte", "new", "words"),
    [
        (0, 0, b"\x7f", "pack 0: is of type 0x7F, which CD-Text has not"),
        (0, 0, b"\x81", "pack 1: of type 0x80 stands after type 0x81"),
        (1, 1, b"\x01", "pack 1: is of track 1; its first byte is track 2's"),
        (1, 1, b"\x82", "is of track 130"),
        (1, 2, b"\x07", "pack 1: has sequence number 7; wanted 1"),
        (1, 3, b"\x04", "pack 1: has character position 4; wanted 3"),
        (1, 3, b"\x0f", "has character position 15; wanted 3"),
        (1, 3, b"\x83", "pack 1: is not marked single or double byte"),
        (0, 3, b"\x10", "holds the blocks 1, 0; wanted each once, in order from 0"),
        (1, 4, b"x" * 12, "type 0x80: holds 2 texts; wanted 3"),
        (1, 15, b"x", "pack 1: goes on after the last text"),
        (0, 4, b"\x08", r"album.title: '\x08isc' holds U+0008"),
        (4, 3, b"\x01", "has character positions in its size information"),
        (4, 4, b"\x02", "has character set 0x02; wanted one of 0x00, 0x01, 0x80"),
        (4, 5, b"\x02", "has tracks 2 to 2; wanted 1"),
        (4, 6, b"\x64", "has tracks 1 to 100"),
        (4, 6, b"\x01", "type 0x80: takes 2 packs; its texts fill 1"),
        (4, 8, b"\x03", "tells of 3 packs of type 0x80; it has 2"),
        (5, 12, b"\x07", "tells of last sequence number 7 in block 0; wanted 6"),
        (6, 9, b"\x69", "tells of language 0x69 in block 1; wanted 0x00"),
        (6, 1, b"\x01", "should end in the three packs of its size information"),
    ],
)
def test_a_pack_that_disagrees_is_refused(pack: int, byte: int, new: bytes, words: str) -> None:
    told = refusals(changed(encode([TWO_TRACKS]), pack, byte, new))
    assert words in told
    assert "CRC" not in told


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "takes 0 bytes; wanted packs of 18"),
        (bytes(17), "takes 17 bytes; wanted packs of 18"),
        (encode([TWO_TRACKS])[:-1], "takes 125 bytes, 17 more than 6 packs of 18"),
        (encode([TWO_TRACKS]) + b"x", "takes 127 bytes, 1 more than 7 packs"),
        (b"\x00\x80\x00\x00" + encode([TWO_TRACKS]), "begins with the header of 4 bytes"),
        (b"\x00\x81\x00\x00" + encode([TWO_TRACKS]), "takes 130 bytes, 4 more than 7 packs"),
        (bytes(18 * 2049), "holds 2049 packs; at most 2048 fit a disc"),
        (encode([TWO_TRACKS])[18:], "pack 0: has sequence number 1; wanted 0"),
        (encode([TWO_TRACKS])[:-54], "should end in the three packs of its size information"),
        (encode([TWO_TRACKS]) * 2, "takes 14 packs|should end in"),
        (encode([titled("x", "y")]) + encode([TWO_TRACKS, TWO_TRACKS])[126:], "holds blocks of 1, 2 tracks"),
    ],
)
def test_a_file_in_another_form_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        decode(data, NAME)


def test_a_block_of_more_packs_than_fit_is_refused() -> None:
    full = encode([titled("x" * 3034, "")])
    assert "block 0: takes 257 packs; at most 256 fit a block" in refusals(full[:18] + full)


def test_all_that_is_wrong_is_told_at_once() -> None:
    data = changed(changed(encode([TWO_TRACKS]), 1, 3, b"\x04"), 4, 8, b"\x03")
    assert len(refusals(data[:-1] + b"x").splitlines()) == 3


def test_what_readers_tolerate_is_noted() -> None:
    data = encode([EVERYTHING])
    assert found(data) == []
    noted = found(data + b"\0")
    assert [(where, severity) for where, _, severity in noted] == [(NAME, "note")]
    assert "ends in a NUL" in noted[0][1]
    assert decode(data + b"\0", NAME) == (EVERYTHING,)
    assert found(encode([TWO_TRACKS])) == [(NAME, "holds no UPC and no ISRC (type 0x8E)", "note")]


def test_fifteen_is_tolerated_for_whatever_began_before_the_pack_before() -> None:
    block = titled("d" * 10, "x" * 25, "y")
    assert headers(block, 0x80)[:3] == [(0, 0), (1, 1), (1, 13)]
    data = changed(encode([block]), 2, 3, b"\x0f")
    assert found(data)[0] == (
        f"{NAME}: block 0: type 0x80, pack 2",
        "has character position 15; wanted 13",
        "note",
    )
    assert decode(data, NAME) == (block,)
    assert "wanted 1" in refusals(changed(encode([block]), 1, 3, b"\x0f"))


def test_other_packs_and_another_copyright_are_borne() -> None:
    data = changed(encode([TWO_TRACKS]), 4, 7, b"\x01")
    assert ("has copyright 1; wanted 0 or 3", "warning") in [fault[1:] for fault in found(data)]
    with_contents = data[:72] + sealed(bytes.fromhex("88000400") + bytes(12)) + data[72:]
    for pack, byte, new in ((5, 2, 5), (6, 2, 6), (7, 2, 7), (6, 4, 1), (6, 12, 7)):
        with_contents = changed(with_contents, pack, byte, bytes([new]))
    assert any("holds packs of type 0x88, table of contents" in words for _, words, _ in found(with_contents))
    assert decode(with_contents, NAME) == (TWO_TRACKS,)


@pytest.mark.parametrize(("dump", "title"), [(TABS, "é"), (TABS_IN_JAPANESE, "歌")])
def test_a_tab_stands_for_the_text_before(dump: str, title: str) -> None:
    assert decode(packs(dump), NAME)[0].tracks == ({"title": title},) * 3
    noted = [where for where, words, _ in found(packs(dump)) if "stands for the text before" in words]
    assert noted == [f"{NAME}: block 0: tracks[{number}].title" for number in (2, 3)]


CHARACTERS = {
    LATIN: st.characters(codec="latin-1", min_codepoint=0x20).filter(lambda c: not "\x7e" < c < "\xa0"),
    MS_JIS: st.sampled_from("夜の歌ＡＢ　静かな部屋バンド。―ｅ"),
}


@st.composite
def text_blocks(draw: st.DrawFn, tracks: int, character_set: int) -> TextBlock:
    words = st.text(CHARACTERS[character_set], max_size=40)
    plain = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40)

    def texts(**fields: st.SearchStrategy[str]) -> Mapping[str, str]:
        chosen = draw(st.fixed_dictionaries({}, optional=fields))
        return {field: text for field, text in chosen.items() if text}

    names = ("title", "artist", "songwriter", "composer", "arranger", "message")
    spoken = {field: words for field in names if draw(st.booleans())}
    disc = texts(**spoken, catalogue_number=plain, genre=plain, upc=st.just("0036000291452"))
    of_tracks = tuple(texts(**spoken, isrc=st.just("GBXXX2600001")) for _ in range(tracks))
    code = draw(st.sampled_from([0, 0x0B, 0x19]))
    return TextBlock(character_set, draw(st.integers(0, 0x7F)), disc, of_tracks, code, draw(st.booleans()))


@st.composite
def discs(draw: st.DrawFn, most_tracks: int = 99) -> list[TextBlock]:
    tracks = draw(st.integers(1, most_tracks))
    sets = draw(st.lists(st.sampled_from([LATIN, MS_JIS]), min_size=1, max_size=8 if tracks < 10 else 2))
    return [draw(text_blocks(tracks, character_set)) for character_set in sets]


@settings(max_examples=30, deadline=None)
@given(discs())
def test_any_texts_come_back(blocks: list[TextBlock]) -> None:
    if any(packs_needed(block) > 256 for block in blocks):
        with pytest.raises(Refusal, match="at most 256 fit a block"):
            encode(blocks)
        return
    data = encode(blocks)
    assert len(data) == 18 * sum(map(packs_needed, blocks))
    assert not [fault for fault in faults(data, NAME) if "no UPC" not in fault.words]
    assert decode(data, NAME) == tuple(blocks)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=18 * 12) | st.binary(min_size=18, max_size=18 * 12).map(lambda data: resealed(data)))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Refusal):
        decode(data, NAME)


def test_bytes_changed_with_right_crcs_are_refused_or_say_what_they_hold() -> None:
    draw = random.Random(7)  # noqa: S311 - a test that can be replayed
    golden = encode([EVERYTHING, replace(titled("夜", "歌", "声", "音", character_set=MS_JIS), language=JAPANESE)])
    refused = 0
    for _ in range(1500):
        data = bytearray(golden)
        for _ in range(draw.randint(1, 2)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        try:
            blocks = decode(resealed(bytes(data)), NAME)
        except Refusal:
            refused += 1
        else:
            assert decode(encode(blocks), NAME) == blocks
    assert 800 < refused < 1500


def told_by_cdrskin(path: Path, codec: str) -> list[dict[str, str]]:
    """What cdrskin finds in a file of packs, a mapping for each block."""
    run = subprocess.run(["cdrskin", f"textfile_to_v07t={path}"], capture_output=True, check=True)
    blocks: list[dict[str, str]] = []
    for line in run.stdout.decode(codec).splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "Input Sheet Version":
            blocks.append({})
        elif blocks:
            blocks[-1][key.strip()] = value.strip(" ")
    return blocks


@needs("cdrskin")
def test_cdrskin_finds_the_same_texts(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(encode([EVERYTHING]))
    [told] = told_by_cdrskin(tmp_path / NAME, "latin-1")
    assert told["Text Code"] == "8859"
    assert told["Language Code"] == "French"
    assert told["Genre Code"] == GENRES[0x0B]
    assert (told["First Track Number"], told["Last Track Number"]) == ("1", "3")
    names = ("Album Title", "Artist Name", "Songwriter", "Composer", "Arranger", "Album Message", "Catalog Number",
             "Genre Information", "UPC / EAN")  # fmt: skip
    assert [told[name] for name in names] == list(EVERYTHING.disc.values())
    for number, track in enumerate(EVERYTHING.tracks, 1):
        for field in ("title", "artist", "songwriter", "composer", "arranger", "message"):
            assert told[f"Track {number:02d} {field.capitalize()}"] == track.get(field, "")
        assert told[f"ISRC {number:02d}"] == track.get("isrc", "")


@needs("cdrskin")
def test_cdrskin_finds_the_same_japanese(tmp_path: Path) -> None:
    japanese = titled("静かな部屋", "夜", "音楽がたいへん長い題名　Ａ", "歌", character_set=MS_JIS)
    (tmp_path / NAME).write_bytes(encode([titled("Quiet", "a", "b", "c"), replace(japanese, language=JAPANESE)]))
    latin, told = told_by_cdrskin(tmp_path / NAME, "shift_jis")
    assert [latin["Text Code"], told["Text Code"]] == ["8859", "MS-JIS"]
    assert [latin["Language Code"], told["Language Code"]] == ["English", "Japanese"]
    assert [told["Album Title"], *(told[f"Track 0{n} Title"] for n in (1, 2, 3))] == [
        "静かな部屋",
        "夜",
        "音楽がたいへん長い題名　Ａ",
        "歌",
    ]
    assert [latin["Album Title"], *(latin[f"Track 0{n} Title"] for n in (1, 2, 3))] == ["Quiet", "a", "b", "c"]


@needs("cdrskin")
@settings(max_examples=15, deadline=None)
@given(block=st.integers(1, 30).flatmap(lambda tracks: text_blocks(tracks, LATIN)))
def test_cdrskin_reads_any_titles(tmp_path_factory: pytest.TempPathFactory, block: TextBlock) -> None:
    # A block that is size information alone is none to libburn.
    assume(packs_needed(block) <= 256 and (block.disc or any(block.tracks)))
    path = tmp_path_factory.mktemp("packs") / NAME
    path.write_bytes(encode([block]))
    told = told_by_cdrskin(path, "latin-1")
    for number, track in enumerate(block.tracks, 1):
        assert told[0].get(f"Track {number:02d} Title", "") == track.get("title", "").strip(" ")


# libburn is called in a process of its own: what it does with bad packs must not end this one.
LEADIN_TEXT = """
import ctypes, sys
libburn = ctypes.CDLL("libburn.so.4")
class Drive(ctypes.Structure):  # struct burn_drive_info, libburn.h
    _fields_ = [("names", ctypes.c_char * 48), ("abilities", ctypes.c_uint), ("figures", ctypes.c_int * 5),
                ("drive", ctypes.c_void_p)]
libburn.burn_write_opts_new.restype = ctypes.c_void_p
libburn.burn_write_opts_new.argtypes = [ctypes.c_void_p]
libburn.burn_write_opts_set_leadin_text.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
assert libburn.burn_initialize() == 1
drives = ctypes.POINTER(Drive)()
assert libburn.burn_drive_scan_and_grab(ctypes.byref(drives), b"stdio:/dev/null", 0) == 1
options = libburn.burn_write_opts_new(drives[0].drive)
for name in sys.argv[1:]:
    packs = open(name, "rb").read()
    print(libburn.burn_write_opts_set_leadin_text(options, packs, len(packs) // 18, 0))
"""
ENCODER = """
import ctypes, sys
libburn = ctypes.CDLL("libburn.so.4")
libburn.burn_session_create.restype = libburn.burn_track_create.restype = ctypes.c_void_p
libburn.burn_session_add_track.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint]
libburn.burn_session_input_sheet_v07t.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
libburn.burn_cdtext_from_session.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
assert libburn.burn_initialize() == 1
session = libburn.burn_session_create()
for _ in range(int(sys.argv[2])):
    libburn.burn_session_add_track(session, libburn.burn_track_create(), 100)  # BURN_POS_END
assert libburn.burn_session_input_sheet_v07t(session, sys.argv[1].encode(), 0, 0) == 1
packs, count = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_int()
assert libburn.burn_cdtext_from_session(session, ctypes.byref(packs), ctypes.byref(count), 0) == 1
sys.stdout.buffer.write(ctypes.string_at(packs, 18 * count.value))
"""
with_libburn = pytest.mark.skipif(ctypes.util.find_library("burn") is None, reason="libburn is not installed")


def by_libburn(script: str, *words: str) -> bytes:
    return subprocess.run([sys.executable, "-c", script, *words], capture_output=True, check=True).stdout


@with_libburn
def test_libburn_takes_our_packs_and_no_damaged_ones(tmp_path: Path) -> None:
    ours = encode([EVERYTHING, replace(EVERYTHING, character_set=LATIN, language=ENGLISH)])
    damaged = ours[:100] + bytes([ours[100] ^ 1]) + ours[101:]
    for name, data in (("ours", ours), ("damaged", damaged), ("full", encode([titled("x" * 3034, "")] * 8))):
        (tmp_path / name).write_bytes(data)
    told = by_libburn(LEADIN_TEXT, *(str(tmp_path / name) for name in ("ours", "damaged", "full")))
    assert told.split() == [b"1", b"0", b"1"]


@with_libburn
def test_libburns_encoder_gives_the_same_bytes(tmp_path: Path) -> None:
    disc = {"title": "Album Title", "artist": "Artist Name", "message": "Album Message", "songwriter": "Songwriter",
            "composer": "Composer", "arranger": "Arranger", "catalogue_number": "Catalog Number",
            "genre": "Genre Information", "upc": "UPC / EAN"}  # fmt: skip
    lines = ["Text Code = 8859", "Language Code = French", "Genre Code = Folk"]
    lines += [f"{disc[field]} = {text}" for field, text in EVERYTHING.disc.items()]
    for number, track in enumerate(EVERYTHING.tracks, 1):
        lines += [
            f"Track {number:02d} {field.capitalize()} = {text}" for field, text in track.items() if field != "isrc"
        ]
        lines += [f"ISRC {number:02d} = {text}" for field, text in track.items() if field == "isrc"]
    sheet = tmp_path / "sheet.txt"
    sheet.write_bytes("".join(line + "\n" for line in lines).encode("latin-1"))
    assert by_libburn(ENCODER, str(sheet), "3") == encode([EVERYTHING])
