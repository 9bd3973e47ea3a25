"""What the schema finds wrong is told with what to write instead; of very many faults, the first of every kind."""

import pickle
from pathlib import Path

import pytest

from albums import load
from albums.faults import MOST_TOLD, Fault, Refusal

ALBUM = '[album]\ntitle = "Quiet Rooms"\nartist = "The Band"\n'
TRACK = '[[tracks]]\nmix = "1.wav"\ntitle = "One"\n'
SECOND = '[[tracks]]\nmix = "2.wav"\ntitle = "Two"\n'


def told(folder: Path, text: str) -> list[str]:
    for name in ("1.wav", "2.wav"):
        (folder / name).write_bytes(b"")
    (folder / "album.toml").write_bytes(text.encode())
    with pytest.raises(Refusal) as refusal:
        load(folder)
    return [str(fault).removeprefix("album.toml: ") for fault in refusal.value.faults]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            ALBUM + TRACK + "disc = 0x" + "f" * 5000 + "\n" + SECOND + "disc = 1",
            "tracks[1].disc: found a number of thous",
        ),
        (ALBUM + TRACK + "indexes_s = [0x" + "f" * 5000 + ", 1]", "tracks[1].indexes_s: found a number of thousands"),
        (
            "[album]\ntitle = 1984\nartist = 2.5\n" + TRACK,
            'album.title: found 1984: should be a valid string; write it in quotation marks: "1984"',
        ),
        (
            "[album]\ntitle = true\nartist = 2.5\n" + TRACK,
            'album.artist: found 2.5: should be a valid string; write it in quotation marks: "2.5"',
        ),
        (ALBUM + "catalogue_number = 2026-01-02\n" + TRACK, "album.catalogue_number: found datetime.date(2026, 1, 2)"),
        (
            ALBUM + 'release_date = "2026-11-27"\n' + TRACK,
            "album.release_date: found '2026-11-27': should be a valid date; a date is written 2026-11-27, without",
        ),
        (
            ALBUM + TRACK + 'explicit = "true"',
            "tracks[1].explicit: found 'true': should be a valid boolean; write true or false, small and without",
        ),
        (
            ALBUM + TRACK + 'gap_s = "2,5"',
            "tracks[1].gap_s: found '2,5': should be a valid number; write 2.5, without quotation marks, or 'auto'",
        ),
        (
            ALBUM + TRACK + 'disc = "2"',
            "tracks[1].disc: found '2': should be a valid integer; write 2, without quotation marks",
        ),
        (
            ALBUM + "[tracks]\nmix = '1.wav'\n",
            "tracks: found {'mix': '1.wav'}: should be an array; each of several tables begins in two pairs",
        ),
        (
            ALBUM.replace("[album]", "[[album]]") + TRACK,
            "album: found ({'title': 'Quiet Rooms', 'artist': 'The Band'},): should be a table; a single",
        ),
        (ALBUM + '[intent]\nreference = [" "]\n' + TRACK, "intent.reference[1]: is empty; delete it or write a text"),
        (ALBUM + "[[track]]\nmix = '1.wav'\n", "track: unknown key; did you mean 'tracks'?"),
        (ALBUM.replace("The Band", " \u200b\u00a0") + TRACK, "album.artist: is empty; it is required"),
        (ALBUM + TRACK.replace("One", "\u2060"), "tracks[1].title: is empty; it is required"),
        (
            ALBUM + TRACK.replace("1.wav", "mixes\\new.wav"),
            "tracks[1].mix: holds control characters (U+000A, a line break); wanted one line of plain text; a",
        ),
        (
            'deliverables = ["streaming", "Streaming"]\n' + ALBUM + TRACK,
            "deliverables: 'Streaming' and 'streaming' differ in capitals alone",
        ),
    ],
)
def test_a_fault_says_what_to_write(tmp_path: Path, text: str, fault: str) -> None:
    assert [line for line in told(tmp_path, text) if line.startswith(fault)], told(tmp_path, text)


def test_windows_folders_are_told_apart_from_files_that_are_missing(tmp_path: Path) -> None:
    (tmp_path / "mixes").mkdir()
    (tmp_path / "mixes" / "1.wav").write_bytes(b"")
    (line,) = told(tmp_path, ALBUM + TRACK.replace('"1.wav"', r"'mixes\1.wav'"))
    assert line.endswith("; folders are parted by /, not by \\")


def test_fifty_thousand_tracks_are_told_at_once(tmp_path: Path) -> None:
    assert told(tmp_path, "tracks = [" + "1," * 50_000 + "]\n" + ALBUM)[-2:] == [
        "tracks: has 50000 tracks; wanted 1 to 999",
        "and 960 more",
    ]


def test_of_many_faults_the_first_of_every_kind_is_told_and_the_rest_counted(tmp_path: Path) -> None:
    bad = [f'[[tracks]]\nmix = "{n}.wav"\ntitle = "{n}"\nirsc = "x"\n' for n in range(500)]
    bad[300] += 'isrc = "GBAYE68000"\n'
    bad[400] += "gap_s = -1\n"
    lines = told(tmp_path, ALBUM + "".join(bad))
    assert len(lines) == MOST_TOLD + 1
    assert "tracks[301].isrc: 'GBAYE68000' has 10 characters, expected 12" in "\n".join(lines)
    assert "tracks[401].gap_s: found -1: should be greater than" in "\n".join(lines)
    assert [line for line in lines if "does not exist" in line]
    # 500 misspelt keys, 498 mixes that are not there, an ISRC and a gap
    assert lines[-1] == f"and {500 + 498 + 2 - MOST_TOLD:,} more"


def test_what_is_counted_stays_counted_when_refusals_are_joined_or_sent() -> None:
    first = Refusal(Fault(f"a[{n}]", "is wrong") for n in range(100))
    second = Refusal(Fault(f"b[{n}]", "is wrong") for n in range(70))
    both = Refusal([*first.faults, *second.faults])
    assert (len(both.faults), both.faults[-1]) == (MOST_TOLD + 1, Fault("", "and 130 more", untold=130))
    assert both.faults[0].where == "a[0]"
    assert any(fault.where == "b[0]" for fault in both.faults)
    assert pickle.loads(pickle.dumps(both)).faults == both.faults  # noqa: S301 - our own bytes


def test_as_many_as_are_read_at_one_sitting_are_told_whole() -> None:
    faults = tuple(Fault(f"a[{n}]", "is wrong") for n in range(MOST_TOLD))
    assert Refusal(faults).faults == faults
