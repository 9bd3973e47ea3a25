"""Whether Glassmaster's decisions would pass a mastering engineer's eye: albums in many styles, and a table of each.

`python -m tests.bench.judgement [--music FOLDER] [--style NAME]... [--pairs 200] [--no-render] [--each] [--work DIR]`

Albums are made of the recordings in a folder, of the music of games that Debian packages (whose names are in
`styles.toml`), of MIDI files through fluidsynth and of voices by espeak-ng; what is absent is said and left out. With
--work they are kept, as is what was measured of their mixes, and a second run is much sooner over. The composed albums
are judged beside them.

"apart" is the range of loud passages over an album, as mixed and as treated. "raise" is how much of a track's distance
to the album's loudest passages is gone, the most of those tracks whose level the artist has said nothing of. "bands"
is the median over tracks, "opposed" the share of tracks that have neighbouring bands against each other. "worst
second" is of the limiter, in a master for --profile. "PLR lost" and "LRA lost" are the most of any track, its mix held
against the master; "attack" is how far the limiter's gain falls before attacks, in dB. Without rendering, the limiter
is forecast and what is lost is not known. Then each style's segues: those taken for one by mistake, and those found
(see `joints.py`).
"""

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from albums.faults import Refusal
from tests.bench.judgement.corpus import MadeAlbum, composed, corpus
from tests.bench.judgement.joints import Joints, joints, pieces, pieces_of
from tests.bench.judgement.judged import JudgedAlbum
from tests.bench.judgement.mastered import judge
from tests.bench.judgement.sounds import Sounds
from tests.bench.judgement.styles import of_recordings, styles
from tests.bench.judgement.targets import targets

HEADINGS = ("apart", "after", "raise", "bands", "opposed", "worst s", "PLR lost", "LRA lost", "attack")
NAMED = 3  # of the borders that were judged wrongly, so many are named


def print_album(album: JudgedAlbum) -> None:
    cells = [f"{album.before_lu:9.1f}{album.after_lu:9.1f}{album.largest_raise_lu:9.1f}{album.median_bands:9.1f}"]
    cells += [f"{album.opposed_share:9.0%}{album.worst_second_db:9.1f}"]
    cells += [_most(track.plr_lost_db for track in album.tracks), _most(track.range_lost_lu for track in album.tracks)]
    cells += [f"{album.pre_attack_db:9.2f}" if album.pre_attack_db is not None else f"{'-':>9}"]
    print(f"{album.name:20}{''.join(cells)}{'' if album.passed else '  the audit failed'}", flush=True)


def _most(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{max(known):9.1f}" if known else f"{'-':>9}"


def print_tracks(album: JudgedAlbum) -> None:
    """A line for each track: loud passages before and after, re the album's loudest."""
    before_lufs, after_lufs = (max(levels) for levels in zip(*_levels(album), strict=True))
    for track, raised_lu in zip(album.tracks, album.raises_lu, strict=True):
        levels = f"{track.before_lufs - before_lufs:9.1f}{track.after_lufs - after_lufs:9.1f}{raised_lu:9.1f}"
        bands = f"{track.bands:9}{'opposed' if track.opposed else '':>9}{track.worst_second_db:9.1f}"
        lost = f"{_most([track.plr_lost_db])}{_most([track.range_lost_lu])}"
        note = "  interlude" if track.interlude else "  told" if track.told else ""
        print(f"  {track.title[:17]:18}{levels}{bands}{lost}   range {track.range_lu:.1f} LU{note}")


def _levels(album: JudgedAlbum) -> list[tuple[float, float]]:
    return [(track.before_lufs, track.after_lufs) for track in album.tracks]


def print_joints(found: Joints) -> None:
    false = f"{len(found.taken):5} of {found.false_pairs:<4}{found.false_share:7.1%}"
    true = f"{found.true_pairs - len(found.missed):8} of {found.true_pairs:<4}{found.found_share:7.1%}"
    print(f"{found.style:20}{false}{true}", flush=True)
    for name in found.taken[:NAMED]:
        print(f"  taken to run on: {name}")
    for name in found.missed[:NAMED]:
        print(f"  missed: {name}")


def judged(made: Sequence[MadeAlbum], options: argparse.Namespace, work: Path) -> list[JudgedAlbum]:
    """Each album's line, printed as it is known."""
    print(f"\n{'':20}{''.join(f'{heading:>9}' for heading in HEADINGS)}", flush=True)
    found = []
    for album in made:
        try:
            found.append(judge(album, options.profile, work, render=options.render))
        except Refusal as refusal:
            print(f"{album.name:20}  cannot be mastered: {'; '.join(map(str, refusal.faults))}")
            continue
        print_album(found[-1])
        if options.each:
            print_tracks(found[-1])
    return found


def segues(made: Sequence[MadeAlbum], sounds: Sounds, count: int) -> list[Joints]:
    """Each style's line, printed as it is known."""
    print(f"\n{'segues':20}{'taken falsely':>21}{'found':>21}", flush=True)
    found = []
    for album in made:
        sounding = [track.sound for track in album.tracks]
        cut = pieces(sounding, sounds) if sounding else pieces_of(sorted((album.folder / "mixes").glob("*.wav")))
        found.append(joints(album.name, cut, count))
        print_joints(found[-1])
    return found


def albums(options: argparse.Namespace, sounds: Sounds, work: Path) -> list[MadeAlbum]:
    """Those that were asked for, or all."""
    known = [*styles(), *([of_recordings(recordings)] if (recordings := sounds.recordings()) else [])]
    wanted = [style for style in known if not options.style or style.name in options.style]
    ready = [album for album in composed() if not options.style or album.name in options.style]
    if not wanted and not ready:
        raise SystemExit(f"no style of that name; there are {', '.join(style.name for style in known)}")
    return [*corpus(wanted, sounds, work), *ready]


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--music", type=Path, metavar="FOLDER", help="recordings")
    parser.add_argument("--style", action="append", metavar="NAME", help="one album alone, by its name in the table")
    parser.add_argument("--pairs", type=int, default=200, help="false segues of each style, and as many true ones")
    parser.add_argument("--no-render", dest="render", action="store_false", help="decide and forecast alone")
    parser.add_argument("--no-albums", dest="albums", action="store_false", help="segues alone")
    parser.add_argument("--profile", default="cd-wav")
    parser.add_argument("--each", action="store_true", help="print every track")
    parser.add_argument("--work", type=Path, metavar="DIR", help="where the corpus is made, and kept")
    options = parser.parse_args()
    if options.music and not options.music.is_dir():
        parser.error(f"{options.music} is no folder")
    return options


def run(options: argparse.Namespace, work: Path) -> None:
    sounds = Sounds(work, options.music)
    made = albums(options, sounds, work)
    found = judged(made, options, work) if options.albums else []
    joined = segues(made, sounds, options.pairs) if options.pairs else []
    print()
    for target in targets(found, joined):
        print(target)


def main() -> None:
    options = asked()
    if options.work:
        options.work.mkdir(parents=True, exist_ok=True)
        run(options, options.work)
        return
    with tempfile.TemporaryDirectory() as work:
        run(options, Path(work))


if __name__ == "__main__":
    main()
