"""Releases for DDEX without a sound: example albums and odd ones, with files that are only told of."""

import hashlib
import os
import tomllib
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import albums
from albums import Album, Ddex
from pipeline.deliverables.files import DeliveredFile
from pipeline.delivery.ddex.layout import Laid, batch_name, laid_out
from pipeline.delivery.ddex.message.allowed_values import KINDS
from pipeline.delivery.ddex.message.new_release import Dispatch, new_release_message, time_number
from pipeline.delivery.ddex.resources import Picture, Recording, Resources, Stored
from pipeline.delivery.ddex.submission import Submission, submission_of

ALBUMS = Path(albums.__file__).parent
EXAMPLES = ("quiet-rooms", "night-set")
SENDER, RECEIVER = "PADPIDA2013042401U", "PADPIDA2009101501Y"  # of DDEX's published examples
NOW = datetime(2026, 12, 1, 10, 11, 12, 345678, tzinfo=UTC)
SETTINGS: dict[str, Any] = {
    "sender": SENDER,
    "sender_name": "Lamp & Larder",
    "recipients": (RECEIVER,),
    "deals": (
        {"models": ("SubscriptionModel", "AdvertisementSupportedModel"), "uses": ("OnDemandStream", "Stream")},
        {"models": ("PayAsYouGoModel",), "uses": ("PermanentDownload",), "territories": ("DE", "AT")},
    ),
}
SCHEMAS = "GLASSMASTER_ERN_43"
"""The variable that names a folder with the official schemas, which are not ours to keep."""


def official_folder() -> Path | None:
    """Where somebody has put the official schemas."""
    return Path(os.environ[SCHEMAS]) if os.environ.get(SCHEMAS) else None


@cache
def example(name: str) -> Album:
    """An example album as its manifest has it, without its mixes."""
    manifest = ALBUMS / name / "album.toml"
    said = tomllib.loads(manifest.read_text("utf-8"))
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "album.toml").write_bytes(manifest.read_bytes())
        for mix in [track["mix"] for track in said["tracks"]] + [said["album"]["cover"]]:
            (folder / mix).parent.mkdir(exist_ok=True)
            (folder / mix).touch()
        return albums.load(folder)


def odd(*tracks: dict[str, Any], **release: Any) -> Album:
    """An album of tracks that differ in the keys given; all that a message wants is there."""
    own = {"title": "Odd", "artist": "Ann Lee", "upc": "5060026000021", "label": "L&L", "genre": ("Folk",),
           "release_date": date(2026, 12, 4), "phonogram": "2026 L&L", "cover": "cover.png"}  # fmt: skip
    given = [
        {"mix": f"{number}.wav", "title": f"Song {number}", "isrc": f"QZGLM26{number:05d}", **track}
        for number, track in enumerate(tracks, 1)
    ]
    return Album.model_validate({"album": {**own, **release}, "tracks": tuple(given)})


def told(path: str, algorithm: str = "MD5") -> Stored:
    """A file by its path alone; its size and its hashes are made of that."""
    sha256 = hashlib.sha256(path.encode()).hexdigest()
    asked = hashlib.new(algorithm.replace("-", ""), path.encode()).hexdigest()
    return Stored(DeliveredFile(path=path, sha256=sha256, bytes=10_000_000 + len(path)), algorithm, asked)


def submission(album: Album, kind: str = "flac", joined: tuple[int, ...] = (), **settings: Any) -> Submission:
    """`album` with files of one kind, a minute and some for each track, and settings beside the usual ones."""
    ddex = Ddex.model_validate({**SETTINGS, **settings})
    audio, bits = KINDS[kind], 24 if KINDS[kind].holds_bits else 0
    recordings = tuple(
        Recording(told(f"out/{number:02d} a{audio.suffix}", ddex.hash), audio, 48000, bits, 48000 * (60 + number) + 7)
        for number in range(1, len(album.tracks) + 1)
    )
    cover = Picture(told("out/cover.png", ddex.hash), 3000, 3000)
    return submission_of(album, ddex, Resources(recordings, cover, frozenset(joined)))


def dispatched(given: Submission) -> tuple[bytes, Dispatch, Laid]:
    """The message of a release at NOW, and how it was sent."""
    dispatch = Dispatch(NOW, batch_name(given, time_number(NOW)))
    laid = laid_out(given, dispatch)
    return new_release_message(given, dispatch, laid.uris), dispatch, laid


FOUR_SCRIPTS = ("Über den Dächern", "夢のはじまり", "Тихие комнаты", "غرف هادئة")
ODD: dict[str, Submission] = {
    "several discs": submission(odd({}, {}, {"disc": 2}, {"disc": 2}, {"disc": 3})),
    "a single": submission(odd({"explicit": "clean"}, kind="single"), "wav", hash="SHA-256"),
    "a compilation": submission(
        odd({"artist": "Ann"}, {"artist": "Bo", "explicit": True}, artist="Various Artists", copyright="2026 L&L")
    ),
    "versions": submission(
        odd({"version": "Live"}, {"title": "Song (Mono)", "version": "Mono"}, version="Deluxe", original_date=1999)
    ),
    "four scripts": submission(
        odd(
            *({"title": text, "artist": text[::-1], "language": code}
              for text, code in zip(FOUR_SCRIPTS, ("de-1996", "ja", "ru", "ar"), strict=True)),
            language="pt-BR", kind="ep",
        )
    ),
    "credits": submission(
        odd(
            {"songwriter": ("Ann Lee", "Bo & Co"), "composer": ("Cy",), "composer_sort": "Cy, Mr", "lyricist": ("Cy",),
             "producer": ("Bo & Co",), "mixer": ("Ann Lee",), "engineer": ("Di",), "arranger": ("Ed",),
             "performers": ("Ann Lee (violin, lead vocals)", "Flo (hurdy-gurdy, saw of her aunt's)", "Gus"),
             "featured_artists": ("Flo",), "iswc": "T0345246801", "artist": "Ann Lee feat. Flo",
             "artists": ("Ann Lee",)},
            {"genre": ("Jazz", "Rock"), "phonogram": "℗ 1987 Others"},
            artist_sort="Lee, Ann", catalogue_number="LL-1",
        )
    ),
    "lossy, everywhere but": submission(
        odd({}, {}), "opus", (2,), excluded_territories=("US",), message="live",
        deals=({"models": ("SubscriptionModel",), "uses": ("Stream",), "end_date": date(2030, 1, 1)},),
        recipients=(RECEIVER, SENDER), start_date=date(2027, 1, 1), hash="SHA-512",
        layout={"track": "{upc}/{disc}-{track}", "cover": "art/{upc}", "message": "{upc}/m/{upc}.xml", "complete": ""},
    ),
}  # fmt: skip
