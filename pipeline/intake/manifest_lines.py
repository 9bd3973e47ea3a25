"""The commented lines of a new manifest: what whoever runs the job is told, what may be said of an album,
how much may be done to it, and of a track.

A line `key = value` says what holds without it, or is an example; with its # taken off it is valid as it stands. What
has no such value (a file that is not there, a first track's crossfade) is told in words, `key: ...`.
"""

from dataclasses import dataclass

import tomlkit

from albums import Intent

WORDS_FROM = 37  # the column at which the words begin


@dataclass(frozen=True)
class Line:
    """One key: a value as TOML has it, or "" where none is valid for every album, and words on it."""

    key: str
    value: str
    words: str

    def __str__(self) -> str:
        """The line as it stands behind its #."""
        if not self.value:
            return f"{self.key}: {self.words}"
        return f"{f'{self.key} = {self.value}':{WORDS_FROM}} # {self.words}"


OF_JOB = (
    Line("approval", '"required"', "masters wait in masters/review until `glassmaster approve` names them"),
    Line("priority", "0", "-50 to 50: the album's place in a batch, the highest first"),
)
OF_SHEETS = (
    Line("client", '"Name of the Label"', "for whom the masters are made; one text, or a list of lines, as for all"),
    Line("studio", '"Name of the Studio"', "where they are made"),
    Line("engineer", '"Ann Lee"', "who answers for them"),
    Line("contact", '["+49 341 1234567", "ann@example.org"]', "where whoever has a question turns to"),
    Line("notes", '"Please call before you change anything."', "what else the plant is to know"),
)
_CREDITS = (
    Line("songwriter", '["Ann Lee", "Bo Berg"]', "who wrote words, music or both; one text, or a list"),
    Line("composer", '"Ann Lee"', "who wrote the music; one text, or a list, as for all who made it"),
    Line("composer_sort", '"Lee, Ann"', "what the composer is filed under"),
    Line("lyricist", '"Bo Berg"', "who wrote the words"),
    Line("arranger", '"Ann Lee"', "who arranged it"),
    Line("producer", '"Cy Dahl"', "who produced the recording"),
    Line("engineer", '"Di Ek"', "who recorded it"),
    Line("mixer", '"Di Ek"', "who mixed it"),
    Line("performers", '["Ann Lee (voice)", "Bo Berg (violin)"]', "who plays what, in brackets"),
)
_RIGHTS = (
    Line("genre", '"Folk"', "an example; one text, or a list"),
    Line("language", '"en"', 'of the words that are sung; "zxx" where there are none'),
    Line("copyright", '"2026 Name of the Label"', "the (c) line: words, music, artwork"),
    Line("phonogram", '"2026 Name of the Label"', "the (p) line: this recording"),
)
OF_ALBUM = (
    Line("title_sort", '"Album, The"', "what the title is filed under"),
    Line("version", '"Deluxe Edition"', "an example; shown in brackets after the title"),
    Line("artist_sort", '"Artist, The"', "what the artist is filed under"),
    Line("artists", '["Ann Lee", "Bo Berg"]', "the main artists, each by itself, where there are several"),
    Line("kind", '"album"', 'or "ep", or "single"'),
    Line("compilation", "false", "whether players keep it together although its tracks' artists differ"),
    Line("upc", '"036000291452"', "an example: the product's 12 or 13 digits, in quotation marks"),
    Line("catalogue_number", '"ABC-001"', "an example"),
    Line("label", '"Name of the Label"', "an example"),
    Line("release_date", "2026-11-27", "an example; a date has no quotation marks"),
    Line("original_date", "1998", "when it first came out: a year, or a date"),
    Line("cover", "", 'a square picture in this folder, 1400 pixels a side or more, as in "cover.png"'),
    *_CREDITS,
    *_RIGHTS,
)
_OF_INTENT = {
    "tone_match": "0 leaves each mix's tone alone, 1 brings all to the album's centre",
    "level_match": "0 keeps the mixes' levels, 1 brings loud passages to one level",
    "eq_limit_db": "the equaliser never does more than this",
    "reduction_limit_db": "nor the limiter",
    "loudness": 'music of wide range keeps its peaks, and stays under the profile\'s loudness; or "as-profile"',
    "compression": 'or "off", or "all"',
    "mono_below_hz": "20 to 300; bass below it is brought to the middle. Left out, it stays as it is",
    "high_pass_hz": "5 to 80; what lies below it is taken away. Left out, nothing is",
    "width_db": "-12 to 6: narrower or wider than the mixes",
    "reference": 'recordings in this folder whose tone is the target, as in ["reference.wav"]',
    "target_curve": 'a file of frequencies and levels that is the target instead, as in "curve.txt"',
    "gap_s": 'silence before each track but the first, or "auto"',
    "head_s": "silence before the first sound",
    "tail_s": "silence after the last",
}
_EXAMPLES = {"mono_below_hz": "120.0", "high_pass_hz": "25.0"}  # of settings that are off as long as they are left out
OF_TRACK = (
    Line("version", '"Live"', "an example; shown in brackets after the title"),
    Line("title_sort", '"Song, The"', "what the title is filed under"),
    Line(
        "artist", '"Another Artist"', "left out, the album's; so is all down to phonogram, but for what is this track's"
    ),
    Line("artist_sort", '"Artist, Another"', "what the artist is filed under"),
    Line("artists", '["Ann Lee", "Bo Berg"]', "the main artists, each by itself, where there are several"),
    Line("featured_artists", '"Cy Dahl"', "guests; one text, or a list"),
    *_CREDITS,
    *_RIGHTS,
    Line("isrc", '"ZZZZZ2600001"', "an example: the recording's 12 letters and digits, in quotation marks"),
    Line("iswc", '"T-034.524.680-1"', "an example: the work's code, T and ten digits"),
    Line("explicit", "true", 'strong language; or "clean" for a cleaned version'),
    Line("gap_s", "3.0", 'silence before it, or "auto"'),
    Line("pregap", "{silence_s = 2.0}", 'what stands before index 1; or {mix = "applause.wav"}, or {of_mix_s = 2.5}'),
    Line("indexes_s", "[61.5]", "further indexes on a CD, in seconds of the mix"),
    Line("fade_in_s", "0.5", "fades the beginning in"),
    Line("fade_out_s", "0.5", "fades the end out"),
    Line("trim_start_s", "0.25", "of the mix, left off at its beginning"),
    Line("trim_end_s", "0.25", "and at its end"),
    Line("level_wish_lu", "0.0", "-2.0 has it quieter than the album's level by 2 LU"),
    Line("gain_db", "-1.5", "a lock: just this gain, whatever the album does"),
    Line(
        "eq",
        '[{kind = "bell", frequency_hz = 250.0, gain_db = -1.5, q = 1.0}]',
        "a lock: just these bands; [] for none",
    ),
    Line("tone_exempt", "true", "leaves its tone alone; false has it matched, whatever it is"),
    Line("side", '"A"', "vinyl: where it is cut"),
    Line("disc", "1", "CD: here, or on a track before it, this disc begins"),
)
_OVERLAP = "how long it overlaps with the track before, instead of gap_s"
_SHAPE = 'crossfade_shape beside it: "equal-power", "equal-gain" or "auto"'
OF_FIRST_TRACK = (Line("crossfade_s", "", f"on a later track, {_OVERLAP}; {_SHAPE}"),)
OF_SECOND_TRACK = (Line("crossfade_s", "4.0", f"{_OVERLAP}; {_SHAPE}"),)


def of_intent() -> list[Line]:
    """A line for every key of `intent`, with its default, or an example where the default is to leave it out."""
    return [
        Line(key, _EXAMPLES.get(key) or _literal(field.default), _OF_INTENT[key])
        for key, field in Intent.model_fields.items()
    ]


def _literal(default: object) -> str:
    """The default as TOML has it; "" where leaving the key out is the only way to have it."""
    return "" if default in (None, "", ()) else tomlkit.item(default).as_string()
