"""The descriptors of a DDP fileset: their records byte by byte, both ways, and every rule that they can break."""

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums.faults import Fault
from formats import Layout, Mark
from formats.ddp import table_of_contents
from formats.ddp.descriptors import ddpid, ddpms, pqdescr, records
from formats.ddp.descriptors.ddpid import Identifier
from formats.ddp.descriptors.ddpms import Stream
from formats.ddp.descriptors.pqdescr import Entry
from formats.ddp.descriptors.records import IDENTIFIER, MAP, PQ, Field, Table

SECTOR = 588


def printed_records(size: int, *lines: str) -> bytes:
    """Records as they are printed, blank to their ends."""
    assert all(len(line) <= size for line in lines)
    return "".join(line.ljust(size) for line in lines).encode("ascii")


def told(faults: tuple[Fault, ...], severity: str = "refusal") -> str:
    return "\n".join(str(fault) for fault in faults if fault.severity == severity)


@pytest.mark.parametrize(("table", "size"), [(IDENTIFIER, 128), (MAP, 128), (PQ, 64)])
def test_the_fields_of_a_record_lie_end_to_end(table: Table, size: int) -> None:
    place = 0
    for field in table.values():
        assert field.offset == place
        place += field.width
    assert place == size == records.size(table)


@given(st.sampled_from([IDENTIFIER, MAP, PQ]), st.data())
def test_any_record_comes_back(table: Table, data: st.DataObject) -> None:
    values = {name: data.draw(values_of(field), name) for name, field in table.items()}
    (found,) = records.decode(table, records.encode(table, values))
    assert {name: text.strip(" ") for name, text in found.items()} == {n: str(v).strip(" ") for n, v in values.items()}


def values_of(field: Field) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=field.width, max_size=field.width)


@pytest.mark.parametrize("value", ["123456789", "é", "a\nb", 123456789])
def test_what_a_field_cannot_hold_is_an_error(value: str | int) -> None:
    with pytest.raises(ValueError, match="DSL cannot hold"):
        records.encode(MAP, {"DSL": value})


def test_an_identifier_byte_by_byte() -> None:
    data = ddpid.encode(Identifier("0123456789012", "CAT001"))
    assert data == printed_records(
        128,
        "DDP 2.00"  # level
        "0123456789012"  # UPC or EAN
        "                 "  # map stream start and length, medium
        "CAT001                                          "  # master id
        " CD",  # book, type
    )
    assert ddpid.decode(data) == (Identifier("0123456789012", "CAT001"), ())


def test_a_map_byte_by_byte() -> None:
    streams = (Stream("text", "CDTEXT.BIN", 126), Stream("pq", "PQDESCR", 448), Stream("audio", "IMAGE.DAT", 1650, 225))
    data = printed_records(
        128,
        # type  pointer length  start   subcode mode          pregap      track           file
        "VVVMS0        00000126        CDTEXT                   00              017CDTEXT.BIN",
        "VVVMS0        00000448        PQ DESCR                                 017PQDESCR",
        "VVVMD0        0000165000000000        DA70     225                     017IMAGE.DAT",
    )
    assert ddpms.encode(streams) == data
    assert ddpms.decode(data) == (streams, ())


PACKETS = printed_records(
    64,
    #       time    control   UPC, after 12 of ISRC
    "VVVS0000  00000001              0123456789012",
    "VVVS0100  00000001  USABC1234567",
    "VVVS0101  00020001",
    "VVVS0102  00070001",
    "VVVS0200  00120001",
    "VVVS0201  00140001",
    "VVVSAA01  00220001",
    "VVVSAA01  00220001",
)
LAYOUT = Layout(44100, 16, 1500 * SECTOR, (Mark(1, 0, None, (375 * SECTOR,)), Mark(2, 900 * SECTOR, 750 * SECTOR)))


def test_a_pq_descriptor_byte_by_byte() -> None:
    entries = tuple(table_of_contents.encode(LAYOUT, "0123456789012", {1: "USABC1234567"}))
    assert pqdescr.encode(entries) == PACKETS
    assert pqdescr.decode(PACKETS, "PQ") == (entries, ())


def test_what_a_pq_descriptor_says_of_its_disc() -> None:
    contents, faults = table_of_contents.decode(pqdescr.decode(PACKETS, "PQ")[0], "PQ")
    assert faults == ()
    assert (contents.lead_out_sector, contents.upc) == (1650, "0123456789012")
    first, second = contents.tracks
    assert (first.pause_sector, first.start_sector, first.index_sectors, first.length_sectors) == (0, 150, (525,), 900)
    assert (second.pause_sector, second.start_sector, second.index_sectors, second.length_sectors) == (
        900,
        1050,
        (),
        600,
    )
    assert [track.isrc for track in contents.tracks] == ["USABC1234567", ""]
    assert table_of_contents.layout_of(contents, 1, 0) == LAYOUT


def test_a_hidden_track_makes_the_first_pause_longer() -> None:
    layout = replace(LAYOUT, marks=(Mark(1, 75 * SECTOR, 0, (375 * SECTOR,)), LAYOUT.marks[1]))
    entries = tuple(table_of_contents.encode(layout, "", {}))
    assert [(e.track, e.index, e.sector) for e in entries[1:3]] == [("01", 0, 0), ("01", 1, 225)]
    assert table_of_contents.layout_of(table_of_contents.decode(entries, "PQ")[0], 1, 0) == layout


@st.composite
def discs(draw: st.DrawFn) -> Layout:
    """Any disc: 1 to 99 tracks of 4 s or more, with pauses, with a hidden track, with indexes up to 99."""
    marks, place, first = [], 0, draw(st.sampled_from([1, 7]))
    for number in range(draw(st.sampled_from([1, 2, 99]) | st.integers(1, 99))):
        pause = draw(st.integers(0, 3))
        start = place + pause
        steps = draw(st.lists(st.integers(1, 3), max_size=98 if number == 0 else 2))
        indexes = tuple((start + sum(steps[: n + 1])) * SECTOR for n in range(len(steps)))
        marks.append(Mark(first + number, start * SECTOR, place * SECTOR if pause else None, indexes))
        place = start + draw(st.integers(300, 400)) + sum(steps)
    return Layout(44100, 16, place * SECTOR, tuple(marks))


@given(discs(), st.sampled_from(["", "0123456789012"]), st.data())
def test_any_disc_comes_back(layout: Layout, upc: str, data: st.DataObject) -> None:
    tracks = [mark.track for mark in layout.marks]
    isrcs = {track: f"GBXXX26{track:05d}" for track in data.draw(st.sets(st.sampled_from(tracks)))}
    packets = pqdescr.encode(table_of_contents.encode(layout, upc, isrcs))
    entries, damage = pqdescr.decode(packets, "PQ")
    contents, disorder = table_of_contents.decode(entries, "PQ")
    assert (*damage, *disorder) == ()
    assert table_of_contents.layout_of(contents, tracks[0], 0) == layout
    assert contents.upc == upc
    found = {tracks[0] + track.number - 1: track.isrc for track in contents.tracks if track.isrc}
    assert found == isrcs
    assert sum(bool(entry.isrc) for entry in entries) == len(isrcs)


def judged(packets: bytes, severity: str = "refusal") -> str:
    entries, damage = pqdescr.decode(packets, "PQ")
    return told((*damage, *table_of_contents.decode(entries, "PQ")[1]), severity)


def changed(packet: int, place: int, text: str) -> bytes:
    data = bytearray(PACKETS)
    data[packet * 64 + place : packet * 64 + place + len(text)] = text.encode("latin-1")
    return bytes(data)


@pytest.mark.parametrize(
    ("packet", "place", "text", "words"),
    [
        (1, 0, "VVVM", "PQ: packet 2: has SPV 'VVVM'; wanted 'VVVS'"),
        (1, 4, "0A", "PQ: packet 2: has TRK '0A'"),
        (1, 6, "A0", "PQ: packet 2: has IDX 'A0'"),
        (5, 10, "0 ", "PQ: packet 6: has MIN '0'"),
        (5, 12, "60", "PQ: packet 6: has SEC '60'; wanted '00' to '59'"),
        (5, 14, "75", "PQ: packet 6: has FRM '75'; wanted '00' to '74'"),
        (5, 16, "G1", "PQ: packet 6: has CB1 'G1'"),
        (5, 16, "02", "PQ: packet 6: has CB1 '02'"),
        (1, 20, "US-ABC-12-34", "PQ: packet 2: has ISRC 'US-ABC-12-34'"),
        (1, 20, "usabc1234567", "PQ: packet 2: has ISRC 'usabc1234567'"),
        (0, 32, "012345678901X", "PQ: packet 1: has UPC '012345678901X'"),
        (0, 32, "01234567890  ", "PQ: packet 1: has UPC '01234567890'"),
        (3, 45, "\xe9", "PQ: has 'é' at byte 237; wanted printable ASCII"),
        (6, 4, "03", "PQ: track 03: takes 0 sectors"),
        (2, 12, "01", "PQ: has index 01 of its first track at sector 75; wanted 150 (00:02:00) or later"),
        (1, 14, "01", "PQ: has no index 00 of its first track at 00:00:00"),
        (3, 6, "03", "PQ: track 01: has indexes [0, 1, 3]"),
        (3, 12, "02", "PQ: track 01: has index 02 at 00:02:00, which is not after 00:02:00"),
        (2, 6, "00", "PQ: track 01: has indexes [0, 0, 2]"),
        (4, 12, "06", "PQ: track 02: has index 00 at 00:06:00, which is not after 00:07:00"),
        (4, 4, "03", "PQ: has tracks 01, 03, 02"),
        (5, 12, "19", "PQ: track 02: takes 225 sectors; wanted 300 (4 s) at least"),
        (6, 12, "23", "PQ: has lead-outs at sectors [1650, 1725]"),
        (3, 16, "21", "PQ: track 01: has CB1 ['01', '21']; it may not change within a track"),
        (1, 16, "41", "PQ: track 01: has CB1 '41': data"),
        (1, 16, "81", "PQ: track 01: has CB1 '81': four channels"),
        (1, 16, "2S", "PQ: track 01: has CB1 '2S': copying is permitted and SCMS forbids it"),
        (3, 20, "GBXXX2600001", "PQ: track 01: has the ISRCs ['GBXXX2600001', 'USABC1234567']"),
        (1, 32, "0036000291452", "PQ: has the UPCs 0036000291452, 0123456789012"),
    ],
)
def test_a_packet_that_no_disc_has_is_refused(packet: int, place: int, text: str, words: str) -> None:
    assert judged(PACKETS) == ""
    assert words in judged(changed(packet, place, text))


@pytest.mark.parametrize(
    ("packets", "words"),
    [
        (b"", "PQ: is 0 bytes long"),
        (PACKETS[:-1], "PQ: is 511 bytes long; wanted whole records of 64"),
        (PACKETS[: 6 * 64], "PQ: does not end with the lead-out"),
        (PACKETS[:64] + PACKETS[6 * 64 :], "PQ: has tracks none"),
        (PACKETS[:64] + PACKETS[4 * 64 :], "PQ: has tracks 02"),
        (PACKETS + PACKETS, "PQ: has tracks 01, 02, AA, 00, 01, 02"),
        (PACKETS[: 2 * 64] + PACKETS[3 * 64 :], "PQ: track 01: has indexes [0, 2]"),
    ],
)
def test_packets_that_make_no_disc_are_refused(packets: bytes, words: str) -> None:
    assert words in judged(packets)


@pytest.mark.parametrize(
    ("packet", "place", "text", "severity", "words"),
    [
        (1, 8, "x", "warning", "has HRS 'x'; wanted a blank or '00'"),
        (1, 18, "x", "note", "has CB2 'x'; wanted a blank"),
        (1, 45, "hello", "note", "has TXT 'hello'; wanted a blank"),
        (0, 6, "01", "warning", "PQ: track 00: has index 1; wanted 0"),
        (0, 14, "01", "warning", "PQ: track 00: has sector 1; wanted 0"),
        (0, 16, "41", "warning", "PQ: track 00: has control '41'; wanted '01'"),
        (6, 16, "21", "warning", "PQ: track AA: has control '21'; wanted '01'"),
        (6, 6, "00", "warning", "PQ: track AA: has index 0; wanted 1"),
        (6, 20, "USABC1234567", "warning", "PQ: track AA: has isrc 'USABC1234567'; wanted ''"),
        (5, 20, "GBXXX2600001", "warning", "PQ: track 02: has its ISRC, but not on its first entry"),
        (4, 16, "11", "warning", "PQ: track 02: has CB1 '11': pre-emphasis"),
    ],
)
def test_what_is_odd_in_a_packet_is_told(packet: int, place: int, text: str, severity: str, words: str) -> None:
    assert judged(PACKETS, severity) == ""
    assert words in judged(changed(packet, place, text), severity)


def test_a_disc_without_lead_in_is_told() -> None:
    assert "PQ: has no lead-in" in judged(PACKETS[64:], "warning")
    assert judged(PACKETS[64:]) == ""


@pytest.mark.parametrize(
    ("control", "flags"),
    [
        ("01", ()),
        ("11", ("pre_emphasis",)),
        ("21", ("copy_permitted",)),
        ("31", ("pre_emphasis", "copy_permitted")),
        ("0S", ("scms",)),
        ("81", ("four_channels",)),
        ("B1", ("pre_emphasis", "copy_permitted", "four_channels")),
    ],
)
def test_flags_of_a_track(control: str, flags: tuple[str, ...]) -> None:
    entries = [replace(entry, control=control if entry.track == "01" else "01") for entry in ENTRIES]
    track = table_of_contents.decode(entries, "PQ")[0].tracks[0]
    names = ("pre_emphasis", "copy_permitted", "four_channels", "scms")
    assert tuple(name for name in names if getattr(track, name)) == flags


ENTRIES = tuple(table_of_contents.encode(LAYOUT, "", {}))


def fields(table: Table, data: bytes, number: int, **values: str) -> bytes:
    """`data` with fields of its record `number` (from 0) in other words, on the left of their fields."""
    found, size = bytearray(data), records.size(table)
    for name, text in values.items():
        place = number * size + table[name].offset
        found[place : place + table[name].width] = text.ljust(table[name].width).encode("latin-1")
    return bytes(found)


DDPID = ddpid.encode(Identifier("0123456789012", "CAT001"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "DDPID: is 0 bytes long; wanted 128"),
        (DDPID[:-1], "DDPID: is 127 bytes long; wanted 128"),
        (DDPID + b" ", "DDPID: is 129 bytes long; wanted 128"),
        (fields(IDENTIFIER, DDPID, 0, level="DDP 2.10"), "DDPID: has level 'DDP 2.10'; wanted 'DDP 2.00'"),
        (fields(IDENTIFIER, DDPID, 0, level="DDP 2-00"), "DDPID: has level 'DDP 2-00'; wanted 'DDP 2.00'"),
        (fields(IDENTIFIER, DDPID, 0, TYPE="DV"), "DDPID: has TYPE 'DV'; wanted 'CD'"),
        (fields(IDENTIFIER, DDPID, 0, UPC="01234"), "DDPID: has UPC '01234'; wanted 12 or 13 digits"),
        (fields(IDENTIFIER, DDPID, 0, MID="Caf\xe9"), "DDPID: has 'é' at byte 41; wanted printable ASCII"),
    ],
)
def test_an_identifier_of_no_audio_cd_is_refused(data: bytes, words: str) -> None:
    assert told(ddpid.decode(data)[1]).splitlines() == [words]


@pytest.mark.parametrize("field", ["MSS", "MSL", "MED", "BK", "NSIDE", "SIDE", "NLAYER", "LAYER", "SIZ", "TXT"])
def test_what_others_write_in_an_identifier_is_noted(field: str) -> None:
    identifier, faults = ddpid.decode(fields(IDENTIFIER, DDPID, 0, **{field: "1"}))
    assert identifier == Identifier("0123456789012", "CAT001")
    assert [(fault.severity, fault.words.startswith(f"has {field} '1'")) for fault in faults] == [("note", True)]


STREAMS = (Stream("text", "CDTEXT.BIN", 126), Stream("pq", "PQDESCR", 512), Stream("audio", "I.DAT", 9, 150))
DDPMS = ddpms.encode(STREAMS)
TEXT_PACKET, PQ_PACKET, AUDIO_PACKET = 0, 1, 2


@pytest.mark.parametrize(
    ("packet", "values", "severity", "words"),
    [
        (PQ_PACKET, {"MPV": "VVVS"}, "refusal", "DDPMS: packet 2: has MPV 'VVVS'; wanted 'VVVM'"),
        (PQ_PACKET, {"DSL": ""}, "refusal", "DDPMS: packet 2: has DSL ''; wanted a number"),
        (PQ_PACKET, {"DSL": "1x"}, "refusal", "DDPMS: packet 2: has DSL '1x'; wanted a number"),
        (PQ_PACKET, {"SUB": "PQ"}, "refusal", "DDPMS: packet 2: is a stream 'S0' 'PQ', which an audio CD has none of"),
        (PQ_PACKET, {"SUB": "CDTEXT"}, "refusal", "has 2 streams of CD-Text; wanted 1"),
        (PQ_PACKET, {"SUB": "CDTEXT"}, "refusal", "has 0 PQ descriptors; wanted 1"),
        (TEXT_PACKET, {"SUB": "PQ DESCR"}, "refusal", "has 2 PQ descriptors; wanted 1"),
        (TEXT_PACKET, {"DST": "D0", "SUB": ""}, "refusal", "has 2 streams of audio; wanted 1"),
        (AUDIO_PACKET, {"DST": "D1"}, "refusal", "DDPMS: packet 3: is a stream 'D1' ''"),
        (AUDIO_PACKET, {"CDM": "10"}, "refusal", "DDPMS: packet 3: has CDM '10'; wanted 'DA': audio"),
        (AUDIO_PACKET, {"SSM": "8"}, "refusal", "has SSM '8'; wanted '7': sectors of 2352 bytes"),
        (AUDIO_PACKET, {"DSS": "00000150"}, "refusal", "has DSS '00000150'"),
        (AUDIO_PACKET, {"OFS": "44"}, "refusal", "has OFS '44'"),
        (AUDIO_PACKET, {"NEW": "S"}, "refusal", "has NEW 'S'; wanted a blank: one session"),
        (AUDIO_PACKET, {"PRE2": "2s"}, "refusal", "has PRE2 '2s'; wanted a number"),
        (AUDIO_PACKET, {"DSI": "../x"}, "refusal", "names '../x', which is no plain file name"),
        (AUDIO_PACKET, {"DSI": "/etc/passwd"}, "refusal", "names '/etc/passwd', which is no plain file name"),
        (AUDIO_PACKET, {"DSI": "C:IMAGE.DAT"}, "refusal", "names 'C:IMAGE.DAT', which is no plain file name"),
        (AUDIO_PACKET, {"DSI": ".."}, "refusal", "names '..', which is no plain file name"),
        (AUDIO_PACKET, {"DSI": ""}, "refusal", "names '', which is no plain file name"),
        (AUDIO_PACKET, {"DSI": "PQDESCR"}, "refusal", "DDPMS: names 'PQDESCR' for 2 streams"),
        (TEXT_PACKET, {"DST": "T2", "SUB": "", "DSI": "../x"}, "refusal", "DDPMS: packet 1: names '../x'"),
        (AUDIO_PACKET, {"SCR": "x"}, "warning", "has SCR 'x'; wanted '0' or '1'"),
        (AUDIO_PACKET, {"PRE1": "1"}, "warning", "has PRE1 '1'"),
        (AUDIO_PACKET, {"PST": "1"}, "warning", "has PST '1'"),
        (AUDIO_PACKET, {"PRE1NXT": "1"}, "warning", "has PRE1NXT '1'"),
        (AUDIO_PACKET, {"PAUSEADD": "1"}, "warning", "has PAUSEADD '1'"),
        (AUDIO_PACKET, {"DSI": "MY IMAGE.DAT"}, "warning", "names 'MY IMAGE.DAT'; some readers"),
        (TEXT_PACKET, {"SUB": "RW24XX"}, "warning", "DDPMS: packet 1: is a stream of subcode 'RW24XX'"),
        (AUDIO_PACKET, {"SSM": "0"}, "note", "has SSM '0'; wanted '7'"),
        (AUDIO_PACKET, {"SIZ": "9"}, "note", "has SIZ '9'; wanted '017'"),
        (AUDIO_PACKET, {"PAD": "x"}, "note", "has PAD 'x'; wanted a blank"),
        (TEXT_PACKET, {"DST": "T2", "SUB": ""}, "note", "DDPMS: packet 1: is a stream of titling text, 'T2'"),
        (TEXT_PACKET, {"TRK": "01"}, "note", "has TRK '01'; wanted '00' or a blank"),
    ],
)
def test_a_map_of_no_audio_cd_is_told(packet: int, values: Mapping[str, str], severity: str, words: str) -> None:
    assert ddpms.decode(DDPMS)[1] == ()
    assert words in told(ddpms.decode(fields(MAP, DDPMS, packet, **values))[1], severity)


@pytest.mark.parametrize(
    "values",
    [
        {"DSL": "       9", "SIZ": " 17", "DSS": "", "SCR": "1"},  # cue2ddp
        {"DSL": "00000009", "SIZ": "017", "DSS": "00000000", "SCR": "0"},  # Sonoris, HOFA
    ],
)
def test_both_ways_to_write_numbers_are_one(values: Any) -> None:
    streams, faults = ddpms.decode(fields(MAP, DDPMS, AUDIO_PACKET, **values))
    assert faults == ()
    assert streams == STREAMS


def test_of_a_field_only_the_worst_is_told() -> None:
    faults = ddpms.decode(fields(MAP, DDPMS, AUDIO_PACKET, SSM="8"))[1]
    assert [fault.severity for fault in faults] == ["refusal"]


def test_a_map_that_is_cut_is_refused_and_read_as_far_as_it_goes() -> None:
    streams, faults = ddpms.decode(DDPMS[:-1])
    assert "DDPMS: is 383 bytes long; wanted whole records of 128" in told(faults)
    assert [stream.kind for stream in streams] == ["text", "pq"]


@pytest.mark.parametrize(("decode", "valid"), [(ddpid.decode, DDPID), (ddpms.decode, DDPMS)])
def test_no_bytes_make_a_reader_stumble(decode: Any, valid: bytes) -> None:
    draw = random.Random(3)  # noqa: S311 - a test that can be replayed
    refused = 0
    for _ in range(1000):
        data = bytearray(valid)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        refused += bool(told(decode(bytes(data[: draw.choice([len(data), draw.randrange(len(data))])]))[1]))
    assert 500 < refused < 1000


@given(st.lists(st.builds(Entry, st.sampled_from(["00", "01", "02", "99", "AA"]), st.integers(0, 99),
                          st.integers(0, 449999), st.sampled_from(["01", "F1", "0S"])), max_size=12))  # fmt: skip
def test_no_order_of_packets_makes_a_reader_stumble(entries: list[Entry]) -> None:
    assert pqdescr.decode(pqdescr.encode(entries), "PQ")[0] == tuple(entries)
    contents, faults = table_of_contents.decode(entries, "PQ")
    layout = table_of_contents.layout_of(contents, 1, 0)
    assert told(faults) or layout.marks
