"""The DDP fileset: every file byte by byte, read back from us and from others, and what is wrong with it noticed."""

import hashlib
import os
import random
import re
import shutil
import subprocess
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albums import Album
from albums.faults import Refusal
from formats import Block, Format, Layout, Mark, Programme, ddp, named
from formats._cd import cd_text
from formats._cd.cd_text import TextBlock
from formats.ddp import Fileset
from formats.ddp.descriptors.records import IDENTIFIER, MAP, PQ
from tests.formats.ddp.test_descriptors import fields, printed_records
from tests.support.programmes import TITLES, UPC, album, joined, layout, on_side, programme

SECTOR = 588
SECTOR_BYTES = 2352
SECOND = 75 * SECTOR
DISC = layout([(0, None), (12 * SECOND, 10 * SECOND)], 20 * SECOND)
SHORT = layout([(0, None)], 4 * SECOND)

DDPID = printed_records(128, f"{'DDP 2.000123456789012':38}{'CAT001':49}CD")
DDPMS = printed_records(
    128,
    "VVVMS0        00000198        CDTEXT                   00              017CDTEXT.BIN",
    "VVVMS0        00000448        PQ DESCR                                 017PQDESCR",
    "VVVMD0        0000165000000000        DA70     150                     017IMAGE.DAT",
)
PQDESCR = printed_records(
    64,
    "VVVS0000  00000001              0123456789012",
    "VVVS0100  00000001  USABC1234567",
    "VVVS0101  00020001",
    "VVVS0200  00120001",
    "VVVS0201  00140001",
    "VVVSAA01  00220001",
    "VVVSAA01  00220001",
)
CDTEXT = """
80 00 00 00 44 69 73 63 00 4f 6e 65 00 54 77 6f 34 e1  # titles: Disc, One, Two
80 02 01 03 00 00 00 00 00 00 00 00 00 00 00 00 0e 93  # the NUL of track 2
81 00 02 00 56 61 72 69 6f 75 73 00 41 6e 6e 00 d7 f5  # performers: Various, Ann
81 02 03 00 42 6f 62 00 00 00 00 00 00 00 00 00 b4 7b  # Bob
86 00 04 00 43 41 54 30 30 31 00 00 00 00 00 00 96 58  # catalogue number
8e 00 05 00 30 31 32 33 34 35 36 37 38 39 30 31 05 e8  # UPC
8e 00 06 0c 32 00 55 53 41 42 43 31 32 33 34 35 85 35  # its last digit, ISRC of track 1
8e 01 07 0a 36 37 00 00 00 00 00 00 00 00 00 00 fd e2  # its last two, none of track 2
8f 00 08 00 00 01 02 00 02 02 00 00 00 00 01 00 bf 48  # ISO 8859-1, tracks 1 to 2, packs of each type
8f 01 09 00 00 00 00 00 00 00 03 03 0a 00 00 00 f8 fb  # 3 of codes, 3 of these, the last is number 10
8f 02 0a 00 00 00 00 00 09 00 00 00 00 00 00 00 87 ed  # English
"""
NAMES = ["CDTEXT.BIN", "CHECKSUM.MD5", "CHECKSUM.TXT", "DDPID", "DDPMS", "IMAGE.DAT", "PQ-SHEET.pdf", "PQ-SHEET.txt",
         "PQDESCR"]  # fmt: skip


def worked_example() -> Album:
    tracks = [{"artist": "Ann", "isrc": "USABC1234567"}, {"artist": "Bob", "isrc": ""}]
    return album("One", "Two", tracks=tracks, title="Disc", artist="Various", upc="123456789012",
                 catalogue_number="CAT001")  # fmt: skip


def short() -> Album:
    return album("One", title="Disc", upc=UPC, catalogue_number="CAT001")


def written(folder: Path, of: Album, *discs: Layout) -> Path:
    """What `write` writes but the PQ sheet, which takes half a second and no reader reads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("formats.ddp.pq_sheet.write", lambda *_: None)
        ddp.write(folder, of, [programme(disc) for disc in discs])
    return folder


def refusals(of: Album, *discs: Layout) -> str:
    return "\n".join(str(fault) for fault in ddp.check(of, discs) if fault.severity == "refusal")


def told(folder: Path, severity: str = "refusal") -> str:
    return "\n".join(str(f) for disc in ddp.inspect(folder) for f in disc.faults if f.severity == severity)


def only(folder: Path) -> Fileset:
    (fileset,) = ddp.inspect(folder)
    return fileset


def unsummed(folder: Path) -> Path:
    """The fileset without its checksums."""
    for name in ("CHECKSUM.MD5", "CHECKSUM.TXT"):
        (folder / name).unlink()
    return folder


def pattern(sectors: int, start: int = 0) -> Iterator[Block]:
    """Each sample its own position, L the low word and R the high one: the sound that cue2ddp's images were made of."""
    for begin in range(start, sectors * SECTOR, 50000):
        frames = np.arange(begin, min(begin + 50000, sectors * SECTOR))
        yield np.stack([frames & 0xFFFF, frames >> 16], axis=1).astype("<u2").view("<i2").astype(np.int32)


def test_the_module_is_a_format() -> None:
    deliverable: Format = named("ddp")
    assert deliverable is ddp


def test_every_byte_of_the_worked_example(tmp_path: Path) -> None:
    ddp.write(tmp_path, worked_example(), [programme(DISC)])
    assert sorted(path.name for path in tmp_path.iterdir()) == NAMES
    assert (tmp_path / "DDPID").read_bytes() == DDPID
    assert (tmp_path / "DDPMS").read_bytes() == DDPMS
    assert (tmp_path / "PQDESCR").read_bytes() == PQDESCR
    packs = bytes.fromhex("".join(line.partition("#")[0] for line in CDTEXT.splitlines()))
    assert (tmp_path / "CDTEXT.BIN").read_bytes() == packs
    image = (tmp_path / "IMAGE.DAT").read_bytes()
    assert image[: 150 * SECTOR_BYTES] == bytes(150 * SECTOR_BYTES)
    assert image[150 * SECTOR_BYTES :] == joined(programme(DISC)).astype("<i2").tobytes()


def test_the_lists_of_checksums_byte_by_byte(tmp_path: Path) -> None:
    written(tmp_path, worked_example(), DISC)
    order = ["DDPID", "DDPMS", "CDTEXT.BIN", "PQDESCR", "IMAGE.DAT"]
    md5 = {name: hashlib.md5((tmp_path / name).read_bytes(), usedforsecurity=False).hexdigest() for name in order}
    assert (tmp_path / "CHECKSUM.MD5").read_text() == "".join(f"{md5[name]} *{name}\n" for name in order)
    lines = (tmp_path / "CHECKSUM.TXT").read_bytes().decode("ascii").split("\n")
    assert lines[0] == "[CRC32 Checksum]"
    assert [line.partition("=")[0] for line in lines[1:]] == [*order, ""]
    # zlib's crc32 by another program: gzip keeps it in the last eight bytes, little-endian.
    packed = subprocess.run(["gzip", "-c", tmp_path / "PQDESCR"], capture_output=True, check=True).stdout
    assert lines[4] == f"PQDESCR={int.from_bytes(packed[-8:-4], 'little'):08X}"


def test_md5sum_takes_the_list(tmp_path: Path) -> None:
    written(tmp_path, worked_example(), DISC)
    check = ["md5sum", "--check", "--strict", "CHECKSUM.MD5"]
    said = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == [f"{name}: OK" for name in ("DDPID", "DDPMS", "CDTEXT.BIN", "PQDESCR", "IMAGE.DAT")]


# cue2ddp 1.1 of a disc of one track, UPC 0123456789012 and ISRC USABC1234567, ten seconds of `pattern`, no CD-Text.
# Source: ddp-reverse-eng/ddp-reverse-eng, exp/005-isrc-upc/out.
CUE2DDP_MD5 = """\
dd89c874714f94418b20feea4d9b2ac6 *DDPID
4ddcd3c75e054c6685453524a0973a1a *DDPMS
e6d506c61b61150a572f5290379e47d9 *SD
bcebec4d225e28c6899a24a4c5b968b3 *IMAGE.DAT
"""
CUE2DDP_CRC32 = """\
[CRC32 Checksum]
DDPID=7C7CF497
DDPMS=EA0D5627
SD=F08A87A6
IMAGE.DAT=5D3DE4A4
"""


def cue2ddp_set(folder: Path) -> Path:
    (folder / "DDPID").write_bytes(printed_records(128, f"{'DDP 2.000123456789012':87}CD"))
    (folder / "DDPMS").write_bytes(
        printed_records(
            128,
            "VVVMS0             320        PQ DESCR                                  17SD",
            "VVVMD0             900                DA71     150                      17IMAGE.DAT",
        )
    )
    (folder / "SD").write_bytes(
        printed_records(
            64,
            "VVVS0000  00000001              0123456789012",
            "VVVS0100  00000001  USABC1234567",
            "VVVS0101  00020001",
            "VVVSAA01  00120001",
            "VVVSAA01  00120001",
        )
    )
    sound = np.concatenate(list(pattern(750))).astype("<i2").tobytes()
    (folder / "IMAGE.DAT").write_bytes(bytes(150 * SECTOR_BYTES) + sound)
    (folder / "CHECKSUM.MD5").write_text(CUE2DDP_MD5)
    (folder / "CHECKSUM.TXT").write_text(CUE2DDP_CRC32)
    return folder


def test_a_fileset_of_cue2ddp_is_read(tmp_path: Path) -> None:
    found = ddp.read(cue2ddp_set(tmp_path))
    assert found.texts == {"album.upc": "0123456789012", "tracks[1].isrc": "USABC1234567"}
    assert found.programmes[0].layout == layout([(0, None)], 750 * SECTOR)
    assert np.array_equal(joined(found.programmes[0]), np.concatenate(list(pattern(750))))
    fileset = only(tmp_path)
    assert fileset.faults == ()
    habits = {"numbers": "spaces", "DSS": "blank", "SSM": "7", "SCR": "1", "PRE2": "150", "pq file": "SD"}
    assert fileset.dialect.items() >= habits.items()


def test_what_is_written_are_cue2ddps_own_bytes(tmp_path: Path) -> None:
    """No dialect touches DDPID, nor the image; the PQ descriptor has another name and the same bytes."""
    disc = Programme(layout([(0, None)], 750 * SECTOR), partial(pattern, 750))
    ddp.write(tmp_path, album("One", tracks=[{"isrc": "USABC1234567"}], upc="0123456789012"), [disc])
    lines = (tmp_path / "CHECKSUM.MD5").read_text().splitlines()
    wanted = CUE2DDP_MD5.replace("*SD", "*PQDESCR").splitlines()
    assert set(wanted) - set(lines) == {wanted[1]}
    assert "DDPID=7C7CF497" in (tmp_path / "CHECKSUM.TXT").read_text().splitlines()


def foreign(folder: Path, ddpid: bytes, ddpms: bytes, pq: bytes, text: bytes = b"") -> Path:
    """A fileset of two tracks, as another program writes it; the PQ descriptor's name is found in `ddpms`."""
    (folder / "DDPID").write_bytes(ddpid)
    (folder / "DDPMS").write_bytes(ddpms)
    (folder / ("SD" if b"SD" in ddpms else "PQDESCR")).write_bytes(pq)
    if text:
        (folder / "CDTEXT.BIN").write_bytes(text)
    (folder / "IMAGE.DAT").write_bytes(bytes(1650 * SECTOR_BYTES))
    return folder


def facts_text() -> bytes:
    """CD-Text of titles and performers alone, as Sonoris and HOFA write it."""
    tracks = ({"title": "One", "artist": "Ann"}, {"title": "Two", "artist": "Bob"})
    return cd_text.encode([TextBlock(0, 0x09, {"title": "Disc", "artist": "Various"}, tracks)])


def md5_list(folder: Path, line: str, upper: bool = False) -> bytes:
    names = [path.name for path in sorted(folder.iterdir())]
    digests = {name: hashlib.md5((folder / name).read_bytes(), usedforsecurity=False).hexdigest() for name in names}
    return "".join(
        line.format(digest=digest.upper() if upper else digest, name=name) for name, digest in digests.items()
    ).encode()


TEXTS = {
    "album.title": "Disc",
    "album.artist": "Various",
    "album.upc": "0123456789012",
    "tracks[1].title": "One",
    "tracks[1].artist": "Ann",
    "tracks[1].isrc": "USABC1234567",
    "tracks[2].title": "Two",
    "tracks[2].artist": "Bob",
}


def test_a_fileset_of_sonoris_is_read(tmp_path: Path) -> None:
    """Noughts, DSS 0, SCR 0, book `O`, user text from 96 on, a NUL after the packs, `MD5-Checksum.md5`."""
    folder = foreign(
        tmp_path,
        printed_records(128, f"{'DDP 2.000123456789012':86}OCD     04Hiya"),
        printed_records(
            128,
            "VVVMS0        00000127        CDTEXT                   00              017CDTEXT.BIN",
            "VVVMS0        00000448        PQ DESCR                                 017PQDESCR",
            "VVVMD0        0000165000000000        DA70     150                     017IMAGE.DAT",
        ),
        PQDESCR,
        facts_text() + b"\0",
    )
    (folder / "MD5-Checksum.md5").write_bytes(md5_list(folder, "{digest} *{name}\n"))
    found = ddp.read(folder)
    assert found.texts == TEXTS
    assert found.programmes[0].layout == DISC
    assert told(folder, "warning") == ""
    assert "DDPID: has BK 'O'" in told(folder, "note")
    assert only(folder).dialect["DDPID TXT"] == "4Hiya"  # found at 95 as ddpinfo does; the length stands at 94


def test_a_fileset_of_hofa_is_read(tmp_path: Path) -> None:
    """A UPC of 12 digits that stands on every packet, TRK blank, `MD5_CHECKSUM.MD5` with CRLF, large digits."""
    upc = "123456789012 "
    packets = [PQDESCR[place : place + 32] + upc.encode() + b" " * 19 for place in range(0, len(PQDESCR), 64)]
    folder = foreign(
        tmp_path,
        printed_records(128, f"{'DDP 2.00123456789012':87}CD"),
        fields(MAP, fields(MAP, DDPMS, 0, TRK=""), 0, DSL="00000126"),
        b"".join(packets),
        facts_text(),
    )
    (folder / "MD5_CHECKSUM.MD5").write_bytes(md5_list(folder, "{digest} *{name}\r\n", upper=True))
    assert ddp.read(folder).texts == TEXTS
    assert told(folder, "warning") == ""
    assert only(folder).upc == "0123456789012"
    assert only(folder).dialect.items() >= {"UPC": "every packet", "CD-Text TRK": "blank", "lead-out": "twice"}.items()


def test_a_fileset_of_reaper_is_read(tmp_path: Path) -> None:
    """Streams in another order, HRS `00`, the ISRC on index 00 and 01, one lead-out, md5sum's two spaces."""
    pq = fields(PQ, PQDESCR[: 6 * 64], 2, ISRC="USABC1234567")
    for number in range(6):
        pq = fields(PQ, pq, number, HRS="00")
    image, text = fields(MAP, DDPMS, 2, SSM="0")[256:], DDPMS[128:256].replace(b"00000448", b"00000384")
    folder = foreign(tmp_path, fields(IDENTIFIER, DDPID, 0, MSL="00000256", MID=""), image + text, pq)
    (folder / "files.md5").write_bytes(md5_list(folder, "{digest}  {name}\n"))
    assert ddp.read(folder).texts == {"album.upc": "0123456789012", "tracks[1].isrc": "USABC1234567"}
    assert told(folder, "warning") == ""
    habits = {"ISRC": "index 00 and 01", "lead-out": "once", "order of streams": "audio, pq", "DDPID MSL": "00000256"}
    assert only(folder).dialect.items() >= habits.items()
    assert told(folder, "note").splitlines() == [
        "DDPID: has MSL '00000256'; wanted a blank, which an audio CD has there",
        "DDPMS: packet 1: has SSM '0'; wanted '7', as most writers have it for sectors of 2352 bytes",
    ]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    found = ddp.read(written(tmp_path, worked_example(), DISC))
    assert found.texts == ddp.texts(worked_example(), [DISC])
    assert found.texts == TEXTS | {"album.catalogue_number": "CAT001"}
    assert [heard.layout for heard in found.programmes] == [DISC]
    for _ in range(2):
        assert np.array_equal(joined(found.programmes[0]), joined(programme(DISC)))
    assert only(tmp_path).faults == ()


def test_a_programme_begins_at_any_sample(tmp_path: Path) -> None:
    (heard,) = ddp.read(written(tmp_path, short(), SHORT)).programmes
    whole = joined(programme(SHORT))
    for start in (0, 1, 587, 588, 65536, 65537, len(whole) - 1, len(whole)):
        found = np.concatenate([np.empty((0, 2), np.int32), *heard.blocks(start)])
        assert np.array_equal(found, whole[start:])


def test_the_same_album_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        ddp.write(tmp_path / name, worked_example(), [programme(DISC)])
    for name in NAMES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_an_album_without_codes_or_catalogue_number_has_blanks(tmp_path: Path) -> None:
    of = album("One", tracks=[{"isrc": ""}])
    found = ddp.read(written(tmp_path, of, SHORT))
    assert (tmp_path / "DDPID").read_bytes() == printed_records(128, f"{'DDP 2.00':87}CD")
    assert not {"album.upc", "album.catalogue_number", "tracks[1].isrc"} & found.texts.keys()
    assert only(tmp_path).faults == ddp.inspect(tmp_path)[0].faults
    assert told(tmp_path, "warning") == ""


@pytest.mark.parametrize(
    ("number", "master_id"),
    [("Ärger 1", "Arger 1"), ("東京", "DongJing"), ("x" * 60, "x" * 48), ("x" * 47 + " y", "x" * 47)],
)
def test_a_catalogue_number_in_other_words_is_noted(tmp_path: Path, number: str, master_id: str) -> None:
    of = album("One", catalogue_number=number)
    notes = [str(note) for note in ddp.check(of, [SHORT]) if "in DDPID" in note.words]
    assert notes == [f"album.catalogue_number: {number!r} is written as {master_id!r} in DDPID, "
                     "which holds 48 characters of ASCII"]  # fmt: skip
    written(tmp_path, of, SHORT)
    assert only(tmp_path).master_id == master_id


def test_japanese_comes_back_in_both_blocks(tmp_path: Path) -> None:
    of = album("かな", title="Disc", language="ja")
    found = ddp.read(written(tmp_path, of, SHORT))
    assert found.texts == ddp.texts(of, [SHORT])
    assert found.texts["tracks[1].title (MS-JIS)"] == "かな"
    assert [block.character_set for block in only(tmp_path).text_blocks] == [cd_text.LATIN, cd_text.MS_JIS]


def test_hidden_sound_and_indexes_come_back(tmp_path: Path) -> None:
    marks = (Mark(1, 3 * SECOND, 0, (4 * SECOND, 5 * SECOND)), Mark(2, 8 * SECOND, 7 * SECOND))
    disc = Layout(44100, 16, 13 * SECOND, marks)
    found = ddp.read(written(tmp_path, worked_example(), disc))
    assert found.programmes[0].layout == disc
    assert fields_of(tmp_path)[-1] == ("D0", "00001125", " 375")  # the whole first pause
    assert told(tmp_path, "warning") == ""
    assert [track.index_sectors for track in only(tmp_path).contents.tracks] == [(450, 525), ()]


def fields_of(folder: Path) -> list[tuple[str, str, str]]:
    data = (folder / "DDPMS").read_bytes().decode()
    return [(data[p + 4 : p + 6], data[p + 14 : p + 22], data[p + 46 : p + 50]) for p in range(0, len(data), 128)]


TWO_DISCS = (
    replace(layout([(0, None), (6 * SECOND, None)], 12 * SECOND), disc=1),
    replace(on_side(layout([(0, None)], 5 * SECOND), "", first=3), disc=2),
)


def test_each_disc_has_its_own_pq_sheet(tmp_path: Path) -> None:
    ddp.write(tmp_path, three_tracks(), [programme(disc) for disc in TWO_DISCS])
    assert all(sorted(path.name for path in folder.iterdir()) == NAMES for folder in tmp_path.iterdir())
    assert [re.findall("Disc: *(.*)", (tmp_path / f"disc-{n}" / "PQ-SHEET.txt").read_text()) for n in (1, 2)] == [
        ["1 of 2"],
        ["2 of 2"],
    ]
    ddp.read(tmp_path)


def three_tracks() -> Album:
    return album("One", "Two", "Three", title="Long", upc=UPC, catalogue_number="CAT 2")


def test_several_discs_lie_in_folders_of_their_own(tmp_path: Path) -> None:
    written(tmp_path, three_tracks(), *TWO_DISCS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disc-1", "disc-2"]
    # Each disc's tracks count from 1; the album's do not.
    packets = (tmp_path / "disc-2" / "PQDESCR").read_bytes()
    assert [packets[p + 4 : p + 6] for p in range(0, len(packets), 64)] == [b"00", b"01", b"01", b"AA", b"AA"]
    assert b"GBXXX2600003" in packets
    found = ddp.read(tmp_path)
    assert tuple(heard.layout for heard in found.programmes) == TWO_DISCS
    assert found.texts == ddp.texts(three_tracks(), TWO_DISCS)
    assert found.texts["tracks[3].title"] == "Three"
    for heard, disc in zip(found.programmes, TWO_DISCS, strict=True):
        assert np.array_equal(joined(heard), joined(programme(disc)))


def test_faults_of_several_discs_are_told_with_their_folder(tmp_path: Path) -> None:
    written(tmp_path, three_tracks(), *TWO_DISCS)
    (tmp_path / "disc-2" / "PQDESCR").unlink()
    assert "disc-2/PQDESCR: is not there" in told(tmp_path).splitlines()
    assert "disc-1" not in told(tmp_path)


def test_discs_that_are_not_one_album_are_refused(tmp_path: Path) -> None:
    written(tmp_path, three_tracks(), *TWO_DISCS)
    shutil.rmtree(tmp_path / "disc-2")
    (tmp_path / "disc-2").mkdir()
    written(tmp_path / "disc-2", short(), SHORT)
    with pytest.raises(Refusal, match="disc-2: has the master id 'CAT001'; disc-1 has 'CAT 2'"):
        ddp.read(tmp_path)


def test_a_missing_disc_is_noticed(tmp_path: Path) -> None:
    written(tmp_path, three_tracks(), *TWO_DISCS)
    (tmp_path / "disc-1").rename(tmp_path / "disc-3")
    assert [line for line in told(tmp_path).splitlines() if "stands where" in line] == [
        "disc-2: stands where disc-1 is expected",
        "disc-3: stands where disc-2 is expected",
    ]


def test_layouts_that_no_disc_holds_are_refused() -> None:
    assert refusals(worked_example(), DISC) == ""
    assert "a CD is 44100 Hz" in refusals(worked_example(), replace(DISC, rate_hz=48000))
    assert "16 bit" in refusals(worked_example(), replace(DISC, bits=24))
    assert "no whole number of CD frames" in refusals(worked_example(), replace(DISC, frames=DISC.frames + 1))
    assert "run past 99:59:74" in refusals(short(), replace(SHORT, frames=100 * 60 * SECOND))
    assert "no multiple of 588" in refusals(worked_example(), layout([(0, None), (12 * SECOND + 1, None)], 20 * SECOND))
    assert "of discs [0, 0]" in refusals(worked_example(), DISC, DISC)
    assert "of discs [2]" in refusals(worked_example(), replace(DISC, disc=2))
    assert "of discs [0]" in refusals(worked_example(), on_side(DISC, "A"))
    assert "a programme without a track" in refusals(worked_example(), replace(DISC, marks=()))
    many = layout([(n * 4 * SECOND, None) for n in range(100)], 400 * SECOND)
    assert "100 tracks; a CD has at most 99" in refusals(album(*map(str, range(100))), many)


def test_a_track_takes_four_seconds() -> None:
    last = layout([(0, None), (12 * SECOND, None)], 16 * SECOND)
    assert refusals(worked_example(), last) == ""
    assert "tracks[2]: takes 175812 samples; a CD's tracks take 176400 (4 s) at least" in refusals(
        worked_example(), replace(last, frames=last.frames - SECTOR)
    )
    # From index 01 to the next index 01: the pause belongs to the track before it.
    first = layout([(0, None), (4 * SECOND, 2 * SECOND)], 20 * SECOND)
    assert refusals(worked_example(), first) == ""
    assert "tracks[1]: takes" in refusals(worked_example(), layout([(0, None), (4 * SECOND - 588, None)], 20 * SECOND))


def test_a_track_has_ninety_nine_indexes() -> None:
    indexes = tuple(n * SECTOR for n in range(1, 99))
    disc = replace(SHORT, marks=(Mark(1, 0, None, indexes),))
    assert refusals(short(), disc) == ""
    disc = replace(SHORT, marks=(Mark(1, 0, None, (*indexes, 99 * SECTOR)),))
    assert "tracks[1]: has 100 indexes; a CD's tracks have at most 99" in refusals(short(), disc)


def test_writing_refuses_what_check_refuses(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="a CD is"):
        ddp.write(tmp_path, worked_example(), [programme(replace(DISC, bits=24))])
    assert not list(tmp_path.iterdir())


def test_words_that_cd_text_has_not_are_noted() -> None:
    notes = [fault for fault in ddp.check(album("Дом", title="Disc"), [SHORT]) if fault.where == "tracks[1].title"]
    assert [note.severity for note in notes] == ["note"]


def damaged(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return unsummed(folder)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, written once: tests copy it."""
    return written(tmp_path_factory.mktemp("pristine"), worked_example(), DISC)


@pytest.fixture
def fileset(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "set"))


@pytest.mark.parametrize("name", ["DDPID", "DDPMS", "PQDESCR", "CDTEXT.BIN", "IMAGE.DAT"])
def test_a_file_that_is_missing_is_refused(fileset: Path, name: str) -> None:
    (fileset / name).unlink()
    assert f"{name}: is not there" in told(fileset).splitlines()
    with pytest.raises(Refusal, match=name):
        ddp.read(fileset)


@pytest.mark.parametrize("name", ["DDPMS", "PQDESCR", "CDTEXT.BIN", "IMAGE.DAT"])
@pytest.mark.parametrize("more", [-1, 1])
def test_a_file_of_another_length_is_refused(fileset: Path, name: str, more: int) -> None:
    path = fileset / name
    size = path.stat().st_size
    os.truncate(path, size + more)
    unsummed(fileset)
    assert f"{name}: is {size + more} bytes long" in told(fileset)


def test_an_image_is_held_against_its_map_and_its_lead_out(fileset: Path) -> None:
    os.truncate(fileset / "IMAGE.DAT", 1651 * SECTOR_BYTES)
    said = told(unsummed(fileset)).splitlines()
    assert f"IMAGE.DAT: is {1651 * SECTOR_BYTES} bytes long; DDPMS has {1650 * SECTOR_BYTES}" in said
    assert "IMAGE.DAT: has 1651 sectors; the lead-out is at 1650" in said
    os.truncate(fileset / "IMAGE.DAT", 1650 * SECTOR_BYTES - 1)
    assert f"which is no multiple of {SECTOR_BYTES}" in told(fileset)


def test_another_length_of_the_first_pause_is_told(fileset: Path) -> None:
    damaged(fileset, "DDPMS", fields(MAP, DDPMS, 2, PRE2=" 225"))
    assert told(fileset) == ""
    assert "DDPMS: has PRE2 225; the first track's pause takes 150 sectors" in told(fileset, "warning")


def test_sound_in_the_first_two_seconds_is_told(fileset: Path) -> None:
    with (fileset / "IMAGE.DAT").open("r+b") as image:
        image.seek(150 * SECTOR_BYTES - 1)
        image.write(b"\1")
    assert told(unsummed(fileset)) == ""
    assert "IMAGE.DAT: is not silent from 00:00:00 to 00:02:00" in told(fileset, "warning")


@pytest.mark.parametrize(
    ("name", "data", "severity", "words"),
    [
        ("DDPID", fields(IDENTIFIER, DDPID, 0, UPC="0036000291452"), "refusal",
         "DDPID: has the UPC '0036000291452'; the PQ descriptor has '0123456789012'"),
        ("DDPID", fields(IDENTIFIER, DDPID, 0, UPC=""), "warning",
         "the UPC '0123456789012' stands in the PQ descriptor and not in DDPID"),
        ("PQDESCR", fields(PQ, PQDESCR, 0, UPC=""), "warning",
         "the UPC '0123456789012' stands in DDPID and not in the PQ descriptor"),
        ("PQDESCR", fields(PQ, PQDESCR, 1, ISRC=""), "refusal",
         "CD-Text: block 0: has the ISRC 'USABC1234567' of track 1; it has 'none'"),
        ("PQDESCR", fields(PQ, PQDESCR, 1, ISRC="GBXXX2600001"), "refusal",
         "CD-Text: block 0: has the ISRC 'USABC1234567' of track 1; it has 'GBXXX2600001'"),
        ("PQDESCR", fields(PQ, PQDESCR, 3, ISRC="USABC1234567"), "warning",
         "the ISRC 'USABC1234567' stands on 2 tracks"),
    ],
)  # fmt: skip
def test_codes_that_differ_are_told(fileset: Path, name: str, data: bytes, severity: str, words: str) -> None:
    damaged(fileset, name, data)
    assert words in told(fileset, severity)


def test_a_wrong_check_digit_is_told(fileset: Path) -> None:
    wrong = {"UPC": "0123456789013"}
    (fileset / "PQDESCR").write_bytes(fields(PQ, PQDESCR, 0, **wrong))
    damaged(fileset, "DDPID", fields(IDENTIFIER, DDPID, 0, **wrong))
    assert "the UPC '0123456789013' ends in check digit 3, expected 2" in told(fileset, "warning")
    assert "CD-Text: block 0: has the UPC '0123456789012'; the disc has '0123456789013'" in told(fileset)


def test_zeros_alone_are_no_number(fileset: Path) -> None:
    nothing = {"UPC": "0" * 13}
    (fileset / "PQDESCR").write_bytes(fields(PQ, PQDESCR, 0, **nothing))
    damaged(fileset, "DDPID", fields(IDENTIFIER, DDPID, 0, **nothing))
    assert only(fileset).upc == ""
    assert "CD-Text: block 0: has the UPC '0123456789012'; the disc has 'none'" in told(fileset)


def test_cd_text_of_another_disc_is_refused(fileset: Path) -> None:
    packs = cd_text.encode([TextBlock(0, 9, {"title": "Disc"}, ({}, {}, {}))])
    (fileset / "DDPMS").write_bytes(fields(MAP, DDPMS, 0, DSL=f"{len(packs):08d}"))
    damaged(fileset, "CDTEXT.BIN", packs)
    assert "CD-Text: block 0: has texts of 3 tracks; the disc has 2" in told(fileset)


def test_cd_text_that_the_map_does_not_name_is_told(fileset: Path) -> None:
    damaged(fileset, "DDPMS", DDPMS[128:])
    assert told(fileset) == ""
    assert "DDPMS: names no CD-Text, though CDTEXT.BIN is there" in told(fileset, "warning")


def test_no_checksums_are_told(fileset: Path) -> None:
    unsummed(fileset)
    assert told(fileset, "warning") == "has no checksums; plants ask for them"
    assert ddp.read(fileset).programmes[0].layout == DISC


@pytest.mark.parametrize("name", ["CHECKSUM.MD5", "CHECKSUM.TXT"])
@pytest.mark.parametrize("file", ["DDPID", "IMAGE.DAT"])
def test_either_checksum_that_does_not_match_is_refused_with_its_file(fileset: Path, name: str, file: str) -> None:
    lines = (fileset / name).read_text().splitlines(keepends=True)
    (fileset / name).write_text("".join(wrong_digest(line) if file in line else line for line in lines))
    (said,) = told(fileset).splitlines()
    assert said.startswith(f"{name}: has ")
    assert f"for {file!r}, whose checksum is" in said


def wrong_digest(line: str) -> str:
    """A line of a list of checksums, the last digit of its digest another."""
    digest = line.partition(" ")[0] if " " in line else line.strip().partition("=")[2]
    return line.replace(digest, digest[:-1] + ("1" if digest[-1] == "0" else "0"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hello\n", "CHECKSUM.MD5: line 6: 'hello' is no checksum"),
        (f"{'0' * 32} *../x\n", "CHECKSUM.MD5: names '../x', which is no file of the set"),
    ],
)
def test_lines_of_no_file_of_the_set_are_told(fileset: Path, line: str, words: str) -> None:
    with (fileset / "CHECKSUM.MD5").open("a") as file:
        file.write(line)
    assert told(fileset) == ""
    assert told(fileset, "warning") == words


def test_a_file_without_checksum_is_told(fileset: Path) -> None:
    lines = (fileset / "CHECKSUM.MD5").read_text().splitlines(keepends=True)
    (fileset / "CHECKSUM.MD5").write_text("; a comment\n\n" + "".join(lines[:-1]))
    assert told(fileset, "warning") == "CHECKSUM.MD5: has no checksum of 'IMAGE.DAT'"


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "sub/x", "..", "."])
@pytest.mark.parametrize("packet", [0, 1, 2])
def test_no_name_leads_out_of_the_folder(fileset: Path, packet: int, name: str) -> None:
    (fileset.parent / "outside").write_bytes(b"secret")
    damaged(fileset, "DDPMS", fields(MAP, DDPMS, packet, DSI=name))
    assert f"DDPMS: packet {packet + 1}: names {name!r}, which is no plain file name" in told(fileset)
    assert f"{name}: is" not in told(fileset)  # it was not even looked at


@pytest.mark.parametrize("name", ["DDPID", "DDPMS", "PQDESCR", "CDTEXT.BIN", "IMAGE.DAT", "CHECKSUM.MD5"])
def test_no_link_leads_out_of_the_folder(fileset: Path, name: str) -> None:
    outside = fileset.parent / "outside"
    (fileset / name).rename(outside)
    (fileset / name).symlink_to(outside)
    assert f"{name}: is a link that leads out of the folder" in told(fileset).splitlines()
    if name == "IMAGE.DAT":
        with pytest.raises(Refusal, match="no image"):
            only(fileset).programme()


def test_a_link_within_the_folder_is_followed(fileset: Path) -> None:
    (fileset / "IMAGE.DAT").rename(fileset / "other")
    (fileset / "IMAGE.DAT").symlink_to("other")
    assert ddp.read(fileset).programmes[0].layout == DISC


def test_no_disc_lies_outside_the_folder(tmp_path: Path) -> None:
    (tmp_path / "album").mkdir()
    written(tmp_path / "album", three_tracks(), *TWO_DISCS)
    (tmp_path / "album" / "disc-2").rename(tmp_path / "outside")
    (tmp_path / "album" / "disc-2").symlink_to(tmp_path / "outside")
    assert "disc-2/DDPID: is a link that leads out of the folder" in told(tmp_path / "album")


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop"])
def test_what_is_no_file_is_refused(fileset: Path, kind: str) -> None:
    path = fileset / "IMAGE.DAT"
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path.name)
    assert f"IMAGE.DAT: is {'not there' if kind == 'loop' else 'no file'}" in told(fileset).splitlines()


def test_a_folder_that_holds_no_fileset_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(Refusal, match="DDPID: is not there"):
            ddp.read(folder)


def test_a_descriptor_of_a_gigabyte_is_not_read(fileset: Path) -> None:
    os.truncate(fileset / "PQDESCR", 2**30)
    tracemalloc.start()
    said = told(unsummed(fileset))
    assert tracemalloc.get_traced_memory()[1] < 8e6
    tracemalloc.stop()
    assert "PQDESCR: takes 1073741824 bytes; at most 1048576 are taken" in said


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A disc of four seconds."""
    return written(tmp_path_factory.mktemp("little"), short(), SHORT)


@pytest.mark.parametrize("name", ["DDPID", "DDPMS", "PQDESCR", "CDTEXT.BIN"])
def test_every_byte_that_changes_is_noticed_by_its_checksum(little: Path, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(little, tmp_path / "set"))
    data = (folder / name).read_bytes()
    for place in range(len(data)):
        (folder / name).write_bytes(data[:place] + bytes([data[place] ^ (1 + place % 255)]) + data[place + 1 :])
        with pytest.raises(Refusal, match=rf"CHECKSUM.MD5: has .* for '{name}'"):
            ddp.read(folder)


def test_any_byte_of_the_image_that_changes_is_noticed_by_its_checksum(little: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(little, tmp_path / "set"))
    size = (folder / "IMAGE.DAT").stat().st_size
    draw = random.Random(11)  # noqa: S311 - a test that can be replayed
    with (folder / "IMAGE.DAT").open("r+b", buffering=0) as image:
        for place in [0, size - 1, *(draw.randrange(size) for _ in range(60))]:
            image.seek(place)
            was = image.read(1)
            image.seek(place)
            image.write(bytes([was[0] ^ 1 << draw.randrange(8)]))
            with pytest.raises(Refusal, match=r"CHECKSUM.TXT: has .* for 'IMAGE.DAT'"):
                ddp.read(folder)
            image.seek(place)
            image.write(was)
    ddp.read(folder)


@pytest.mark.parametrize("name", ["DDPID", "DDPMS", "PQDESCR", "CDTEXT.BIN"])
@pytest.mark.parametrize("change", [1, 2])
def test_no_byte_changes_unseen_without_checksums(little: Path, tmp_path: Path, name: str, change: int) -> None:
    """It is a fault, or it says something else: another title, code or time."""
    folder = unsummed(Path(shutil.copytree(little, tmp_path / "set")))
    data, before = (folder / name).read_bytes(), only(folder)
    for place in range(len(data)):
        (folder / name).write_bytes(data[:place] + bytes([data[place] ^ change]) + data[place + 1 :])
        assert only(folder) != before, place


def test_broken_filesets_are_refused_or_read_but_never_crash(little: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(little, tmp_path / "set"))
    sums = {name: (folder / name).read_bytes() for name in ("CHECKSUM.MD5", "CHECKSUM.TXT")}
    valid = {name: (folder / name).read_bytes() for name in ("DDPID", "DDPMS", "PQDESCR", "CDTEXT.BIN")}
    unsummed(folder)
    draw = random.Random(7)  # noqa: S311 - a test that can be replayed
    refused = 0
    for number in range(2000):
        files = valid | sums if number % 10 == 0 else valid
        name = draw.choice(list(files))
        (folder / name).write_bytes(mutated(draw, files[name]))
        os.truncate(folder / "IMAGE.DAT", draw.choice([450, 450, 450, 449, 1]) * SECTOR_BYTES - draw.choice([0, 0, 1]))
        try:
            heard = ddp.read(folder).programmes[0]
            assert sum(map(len, heard.blocks())) == heard.layout.frames
        except Refusal:
            refused += 1
        for restored, data in valid.items():
            (folder / restored).write_bytes(data)
        for list_of in sums:
            (folder / list_of).unlink(missing_ok=True)
    assert 1000 < refused < 2000


def mutated(draw: random.Random, data: bytes) -> bytes:
    """Bytes changed, a field overwritten, cut off, doubled, swapped by halves, or nothing but noise."""
    found, kind = bytearray(data), draw.randrange(6)
    if kind == 0:
        return draw.randbytes(draw.randrange(600))
    if kind == 1:
        return bytes(found[: draw.randrange(len(found) + 1)])
    if kind == 2:
        return bytes(found + found[draw.randrange(len(found)) :])
    if kind == 3:
        half = draw.randrange(len(found))
        return bytes(found[half:] + found[:half])
    alphabet = b"0123456789 ABCDSV/.\xe9\0" if kind == 4 else bytes(range(256))
    for _ in range(draw.randint(1, 3)):
        found[draw.randrange(len(found))] = draw.choice(alphabet)
    return bytes(found)


@st.composite
def discs(draw: st.DrawFn, tracks: int) -> tuple[Layout, ...]:
    """One disc or several of `tracks` tracks in all, with pauses, hidden sound, indexes; as short as they may be."""
    cuts = sorted(draw(st.sets(st.integers(1, tracks - 1), max_size=2))) if tracks > 1 else []
    made = []
    for number, (begin, end) in enumerate(zip([0, *cuts], [*cuts, tracks], strict=True), 1):
        marks, place = [], 0
        for track in range(begin + 1, end + 1):
            start = place + draw(st.integers(0, 2))
            indexes = sorted(draw(st.sets(st.integers(start + 1, start + 299), max_size=3)))
            pause = place * SECTOR if start > place else None
            marks.append(Mark(track, start * SECTOR, pause, tuple(index * SECTOR for index in indexes)))
            place = start + draw(st.integers(300, 302))
        made.append(Layout(44100, 16, place * SECTOR, tuple(marks), disc=number if cuts else 0))
    return tuple(made)


@st.composite
def albums(draw: st.DrawFn) -> Album:
    """An album of a few tracks with words in any script, and codes or none."""
    names = draw(st.lists(TITLES, min_size=1, max_size=4))
    tracks = [
        {"isrc": draw(st.sampled_from(["", f"GBXXX26{n:05d}"])), "artist": draw(TITLES), "composer": draw(TITLES)}
        for n in range(len(names))
    ]
    genre, upc = draw(st.sampled_from(["", "Jazz", "Дом"])), draw(st.sampled_from(["", UPC]))
    return album(*names, tracks=tracks, title=draw(TITLES), artist=draw(TITLES), genre=genre, upc=upc,
                 catalogue_number=draw(st.just("") | TITLES))  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(albums(), st.data())
def test_any_album_comes_back(of: Album, data: st.DataObject) -> None:
    layouts = data.draw(discs(len(of.tracks)))
    with TemporaryDirectory() as name:
        written(Path(name), of, *layouts)
        found = ddp.read(Path(name))
        assert found.texts == ddp.texts(of, layouts)
        assert tuple(heard.layout for heard in found.programmes) == layouts
        for heard, disc in zip(found.programmes, layouts, strict=True):
            assert np.array_equal(joined(heard), joined(programme(disc)))
        assert told(Path(name), "warning") == ""


def test_a_long_image_is_never_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formats.ddp.pq_pages.pdf", lambda _: b"")  # its fonts take 13 MB, however long the disc
    sectors = 10 * 60 * 75  # 106 MB
    disc = Programme(layout([(0, None)], sectors * SECTOR), partial(pattern, sectors))
    ddp.write(tmp_path, short(), [Programme(SHORT, partial(pattern, 300))])  # what is imported and cached once
    for path in tmp_path.iterdir():
        path.unlink()
    tracemalloc.start()
    ddp.write(tmp_path, short(), [disc])
    (heard,) = ddp.read(tmp_path).programmes
    for block in heard.blocks():
        assert len(block) <= 65536
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8e6


def test_a_wrong_layout_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frames where its layout has"):
        ddp.write(tmp_path, short(), [Programme(SHORT, partial(pattern, 299))])
