"""What an album's CD-Text says: in which words, in which block, and what is told of the rest."""

import ctypes.util
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from anyascii import anyascii
from hypothesis import given, settings
from hypothesis import strategies as st

from albums import Album
from formats._cd.album_cd_text import blocks_of, notes, texts, texts_of
from formats._cd.cd_text import (
    ENGLISH,
    GENRES,
    JAPANESE,
    LANGUAGES,
    LATIN,
    MS_JIS,
    decode,
    encode,
    faults,
    packs_needed,
)
from tests.support.programmes import TITLES, UPC, album, albums, needs


def back(of: Album, first: int, last: int) -> dict[str, str]:
    """The texts that are found in the packs themselves."""
    return texts_of(decode(encode(blocks_of(of, first, last)), "CDTEXT.BIN"), first)


def said(title: str, **release: Any) -> str:
    """The words of a track's title in block 0."""
    return texts(album(title, **release), 1, 1).get("tracks[1].title", "")


def noted(of: Album, first: int = 1, last: int | None = None) -> dict[str, str]:
    found = list(notes(of, first, last or len(of.tracks)))
    assert all(note.severity == "note" for note in found)
    assert len({note.where for note in found}) == len(found)
    return {note.where: note.words for note in found}


def test_every_text_is_in_the_first_block() -> None:
    of = album(
        "Café", "Zwei", tracks=[{"songwriter": "A", "composer": "B", "arranger": "C"}, {"artist": "Gast", "isrc": ""}],
        upc=UPC, catalogue_number="GM-001", genre="Folk", language="de-AT", songwriter="S",
    )  # fmt: skip
    [block] = blocks_of(of, 1, 2)
    assert (block.character_set, block.language, block.genre_code) == (LATIN, LANGUAGES["de"], 0x0B)
    assert block.disc == {
        "title": "Quiet Rooms", "artist": "The Band", "songwriter": "S", "catalogue_number": "GM-001", "genre": "Folk",
        "upc": "0036000291452",
    }  # fmt: skip
    assert block.tracks == (
        {"title": "Café", "artist": "The Band", "songwriter": "A", "composer": "B", "arranger": "C",
         "isrc": "GBXXX2600001"},
        {"title": "Zwei", "artist": "Gast"},
    )  # fmt: skip
    assert noted(of) == {}


def test_places_count_as_the_album_does() -> None:
    of = album("One", "Two", "Three", "Four – 4")
    assert texts(of, 3, 4) == back(of, 3, 4)
    assert texts(of, 3, 4) == {
        "album.title": "Quiet Rooms",
        "album.artist": "The Band",
        "tracks[3].title": "Three",
        "tracks[3].artist": "The Band",
        "tracks[4].title": "Four - 4",
        "tracks[4].artist": "The Band",
    }
    assert [dict(track)["isrc"] for track in blocks_of(of, 3, 4)[0].tracks] == ["GBXXX2600003", "GBXXX2600004"]
    assert list(noted(of, 3, 4)) == ["tracks[4].title"]
    assert list(noted(of, 1, 3)) == []


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Ærø ½ ÿ", "Ærø ½ ÿ"),
        ("“Second” – ‘yes’…", "\"Second\" - 'yes'..."),
        ('a\\b "c"', 'a\\b "c"'),
        ("hard\xa0space soft\xadhyphen", "hard space softhyphen"),
        ("Дом", "Dom"),
        ("ﬁne", "fine"),
        ("東京", "DongJing"),
        ("What?", "What?"),
        ("ä" * 160, "ä" * 160),
        ("ä" * 161, "ä" * 160),
        ("\ue000", ""),
    ],
)
def test_words_of_the_first_block(title: str, words: str) -> None:
    assert said(title) == words
    assert ("tracks[1].title" in noted(album(title))) == (title != words)


def test_genre_and_catalogue_number_are_ascii() -> None:
    of = album("One", genre="Électro ¿qué?", catalogue_number="GM–001é")
    assert {field: texts(of, 1, 1)[f"album.{field}"] for field in ("genre", "catalogue_number")} == {
        "genre": "Electro que?",
        "catalogue_number": "GM-001e",
    }
    assert "ASCII has not these characters" in noted(of)["album.genre"]
    assert blocks_of(of, 1, 1)[0].genre_code == 0


@pytest.mark.parametrize(
    ("genre", "name"),
    [("Folk", "Folk"), ("rock", "Rock Music"), ("POP", "Pop Music"), ("Hip-Hop", "Hip Hop"), ("R&B", "Rhythm & Blues"),
     ("Rhythm and Blues", "Rhythm & Blues"), ("Children's Music", "Childrens Music"), ("Jazz", "Jazz"),
     ("Classical", "Classical"), ("Drone", None), ("Music", None), ("", None)],
)  # fmt: skip
def test_a_genre_has_its_number_however_it_is_spelt(genre: str, name: str | None) -> None:
    [block] = blocks_of(album("One", genre=genre), 1, 1)
    assert GENRES.get(block.genre_code) == name
    assert block.disc.get("genre", "") == genre


@pytest.mark.parametrize(
    ("language", "code"),
    [("", ENGLISH), ("fr", 0x0F), ("pt-BR", 0x21), ("nn", 0x1E), ("tlh", ENGLISH), ("ja", JAPANESE)],
)
def test_the_language_is_the_albums(language: str, code: int) -> None:
    assert [block.language for block in blocks_of(album("One", language=language), 1, 1)] == [code]


@pytest.mark.parametrize(
    ("title", "language", "is_japanese"),
    [
        ("夜の歌", "", True),
        ("ラジオ", "en", True),
        ("ﾗｼﾞｵ", "", True),
        ("東京", "ja", True),
        ("東京", "ja-JP", True),
        ("東京", "", False),
        ("東京", "zh", False),
        ("A・B", "zh", False),
        ("Tokyo", "ja", False),
    ],
)
def test_a_second_block_where_words_are_japanese(title: str, language: str, is_japanese: bool) -> None:
    blocks = blocks_of(album(title, language=language), 1, 1)
    assert [block.character_set for block in blocks] == ([LATIN, MS_JIS] if is_japanese else [LATIN])
    if is_japanese:
        assert [block.language for block in blocks] == [ENGLISH, JAPANESE]


def test_a_disc_without_japanese_has_one_block_though_the_next_has_two() -> None:
    of = album("One", "夜の歌")
    assert [len(blocks_of(of, n, n)) for n in (1, 2)] == [1, 2]


def test_japanese_is_said_as_it_is_in_double_bytes() -> None:
    of = album("夜の“歌”", "Café No. 1 - ｶﾞﾗｽ ~", "東京♪🎹", title="静かな部屋", upc=UPC, genre="Folk")
    found = back(of, 1, 3)
    assert found == texts(of, 1, 3)
    assert {place: text for place, text in found.items() if place.endswith("title (MS-JIS)")} == {
        "album.title (MS-JIS)": "静かな部屋",
        "tracks[1].title (MS-JIS)": "夜の“歌”",
        "tracks[2].title (MS-JIS)": "Ｃａｆｅ　Ｎｏ．　１　−　ガラス　〜",
        "tracks[3].title (MS-JIS)": "東京♪：ｍｕｓｉｃａｌ＿ｋｅｙｂｏａｒｄ：",
    }
    assert found["tracks[1].artist (MS-JIS)"] == "Ｔｈｅ　Ｂａｎｄ"
    assert "album.genre (MS-JIS)" not in found
    told = noted(of)
    assert {place for place in told if "MS-JIS" in place} == {"tracks[2].title (MS-JIS)", "tracks[3].title (MS-JIS)"}
    assert "is written as 'JingkanaBuWu': ISO 8859-1 has not these characters" in told["album.title"]
    assert "MS-JIS has not these characters" in told["tracks[3].title (MS-JIS)"]


def test_the_double_byte_form_of_a_character_is_no_other_wording() -> None:
    of = album("夜 - \"a\" 'b' ~ ¥5 — ∥ ～ － ｱﾟ")
    assert texts(of, 1, 1)["tracks[1].title (MS-JIS)"] == "夜　−　”ａ”　’ｂ’　〜　￥５　―　‖　〜　−　ア゜"
    assert "tracks[1].title (MS-JIS)" not in noted(of)


def test_an_album_without_words_has_no_cd_text() -> None:
    of = album("\ue000", title="\ue000", artist="\ue000", tracks=[{"artist": "", "isrc": ""}])
    assert blocks_of(of, 1, 1) == ()
    assert texts(of, 1, 1) == {}
    assert "is left out: ISO 8859-1 has not these characters" in noted(of)["album.title"]


def kept(of: Album) -> set[str]:
    [block] = blocks_of(of, 1, len(of.tracks))
    assert packs_needed(block) <= 256
    assert bool(block.genre_code) == ("genre" in block.disc)
    return {*block.disc, *(field for track in block.tracks for field in track)}


def test_types_are_left_out_in_order_until_the_block_fits() -> None:
    fields = ("title", "artist", "upc", "isrc", "genre", "catalogue_number", "songwriter", "composer", "arranger")

    def fitted(length: int) -> set[str]:
        artists = {"arranger": "A" * 5, "composer": "C" * 5, "songwriter": "S" * 5, "artist": "B" * 3}
        titles = ["t" * length] * 60
        return kept(album(*titles, tracks=[artists] * 60, upc=UPC, genre="Folk", catalogue_number="GM-001"))

    orders = [fields, fields[:-1], fields[:-2], fields[:-3], fields[:-4], fields[:-5], fields[:2]]
    seen = [frozenset(fitted(length)) for length in range(1, 60)]
    assert list(dict.fromkeys(seen)) == [frozenset(order) for order in orders if frozenset(order) in seen]
    assert {frozenset(fields), frozenset(fields[:-1]), frozenset(fields[:-3]), frozenset(fields[:2])} <= set(seen)


def test_each_text_that_finds_no_room_is_noted() -> None:
    of = album(*["t" * 20] * 99, tracks=[{"arranger": "An Arranger"}] * 99)
    told = noted(of)
    assert kept(of) == {"title", "artist"}
    assert told["tracks[99].arranger"] == "'An Arranger' is left out: CD-Text has no room for it"
    assert "tracks[50].isrc" in told
    assert not [place for place in told if place.endswith(("title", "artist"))]


@pytest.mark.parametrize("character_set", [LATIN, MS_JIS])
def test_the_longest_texts_are_shortened_as_little_as_it_takes(character_set: int) -> None:
    letter = "あ" if character_set == MS_JIS else "x"
    of = album("kurz", *[letter * 50] * 98, language="ja")
    block = blocks_of(of, 1, 99)[-1]
    assert block.character_set == character_set
    [longest] = {len(track["title"]) for track in block.tracks[1:]}
    more = [{field: text + letter * (len(text) == longest) for field, text in t.items()} for t in block.tracks]
    assert packs_needed(block) <= 256 < packs_needed(replace(block, tracks=tuple(more)))
    assert len(block.tracks[0]["title"]) == 4 < longest < 50
    mark = " (MS-JIS)" if character_set == MS_JIS else ""
    told = noted(of)
    assert f"tracks[1].title{mark}" not in told
    assert "CD-Text has no room for more" in told[f"tracks[2].title{mark}"]


@settings(max_examples=40, deadline=None)
@given(albums(), st.sampled_from(["", "ja", "de"]), st.data())
def test_any_album_comes_back(of: Album, language: str, data: st.DataObject) -> None:
    of = of.model_copy(update={"release": of.release.model_copy(update={"language": language})})
    first = data.draw(st.integers(1, len(of.tracks)))
    last = data.draw(st.integers(first, len(of.tracks)))
    packs = encode(blocks_of(of, first, last))
    assert not [fault for fault in faults(packs, "") if "no UPC" not in fault.words]
    assert back(of, first, last) == texts(of, first, last)
    for place, text in texts(of, first, last).items():
        assert not re.search("[\x00-\x1f\x7f-\x9f\xa0\xad]", text), place
        assert text == text.strip()


@settings(max_examples=60, deadline=None)
@given(TITLES.filter(lambda title: "?" not in anyascii(title)))
def test_what_is_not_as_it_was_is_noted_and_nothing_becomes_a_question_mark(title: str) -> None:
    of = album(title, "夜の歌", tracks=[{"composer": title}, {}])
    found, told = texts(of, 1, 2), noted(of)
    for place in ("tracks[1].title", "tracks[1].composer"):
        assert (found.get(place, "") != of.tracks[0].title) == (place in told)
        wide = f"{place} (MS-JIS)"
        assert wide in told or len(found[wide]) <= len(of.tracks[0].title)
    assert not set("?？") & set("".join(found.values()))


LIBCDIO = """
import ctypes, sys
libcdio = ctypes.CDLL("libcdio.so.19")
libcdio.cdtext_init.restype = ctypes.c_void_p
libcdio.cdtext_data_init.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
libcdio.cdtext_get_const.restype = ctypes.c_char_p
libcdio.cdtext_get_const.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_ubyte]
texts, packs = libcdio.cdtext_init(), sys.stdin.buffer.read()
assert libcdio.cdtext_data_init(texts, packs, len(packs)) == 0
for track in range(int(sys.argv[1]) + 1):
    sys.stdout.buffer.write(libcdio.cdtext_get_const(texts, 0, track) + b"\\n")  # CDTEXT_FIELD_TITLE
"""


# libcdio 2.1 reads every block in the character set of the last: Latin letters are right only where there is one.
@pytest.mark.skipif(ctypes.util.find_library("cdio") is None, reason="libcdio is not installed")
@pytest.mark.parametrize("titles", [("É" * 500, "Two"), ("E" * 500, "夜の歌" * 100)])
def test_libcdio_takes_the_longest_titles(titles: tuple[str, ...]) -> None:
    of = album(*titles)
    packs = encode(blocks_of(of, 1, 2))
    run = subprocess.run([sys.executable, "-c", LIBCDIO, "2"], input=packs, capture_output=True, check=True)
    found = texts(of, 1, 2)
    expected = [found["album.title"], *(found[f"tracks[{number}].title"] for number in (1, 2))]
    assert run.stdout.decode().splitlines() == expected


@needs("cdrskin")
def test_cdrskin_finds_both_languages(tmp_path: Path) -> None:
    of = album("夜の歌", "Été", title="静かな部屋", genre="Folk", upc=UPC)
    path = tmp_path / "CDTEXT.BIN"
    path.write_bytes(encode(blocks_of(of, 1, 2)))
    run = subprocess.run(["cdrskin", f"textfile_to_v07t={path}"], capture_output=True, check=True)
    latin, _, japanese = run.stdout.partition(b"Block 1")
    assert re.findall("Title += (.*)", latin.decode("latin-1")) == [
        texts(of, 1, 2)[place] for place in ("album.title", "tracks[1].title", "tracks[2].title")
    ]
    assert re.findall("Title += (.*)", japanese.decode("shift_jis")) == ["静かな部屋", "夜の歌", "Ｅｔｅ"]
    assert b"UPC / EAN           = 0036000291452" in latin
