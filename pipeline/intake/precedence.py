"""What is known of an album and its tracks when a manifest is begun: a sheet comes before tags, and tags before names.

Where they contradict each other the first wins, and what the others say is remarked. What all tracks have alike is said
once, of the album.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from albums import Release, Track
from albums.codes import checked_isrc, ean
from albums.faults import short
from albums.manifest import GROUPS, INHERITED, OF_THE_RELEASE, titled
from pipeline.intake.manifest_values import (
    advisory,
    checked_value,
    kind_of,
    language_code,
    original_date,
    shown_together,
    whole_date,
    yes_or_no,
)
from pipeline.intake.mix_folder import Found
from pipeline.intake.spreadsheet.columns import SEVERAL
from pipeline.intake.spreadsheet.release import ReleaseSheet, SheetRow
from pipeline.intake.spreadsheet.titles import forms_of, forms_of_row

Texts = tuple[str, ...]

MOST_NAMED = 5  # files, or texts, that say otherwise
_ALBUM_ALONE = ("title", "title_sort", "version", "artist", "artist_sort", "artists", "kind", "compilation", "upc",
                "catalogue_number", "label", "release_date", "original_date")  # fmt: skip
_OF_TRACK = ("title", "title_sort", "version", "artist", "artist_sort", "artists", "featured_artists", "iswc",
             "explicit", "composer", "composer_sort", *INHERITED)  # fmt: skip


@dataclass
class Known:
    """Values by keys of the manifest, and remarks on them; each key that a sheet has otherwise than tags, and how."""

    values: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    contradicted: dict[str, str] = field(default_factory=dict)


def of_album(found: Sequence[Found], sheet: ReleaseSheet | None) -> Known:
    """What is known of the album as a whole: what the sheet says, else what most of the files' tags do."""
    known = Known()
    said = _said_by_rows(sheet) if sheet else {}
    by_rows = {key for key in OF_THE_RELEASE if sheet and any(key in row.values for row in sheet.rows)}
    for key in (*_ALBUM_ALONE, *OF_THE_RELEASE):
        tag = key if key in OF_THE_RELEASE else f"album.{key}"
        if key in said:
            known.values[key] = said[key]
            if sheet and (words := _tags_against(found, tag, key, said[key])):
                known.contradicted[key] = f"{sheet.file} has {_shown(said[key])}; {words}"
        elif key not in by_rows and not _is_of_another(key, known.values, found):
            _by_most_tags(found, tag, key, known)
        if key == "artist" and key not in known.values:
            _by_most_tags(found, "artist", key, known)
    if sheet:  # credits of the album as a whole, which tags do not have
        known.values |= {key: value for key, value in said.items() if key not in known.values and key != "cover"}
    return known


def of_track(one: Found, row: SheetRow | None, sheet: ReleaseSheet | None) -> Known:
    """What is known of a track, but for its ISRC: what its row says, else its tags, and for the title its name."""
    known = Known()
    tags = _tags_of_track(one, known)
    said = dict(row.values) if row else {}
    said.pop("isrc", None)
    for group in GROUPS:
        if group[0] in said and said[group[0]] != tags.get(group[0]):
            tags = {key: value for key, value in tags.items() if key not in group[1:]}  # those of another person
    known.values = {**tags, **said}
    if one.name.title:
        known.values.setdefault("title", one.name.title)
    if row and sheet:
        for key, value in said.items():
            other = tags.get(key, value)
            if not _same(key, other, value) and not (key == "title" and _same_title(tags, said)):
                known.contradicted[key] = f"{sheet.file} has {_shown(value)}, the file's tags {_shown(other)}"
        if row.title and "title" not in tags and one.name.title and not forms_of(one.name.title) & forms_of_row(
            row, str(sheet.album.get("artist", ""))
        ):  # fmt: skip
            known.contradicted["title"] = (
                f"{sheet.file} has {short(row.title)}, the file's name {short(one.name.title)}"
            )
    if known.values.get("explicit") is False:
        del known.values["explicit"]
    return known


def isrc_of(one: Found, row: SheetRow | None, taken: set[str]) -> tuple[str, str]:
    """The ISRC of the row, the tags or the name; and a remark on one that is wrong or an earlier track's."""
    remark = ""
    for code, error in _isrcs(*([str(row.values.get("isrc", ""))] if row else []), *_isrc_texts(one)):
        if code and code not in taken:
            return code, remark
        why = error or f"{code} is an earlier track's"
        remark = f"isrc is left out: {why}"
    return "", remark


def isrc_against(one: Found, code: str) -> str:
    """Another ISRC that the tags or the name have, or ""."""
    return next((other for other, _ in _isrcs(*_isrc_texts(one)) if other not in ("", code)), "")


def _isrc_texts(one: Found) -> Texts:
    return (*one.tags.get("isrc", ()), one.name.isrc)


def _isrcs(*texts: str) -> Iterator[tuple[str, str]]:
    """The ISRC of each of `texts` that is not empty, or "" and what is wrong with it."""
    for text in filter(None, texts):
        try:
            yield checked_isrc("".join(text.split())), ""
        except ValueError as error:
            yield "", str(error)


def settle(album: dict[str, Any], tracks: Sequence[dict[str, Any]]) -> None:
    """Say once, of the album, what all tracks have alike; take from a track what it has of the album anyway."""
    _settle_artists(album, tracks)
    for group in (("composer", "composer_sort"), *((key,) for key in INHERITED)):
        first = tuple(tracks[0].get(key) for key in group)
        alike = len(tracks) > 1 and all(tuple(track.get(key) for key in group) == first for track in tracks)
        if alike and first[0] and not any(key in album for key in group):
            album |= {key: value for key, value in zip(group, first, strict=True) if value}
        for track in tracks:
            if track.get(group[0]) and all(track.get(key) == album.get(key) for key in group):
                for key in group:
                    track.pop(key, None)


def _settle_artists(album: dict[str, Any], tracks: Sequence[dict[str, Any]]) -> None:
    artist, rest = album.get("artist"), ("artist_sort", "artists")
    own = [track for track in tracks if track.get("artist", artist) == artist]
    for key in rest:
        values = {track.get(key) for track in own}
        if len(values) == 1 and None not in values and key not in album:
            album[key] = values.pop()
    for track in tracks:
        same = track.get("artist", artist) == artist
        if same and all(track.get(key) in (None, album.get(key)) for key in rest):
            for key in ("artist", *rest):
                track.pop(key, None)
        elif artist and any(key in track for key in rest):
            track.setdefault("artist", artist)


def _said_by_rows(sheet: ReleaseSheet) -> dict[str, Any]:
    """What the sheet says of the album; its artist, where no column does, is that of more than half of the rows."""
    artists = Counter(row.values["artist"] for row in sheet.rows if "artist" in row.values)
    most, times = artists.most_common(1)[0] if artists else ("", 0)
    if 2 * times > len(sheet.rows):
        return {"artist": most} | sheet.album
    return dict(sheet.album)


def _is_of_another(key: str, values: dict[str, Any], found: Sequence[Found]) -> bool:
    """Whether tags speak of the artist of the album, but of another than it has."""
    texts, _ = _most_say(found, "album.artist", key)
    return key in ("artist_sort", "artists") and values.get("artist") not in (None, shown_together(texts))


def _by_most_tags(found: Sequence[Found], tag: str, key: str, known: Known) -> None:
    texts, remark = _most_say(found, tag, key)
    if remark:
        known.remarks.append(remark)
    try:
        value = _of_tags(Release, key, texts) if texts else None
    except ValueError as error:
        known.remarks.append(f"{key} is left out, the tags have none that is right: {error}")
    else:
        if value:
            known.values[key] = value


def _most_say(found: Sequence[Found], tag: str, key: str) -> tuple[Texts, str]:
    """What the tags of more than half of the files say alike, or nothing; and a remark where some say otherwise."""
    texts = Counter(one.tags[tag] for one in found if one.tags.get(tag))
    if not texts:
        return (), ""
    most, times = texts.most_common(1)[0]
    if 2 * times <= len(found):
        said = ", ".join(f"{_shown(other)} ({many} of {len(found)})" for other, many in texts.most_common(MOST_NAMED))
        return (), f"{key}: the tags do not agree: {said}"
    others = [one for one in found if one.tags.get(tag, most) != most]
    said = "; ".join(f"{short(one.mix)} says {_shown(one.tags[tag])}" for one in others[:MOST_NAMED])
    more = f"; so do {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    return most, f"{key}: as most files have it, but {said}{more}" if others else ""


def _tags_against(found: Sequence[Found], tag: str, key: str, value: Any) -> str:
    """What tags say that is right in itself, but not `value`; and how many do."""
    others = Counter[str]()
    for one in found:
        try:
            other = _of_tags(Release, key, one.tags[tag]) if one.tags.get(tag) else value
        except ValueError:
            continue
        if not _same(key, other, value):
            others[_shown(other)] += 1
    said = ", ".join(f"{other} ({many} of {len(found)})" for other, many in others.most_common(MOST_NAMED))
    return f"tags say {said}" if said else ""


def _tags_of_track(one: Found, known: Known) -> dict[str, Any]:
    """What the tags of a file say of its track, checked; what is wrong is remarked and left out."""
    tags = dict(one.tags)
    if len(tags.get("artist", ())) > 1:
        tags.setdefault("artists", tags["artist"])
    if tags.get("artists", ()) == tags.get("artist"):
        tags.pop("artists", None)
    if len(tags.get("artist", ())) > 1:
        tags["artists"] = one.tags.get("artists", one.tags["artist"])
    values = dict[str, Any]()
    for key in _OF_TRACK:
        try:
            value = _of_tags(Track, key, tags[key]) if tags.get(key) else None
        except ValueError as error:
            known.remarks.append(f"{key} is left out: {error}")
        else:
            if value not in (None, ""):
                values[key] = value
    return values


def _language(texts: Texts) -> str:
    code = language_code(texts[0])
    return "" if code in ("xxx", "und") else code  # ID3v2.4's, and ISO 639-2's, for one that is not known


def _kind(texts: Texts) -> str:
    kinds = [kind_of(part) for text in texts for part in text.replace(",", ";").split(";") if part.strip()]
    return next((kind for kind in kinds if kind != "compilation"), "")


_READ: dict[str, Callable[[Texts], Any]] = {
    "artist": shown_together,
    "language": _language,
    "kind": _kind,
    "explicit": lambda texts: advisory(texts[0]),
    "compilation": lambda texts: yes_or_no(texts[0]),
    "release_date": lambda texts: whole_date(texts[0]),
    "original_date": lambda texts: original_date(texts[0]),
}


def _of_tags(model: type[Release | Track], key: str, texts: Texts) -> Any:
    """The texts of a tag as the manifest takes them; "" or None for nothing. Raises ValueError in words."""
    value = _READ[key](texts) if key in _READ else texts if key in SEVERAL else texts[0]
    return checked_value(model, key, value) if value not in ("", None) else value


def _same(key: str, one: Any, other: Any) -> bool:
    return ean(str(one)) == ean(str(other)) if key == "upc" else one == other


def _same_title(tags: dict[str, Any], said: dict[str, Any]) -> bool:
    """Whether both titles, each with its version, are the same."""
    both = (titled(str(each["title"]), str(each.get("version", ""))) for each in (tags, said))
    return len(set(both)) == 1


def _shown(value: Any) -> str:
    return (
        short(", ".join(value)) if isinstance(value, tuple) else short(value) if isinstance(value, str) else str(value)
    )
