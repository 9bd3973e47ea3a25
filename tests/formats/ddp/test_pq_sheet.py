"""The PQ sheet: its text letter by letter, its PDF as others open it, and both the same whenever they are written."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier

from hypothesis import given, settings
from hypothesis import strategies as st

from albums import Album, SheetTexts
from formats import Layout
from formats.ddp import pq_sheet
from formats.ddp.pq_pages import STANDS_IN
from formats.ddp.pq_sheet import PDF, TEXT
from tests.support.programmes import UPC, album, albums, layout, layouts, needs

SECOND = 44100
SHEET = """\
PQ SHEET

Title:      Quiet Rooms
Artist:     The Band
Catalogue:  GM-001
Label:      Glass & Söhne
UPC/EAN:    0036000291452
Disc:       2 of 3
Tracks:     3
Total time: 00:20:00
Lead-out:   00:22:00

Times are minutes, seconds and frames of 1/75 s (mm:ss:ff) from the start of the disc.
A length runs from index 01 to the next track's index 00, or to its index 01 if it has no pause.
Gap: the pause before the track, from index 00 to index 01. Copy: digital copy permitted. Emph: pre-emphasis.

Track  Index  Start     Length    Gap       ISRC          Copy  Emph  Title      Artist
01     00     00:00:00
01     01     00:02:00  00:05:00  00:02:00  GBXXX2600002  no    no    Café $x^2  The Band
01     02     00:03:01
01     03     00:05:74
02     00     00:07:00
02     01     00:08:74  00:03:01  00:01:74  -             no    no    夜の歌     東京
03     01     00:12:00  00:10:00  -         GBXXX2600004  no    no    End        The Band

Written by Glassmaster.
"""


def four_tracks() -> Album:
    tracks = [{}, {}, {"isrc": "", "artist": "東京"}, {}]
    names = ("On disc 1", "Café $x^2", "夜の歌", "End")
    return album(*names, tracks=tracks, upc=UPC, catalogue_number="GM-001", label="Glass & Söhne")


def with_texts() -> Album:
    """The same album, with all that a sheet may say of the job."""
    texts = SheetTexts(
        client=("Glass & Söhne",),
        studio=("Raum 3",),
        engineer=("Ann Lee",),
        contact=("+49 30 1234", "ann@raum.example"),
        notes=("Do not normalise.", "夜"),
    )
    return four_tracks().model_copy(update={"sheets": texts})


JOB = """\
Lead-out:   00:22:00
Client:     Glass & Söhne
Studio:     Raum 3
Engineer:   Ann Lee
Contact:    +49 30 1234
            ann@raum.example
Notes:      Do not normalise.
            夜
"""


def second_disc() -> Layout:
    of = layout([(0, None), (6 * SECOND + 74 * 588, 5 * SECOND), (10 * SECOND, None)], 20 * SECOND)
    marks = [replace(mark, track=mark.track + 1) for mark in of.marks]
    marks[0] = replace(marks[0], indexes=(SECOND + 588, 3 * SECOND + 74 * 588))
    return replace(of, marks=tuple(marks), disc=2)


def many_tracks() -> tuple[Album, Layout]:
    names = [f"Song {number}" for number in range(1, 100)]
    pauses = [(number * 4 * SECOND, number * 4 * SECOND - SECOND) for number in range(1, 99)]
    return album(*names), layout([(0, None), *pauses], 400 * SECOND)


def pages(path: Path) -> int:
    """The pages that a PDF counts, which are the pages that it has; its parts are where its last lines say."""
    data = path.read_bytes()
    assert data.startswith(b"%PDF-1.4")
    start = re.search(rb"startxref\n(\d+)\n%%EOF\n$", data)
    assert start is not None
    assert data[int(start[1]) :].startswith(b"xref")
    count = re.search(rb"/Count (\d+)", data)
    assert count is not None
    assert len(re.findall(rb"/Type /Page\b", data)) == int(count[1])
    return int(count[1])


def read(path: Path) -> str:
    """The words of a PDF, as they stand on the page."""
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True).stdout.decode()


def test_every_letter_of_the_text(tmp_path: Path) -> None:
    assert pq_sheet.text(four_tracks(), second_disc(), 3) == SHEET
    pq_sheet.write(tmp_path, four_tracks(), second_disc(), 3)
    assert (tmp_path / TEXT).read_bytes() == SHEET.replace("\n", "\r\n").encode()
    assert sorted(path.name for path in tmp_path.iterdir()) == [PDF, TEXT]


def test_what_is_said_of_the_job_stands_below_the_disc_a_line_each(tmp_path: Path) -> None:
    wanted = SHEET.replace("Lead-out:   00:22:00\n", JOB)
    assert pq_sheet.text(with_texts(), second_disc(), 3) == wanted
    pq_sheet.write(tmp_path, with_texts(), second_disc(), 3)
    assert (tmp_path / TEXT).read_bytes() == wanted.replace("\n", "\r\n").encode()


@needs("pdftotext")
def test_others_read_of_the_job_from_the_pdf_what_the_text_says(tmp_path: Path) -> None:
    pq_sheet.write(tmp_path, with_texts(), second_disc(), 3)
    told = [line.split() for line in read(tmp_path / PDF).splitlines() if line.strip()]
    wanted = [line.split() for line in JOB.replace("夜", "[Ye]").splitlines()]
    start = told.index(wanted[0])
    assert told[start : start + len(wanted)] == wanted


def test_what_is_not_known_is_not_there() -> None:
    told = pq_sheet.text(album("One", tracks=[{"artist": "", "isrc": ""}]), layout([(0, None)], 4 * SECOND))
    assert re.findall("^(.*):  ", told, re.MULTILINE) == ["Title", "Artist", "Tracks", "Lead-out"]
    assert "01     01     00:02:00  00:04:00  00:02:00  -     no    no    One    -\n" in told
    disc = replace(layout([(0, None)], 4 * SECOND), disc=2)
    assert "Disc:       2\n" in pq_sheet.text(album("One"), disc)


def test_what_is_hidden_before_the_first_track_makes_its_gap_longer() -> None:
    told = pq_sheet.text(album("One"), layout([(3 * SECOND, 0)], 10 * SECOND))
    assert "01     00     00:00:00\n01     01     00:05:00  00:07:00  00:05:00  GBXXX2600001" in told
    assert "Total time: 00:10:00\nLead-out:   00:12:00\n" in told


def test_a_long_title_moves_no_other_row() -> None:
    told = pq_sheet.text(album("x" * 500, "Two"), layout([(0, None), (4 * SECOND, None)], 8 * SECOND)).splitlines()
    assert f"{'x' * 500}  The Band" in told[-4]
    assert f"Two{' ' * 57}  The Band" in told[-3]


def test_the_same_disc_gives_the_same_bytes_elsewhere_and_at_other_times(tmp_path: Path) -> None:
    pq_sheet.write(tmp_path, four_tracks(), second_disc(), 3)
    script = (
        "import sys; from pathlib import Path; from tests.formats.ddp import test_pq_sheet as t; "
        "t.pq_sheet.write(Path(sys.argv[1]), t.four_tracks(), t.second_disc(), 3)"
    )
    for number, (zone, seed) in enumerate([("Asia/Tokyo", "1"), ("America/New_York", "2")]):
        other = tmp_path / str(number)
        other.mkdir()
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": str(number * 10**9)}
        subprocess.run([sys.executable, "-c", script, other], check=True, env=environment)
        for name in (TEXT, PDF):
            assert (other / name).read_bytes() == (tmp_path / name).read_bytes()


def test_the_pdf_says_who_wrote_it_and_not_when_or_with_what(tmp_path: Path) -> None:
    pq_sheet.write(tmp_path, four_tracks(), second_disc(), 3)
    data = (tmp_path / PDF).read_bytes()
    assert b"/Creator (Glassmaster)" in data
    assert not re.search(rb"Date|Producer|[Mm]atplotlib|/Type3", data)
    assert b"/FontFile2" in data  # TrueType, with the file


def test_ninety_nine_tracks_take_several_pages(tmp_path: Path) -> None:
    of, disc = many_tracks()
    pq_sheet.write(tmp_path, of, disc)
    assert pages(tmp_path / PDF) == 6
    assert (tmp_path / TEXT).read_bytes().count(b"\r\n") == 198 + 15


@needs("pdftotext")
def test_others_read_the_same_from_the_pdf(tmp_path: Path) -> None:
    pq_sheet.write(tmp_path, four_tracks(), second_disc(), 3)
    told = [line.split() for line in read(tmp_path / PDF).splitlines() if line.strip()]
    wanted = SHEET.replace("夜の歌", "[YenoGe]").replace("東京", "[DongJing]").splitlines()
    wanted.insert(next(n for n, line in enumerate(wanted) if line.startswith("Gap:")) + 1, STANDS_IN)
    assert told[:-1] == [line.split() for line in wanted if line][:-1]
    assert " ".join(told[-1]) == "PQ SHEET, page 1 of 1. Written by Glassmaster. The Band: Quiet Rooms\f".strip()


@needs("pdftotext")
def test_others_read_every_track_once_and_the_header_on_each_page(tmp_path: Path) -> None:
    of, disc = many_tracks()
    pq_sheet.write(tmp_path, of, disc)
    told = read(tmp_path / PDF)
    assert re.findall(r"Song (\d+)", told) == [str(number) for number in range(1, 100)]
    assert [len(re.findall("Track +Index", page)) for page in told.split("\f")[:-1]] == [1] * 6
    assert re.findall(r"page (\d) of 6", told) == list("123456")


def test_the_longest_texts_that_a_manifest_may_have_fill_pages_and_overflow_none(tmp_path: Path) -> None:
    long = "夜" * 500
    of = album(long, tracks=[{"artist": long}], title=long, artist=long, label=long, catalogue_number=long)
    pq_sheet.write(tmp_path, of, layout([(0, None)], 4 * SECOND))
    assert pages(tmp_path / PDF) == 2


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_any_album_has_a_sheet_of_as_many_lines_as_indexes(data: st.DataObject) -> None:
    of = data.draw(albums(most=12))
    disc = data.draw(layouts(len(of.tracks)))
    with TemporaryDirectory() as folder:
        pq_sheet.write(Path(folder), of, disc)
        lines = (Path(folder) / TEXT).read_bytes().decode().split("\r\n")
        assert pages(Path(folder) / PDF) >= 1
    rows = [line for line in lines if re.match(r"\d\d     \d\d     \d\d:\d\d:\d\d", line)]
    assert len(rows) == len(disc.marks) + sum(mark.pause is not None for mark in disc.marks[1:]) + 1


def test_starting_up_does_not_wait_for_the_pdf() -> None:
    script = "import sys, formats.ddp.pq_sheet; sys.exit('fpdf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_sheets_drawn_side_by_side_are_those_drawn_alone(tmp_path: Path) -> None:
    start = Barrier(3)
    script = album("Ağrı — “x” №", "夜の歌", "سلام", artist="Ελλάς")
    disc = layout([(0, None), (4 * SECOND, None), (8 * SECOND, None)], 12 * SECOND)
    sheets = [(four_tracks(), second_disc(), 3), (script, disc, 0), (*many_tracks(), 0)]

    def drawn(number: int) -> bytes:
        folder = tmp_path / f"{number}"
        folder.mkdir()
        start.wait()
        pq_sheet.write(folder, *sheets[number % 3])
        return (folder / PDF).read_bytes()

    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(drawn, range(9)))
    start = Barrier(1)
    assert together == [drawn(9), drawn(10), drawn(11)] * 3


@needs("pdffonts")
def test_fonts_are_embedded_truetype_subsets_whatever_the_titles(tmp_path: Path) -> None:
    pq_sheet.write(tmp_path, album("Ağrı № “x”", artist="夜 سلام 😀"), layout([(0, None)], 4 * SECOND))
    listed = subprocess.run(["pdffonts", tmp_path / PDF], capture_output=True, check=True, text=True).stdout
    fonts = listed.splitlines()[2:]
    assert len(fonts) == 2
    for font in fonts:
        assert re.search(r"DejaVuSans\S+ +CID TrueType +Identity-H +yes yes yes", font)


def test_no_library_that_others_use_is_set_otherwise(tmp_path: Path) -> None:
    """A thread beside the one that draws must find warnings, logging and locale as they were."""
    script = (
        "import sys, warnings, logging, locale, os; from pathlib import Path; "
        "state = lambda: (list(warnings.filters), logging.root.level, list(logging.root.handlers), "
        "logging.root.manager.disable, locale.setlocale(locale.LC_ALL), dict(os.environ)); "
        "from tests.formats.ddp import test_pq_sheet as t; imported = state(); "
        "t.pq_sheet.write(Path(sys.argv[1]), t.four_tracks(), t.second_disc(), 3); "
        "sys.exit(state() != imported)"
    )
    assert subprocess.run([sys.executable, "-c", script, tmp_path], check=False).returncode == 0
