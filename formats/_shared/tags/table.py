"""Which field of a manifest stands under which name in each system of tags.

Sources: MusicBrainz Picard documentation, appendix A (tag mapping), for all that it has; Xiph.Org, "Ogg Vorbis I:
comment field", for VERSION; id3.org, "ID3v2.4.0 native frames", for TIT3 and TPRO; Microsoft/IBM, "Multimedia
Programming Interface", 1991, for the chunks of RIFF INFO, of which none is the ISRC ("ISRC" is the source there). The
names of the rest are ours, spelt as tag editors spell theirs: ITUNESADVISORY is what they call iTunes' advisory. A
songwriter is Picard's WRITER, for one who may have written words, music or both. A language is not in TLAN, which wants
the three letters of ISO 639-2: ours is written as on the web, "de" or "pt-BR".
"""

from dataclasses import dataclass
from typing import Literal

MEAN = "----:com.apple.iTunes:"  # begins the name of a freeform atom
FRONT_COVER = 3  # of the kinds of picture that ID3v2 (2.4.0, 4.14) and FLAC (RFC 9639, 8.8) count


@dataclass(frozen=True)
class Row:
    """One field of the `album` or of a `track`, and its name as a Vorbis comment, an ID3 frame and an MP4 atom.

    A frame is four letters, which a colon and a role or a description may follow: "TIPL:producer", "TXXX:BARCODE". An
    atom is four characters, or a freeform one. `info` is the chunk of RIFF INFO, where there is one. `several` is
    whether it may have several values.
    """

    of: Literal["album", "track"]
    field: str
    vorbis: str
    frame: str
    atom: str
    info: str = ""
    several: bool = False


def _row(
    of: Literal["album", "track"],
    field: str,
    vorbis: str,
    frame: str = "",
    atom: str = "",
    info: str = "",
    *,
    several: bool = False,
) -> Row:
    """A row; what has no frame or atom of its own has a described one under the Vorbis comment's name."""
    return Row(of, field, vorbis, frame or f"TXXX:{vorbis}", atom or MEAN + vorbis, info, several)


TABLE = (
    _row("track", "title", "TITLE", "TIT2", "©nam", "INAM"),
    _row("track", "title_sort", "TITLESORT", "TSOT", "sonm"),
    _row("track", "version", "VERSION", "TIT3"),
    _row("track", "artist", "ARTIST", "TPE1", "©ART", "IART"),
    _row("track", "artist_sort", "ARTISTSORT", "TSOP", "soar"),
    _row("track", "artists", "ARTISTS", several=True),
    _row("track", "featured_artists", "FEATUREDARTIST", several=True),
    _row("track", "songwriter", "WRITER", "TXXX:Writer", several=True),
    _row("track", "composer", "COMPOSER", "TCOM", "©wrt", "IMUS", several=True),
    _row("track", "composer_sort", "COMPOSERSORT", "TSOC", "soco"),
    _row("track", "lyricist", "LYRICIST", "TEXT", info="IWRI", several=True),
    _row("track", "arranger", "ARRANGER", "TIPL:arranger", several=True),
    _row("track", "producer", "PRODUCER", "TIPL:producer", info="IPRO", several=True),
    _row("track", "engineer", "ENGINEER", "TIPL:engineer", info="IENG", several=True),
    _row("track", "mixer", "MIXER", "TIPL:mix", several=True),
    _row("track", "performers", "PERFORMER", "TMCL", several=True),
    _row("track", "isrc", "ISRC", "TSRC"),
    _row("track", "iswc", "ISWC"),
    _row("track", "genre", "GENRE", "TCON", "©gen", "IGNR", several=True),
    _row("track", "language", "LANGUAGE", info="ILNG"),
    _row("track", "copyright", "COPYRIGHT", "TCOP", "cprt", "ICOP"),
    _row("track", "phonogram", "PRODUCEDNOTICE", "TPRO"),
    _row("track", "disc", "DISCNUMBER", "TPOS", "disk"),
    _row("track", "explicit", "ITUNESADVISORY", atom="rtng"),  # 1 explicit, 2 cleaned, 0 neither
    _row("album", "title", "ALBUM", "TALB", "©alb", "IPRD"),
    _row("album", "title_sort", "ALBUMSORT", "TSOA", "soal"),
    _row("album", "version", "ALBUMVERSION"),
    _row("album", "artist", "ALBUMARTIST", "TPE2", "aART"),
    _row("album", "artist_sort", "ALBUMARTISTSORT", "TSO2", "soaa"),
    _row("album", "artists", "ALBUMARTISTS", several=True),
    _row("album", "kind", "RELEASETYPE", "TXXX:MusicBrainz Album Type", MEAN + "MusicBrainz Album Type"),
    _row("album", "compilation", "COMPILATION", "TCMP", "cpil"),  # 1 for a compilation; elsewhere it is not there
    _row("album", "upc", "BARCODE"),
    _row("album", "catalogue_number", "CATALOGNUMBER"),
    _row("album", "label", "LABEL", "TPUB"),
    _row("album", "release_date", "DATE", "TDRC", "©day", "ICRD"),
    _row("album", "original_date", "ORIGINALDATE", "TDOR"),
)  # fmt: skip
BY_NAME = {row.vorbis: row for row in TABLE}
NUMBER, TOTALS = "TRACKNUMBER", ("TRACKTOTAL", "TOTALTRACKS")  # half the players know one name, half the other
DISC, DISC_TOTALS = "DISCNUMBER", ("DISCTOTAL", "TOTALDISCS")
COUNTS = {"TRCK": (NUMBER, *TOTALS), "TPOS": (DISC, *DISC_TOTALS)}
"""By ID3 frame, whose text is "7/12": the comments that hold the number and, twice, the total."""
LOUDNESS = (
    *("REPLAYGAIN_TRACK_GAIN", "REPLAYGAIN_TRACK_PEAK"),
    *("REPLAYGAIN_ALBUM_GAIN", "REPLAYGAIN_ALBUM_PEAK", "REPLAYGAIN_REFERENCE_LOUDNESS"),
    *("R128_TRACK_GAIN", "R128_ALBUM_GAIN"),
    *("LOUDNESSVALUE", "LOUDNESSRANGE", "MAXTRUEPEAKLEVEL", "MAXMOMENTARYLOUDNESS", "MAXSHORTTERMLOUDNESS"),
)
"""Names that say how loud a file is, see `loudness`; as frames and atoms they are described like others.

Those in the last line stand in a bext chunk alone.
"""
