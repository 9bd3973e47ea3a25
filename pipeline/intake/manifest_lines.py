"""The commented lines of a new manifest: what whoever runs the job is told, what may be said of an album,
how much may be done to it, and of a track.

A line `key = value` says what holds without it, or is an example; with its # taken off it is valid as it stands. What
has no such value (a code, a file's name, a setting that is off) is told in words, `key: ...`.
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
OF_ALBUM = (
    Line("upc", "", 'the product\'s 12 or 13 digits, in quotation marks, "..."'),
    Line("catalogue_number", '"ABC-001"', "an example"),
    Line("label", '"Name of the Label"', "an example"),
    Line("release_date", "2026-11-27", "an example; a date has no quotation marks"),
    Line("genre", '"Folk"', "an example"),
    Line("language", '"en"', "of the words that are sung"),
    Line("copyright", '"2026 Name of the Label"', "the (c) line: words, music, artwork"),
    Line("phonogram", '"2026 Name of the Label"', "the (p) line: this recording"),
    Line("cover", "", 'a square picture in this folder, 1400 pixels a side or more, as in "cover.png"'),
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
OF_TRACK = (
    Line("artist", '"Another Artist"', "left out, the album's; so are songwriter, composer and arranger"),
    Line("gap_s", "3.0", 'silence before it, or "auto"'),
    Line("fade_in_s", "0.5", "fade_out_s likewise"),
    Line("trim_start_s", "0.25", "of the mix, left off; trim_end_s likewise"),
    Line("level_wish_lu", "-2.0", "quieter than the album's level"),
    Line("side", '"A"', "vinyl: where it is cut"),
    Line("disc", "1", "CD"),
    Line("explicit", "true", "strong language"),
    Line("isrc", "", "the recording's 12 letters and digits, in quotation marks"),
    Line(
        "crossfade_s",
        "",
        'how long it overlaps with the track before, instead of gap_s; crossfade_shape = "auto" beside it',
    ),
    Line("pregap", "", 'what stands before index 1, as in {mix = "applause.wav"} or {silence_s = 2.0}'),
    Line("indexes_s", "", "further indexes on a CD, in seconds of the mix, as in [61.5]"),
)


def of_intent() -> list[Line]:
    """A line for every key of `intent`, with its default."""
    return [Line(key, _literal(field.default), _OF_INTENT[key]) for key, field in Intent.model_fields.items()]


def _literal(default: object) -> str:
    """The default as TOML has it; "" where leaving the key out is the only way to have it."""
    return "" if default in (None, "", ()) else tomlkit.item(default).as_string()
