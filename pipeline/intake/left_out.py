"""Files of sound that a manifest leaves out, each with the reason: nothing that was sent is dropped without a word."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from albums import MASTERS
from albums.faults import Fault, short
from albums.regular_files import open_regular

SOUNDS = frozenset({".wav", ".wave", ".aif", ".aiff", ".aifc", ".flac", ".rf64", ".w64", ".caf", ".bwf"})

LOSSY = "has lost some of the sound; ask for the finished mix as WAV, AIFF or FLAC"
UNREAD = "is no kind that is read here; convert it to WAV, AIFF or FLAC"
SESSION = "is a session and no mix; bounce it to a stereo file"
ARCHIVE = "is an archive; unpack it if there are mixes in it"
OTHERS = {
    **dict.fromkeys((".mp3", ".mp2", ".aac", ".ogg", ".oga", ".opus", ".wma", ".mpc", ".ac3", ".ec3", ".amr"), LOSSY),
    **dict.fromkeys((".m4a", ".m4b", ".mp4", ".m4v", ".mov", ".3gp", ".webm", ".mka", ".mkv", ".asf"), UNREAD),
    **dict.fromkeys((".ape", ".wv", ".tta", ".tak", ".shn", ".dsf", ".dff", ".au", ".snd", ".voc", ".8svx"), UNREAD),
    **dict.fromkeys((".sd2", ".raw", ".pcm", ".ra", ".mp1", ".dts", ".thd"), UNREAD),
    **dict.fromkeys((".als", ".ptx", ".ptf", ".cpr", ".rpp", ".flp", ".aup", ".aup3", ".npr", ".song"), SESSION),
    **dict.fromkeys((".logicx", ".logic", ".band", ".reason", ".bwproject", ".ardour", ".omf", ".aaf"), SESSION),
    **dict.fromkeys((".zip", ".rar", ".7z", ".tar", ".tgz", ".gz"), ARCHIVE),
}
PACKAGES = (".logicx", ".band")  # folders that a Mac shows as one file; the sound in them is of single takes
_HEAD = 12  # bytes: what a file of sound begins with
_BEGINNINGS = (b"RIFF", b"RIFX", b"RF64", b"FORM", b"fLaC", b"OggS", b"ID3", b"caff", b"riff", b"wvpk", b"MAC ")


@dataclass(frozen=True)
class Sighted:
    """What lies in a folder: the files, relative to it, and what was seen of sound where it was not looked for."""

    files: tuple[Path, ...]
    unseen: tuple[Fault, ...]


def sight(folder: Path) -> Sighted:
    """The files in `folder` and its subfolders; hidden ones, `masters` and sessions are told and not entered.

    Raises OSError where a folder cannot be read.
    """

    def fail(error: OSError) -> None:
        raise error

    files, passed_by = list[Path](), Counter[tuple[str, str]]()
    sessions = list[Fault]()
    for place, folders, names in os.walk(folder, onerror=fail):
        here = Path(place).relative_to(folder)
        for name in sorted(folders):
            if name.lower().endswith(PACKAGES):
                sessions.append(Fault(named(here / name), SESSION, "note"))
            elif why := _passed_by(name):
                passed_by[(here / name).as_posix(), why] += _sounds_below(Path(place, name))
        folders[:] = [name for name in folders if not _passed_by(name) and not name.lower().endswith(PACKAGES)]
        for name in names:
            if not name.startswith("."):
                files.append(here / name)
            elif not name.startswith("._") and Path(name).suffix.lower() in SOUNDS:  # ._x is no sound: a Mac's notes
                passed_by[(here / name).as_posix(), "is hidden"] += 1
    seen = (
        Fault(short(name), f"{why}; {count} file{'s' * (count > 1)} of sound there left out", "note")
        for (name, why), count in passed_by.items()
        if count
    )
    return Sighted(tuple(files), (*sessions, *seen))


def left_out(folder: Path, files: Sequence[Path], mixes: Sequence[Path]) -> Iterator[Fault]:
    """A note for each of `files` that holds sound, or should, and is none of `mixes`."""
    inside, taken = folder.resolve(), {(folder / mix).resolve(): mix for mix in mixes}
    for file in sorted(set(files) - set(mixes)):
        suffix, path = file.suffix.lower(), folder / file
        if suffix in SOUNDS:
            yield Fault(named(file), _why(path, inside, taken), "note")
        elif suffix in OTHERS:
            yield Fault(named(file), OTHERS[suffix], "note")
        elif _begins_as_sound(path):
            yield Fault(named(file), "holds sound, but its name does not say of which kind; give it a suffix", "note")


def named(path: Path) -> str:
    """A file as it is named to people: quoted, and nothing in it that a terminal obeys."""
    return short(path.as_posix()) if len(path.as_posix()) <= 60 else f"{short(path.as_posix()[-50:])} (its end)"


def _passed_by(name: str) -> str:
    if name.startswith("."):
        return "is hidden"
    return "is where masters go" if name.lower() == MASTERS else ""


def _sounds_below(folder: Path) -> int:
    below = (name for _, _, names in os.walk(folder) for name in names)
    return sum(Path(name).suffix.lower() in SOUNDS and not name.startswith("._") for name in below)


def _why(path: Path, inside: Path, taken: dict[Path, Path]) -> str:
    with suppress(OSError, RuntimeError):
        found = path.resolve()
        if path.is_symlink() and not path.exists():
            return "is a link to nothing"
        if path.is_file() and not found.is_relative_to(inside):
            return "is a link that leads out of the folder; copy the file in"
        if found in taken:
            return f"is a link to {named(taken[found])}, which is taken"
    return "is no file that can be read"


def _begins_as_sound(path: Path) -> bool:
    with suppress(OSError), open_regular(path) as file:
        head = file.read(_HEAD)
        form = head[:4] in (b"RIFF", b"FORM")
        return head.startswith(_BEGINNINGS) and (not form or head[8:12] in (b"WAVE", b"AIFF", b"AIFC"))
    return False
