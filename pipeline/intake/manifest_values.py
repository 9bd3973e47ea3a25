"""What people and programs write, as the values that a manifest takes: yes and no, advisories, kinds, languages, dates.

Everything goes through the schema of the manifest at last (`checked_value`), and is a ValueError in words if it fails.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from pydantic import ValidationError

from albums import Release, Track
from albums.faults import short
from albums.schema_faults import faults_of

Kind = Literal["album", "ep", "single", "compilation"]

_REST: dict[type[Release | Track], dict[str, str]] = {
    Release: {"title": "-", "artist": "-"},
    Track: {"mix": "-", "title": "-"},
}
_YES = ("yes", "y", "ja", "j", "oui", "o", "si", "s", "sim", "true", "wahr", "vrai", "verdadero", "1", "x")
_NO = (
    *("no", "n", "nein", "non", "not", "nao", "false", "falsch", "faux", "falso", "0", "none", "keine", "keiner"),
    *("aucun", "ninguno", "ninguna", "na"),
)
_EXPLICIT = ("e", "explicit", "explizit", "explicite", "explicito", "explicita", "explicitlyrics", "explicitcontent",
             "parentaladvisory", "advisory", "4")  # fmt: skip
_NOT_EXPLICIT = ("notexplicit", "nonexplicit", "noadvisory", "noadviceavailable", "nichtexplizit", "nonexplicite",
                 "noexplicito", "noexplicita", "noexplicitcontent")  # fmt: skip
_CLEANED = ("clean", "cleaned", "cleanversion", "censored", "edited", "c", "explicitcontentedited", "bereinigt",
            "zensiert", "censure", "censurado", "limpia", "limpio", "2")  # fmt: skip
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("album", "lp", "longplay", "longplayer", "fulllength", "fulllengthalbum", "albumlp"), "album"),
    **dict.fromkeys(("ep", "extendedplay", "minialbum", "maxi", "maxiep"), "ep"),
    **dict.fromkeys(("single", "maxisingle", "digitalsingle", "sencillo"), "single"),
    **dict.fromkeys(("compilation", "sampler", "kompilation", "recopilacion", "recopilatorio"), "compilation"),
}
_LANGUAGES = {
    "ar": "Arabic Arabisch Arabe Árabe",
    "bg": "Bulgarian Bulgarisch Bulgare Búlgaro",
    "ca": "Catalan Katalanisch Català Catalán",
    "cs": "Czech Tschechisch Tchèque Checo Čeština",
    "cy": "Welsh Walisisch Gallois Galés Cymraeg",
    "da": "Danish Dänisch Danois Danés Dansk",
    "de": "German Deutsch Allemand Alemán ger deu",
    "el": "Greek Griechisch Grec Griego Ελληνικά gre ell",
    "en": "English Englisch Anglais Inglés eng",
    "es": "Spanish Spanisch Espagnol Español Castellano spa",
    "et": "Estonian Estnisch Estonien Estonio Eesti",
    "eu": "Basque Baskisch Vasco Euskara",
    "fi": "Finnish Finnisch Finnois Finés Finlandés Suomi",
    "fr": "French Französisch Français Francés fre fra",
    "ga": "Irish Irisch Irlandais Irlandés Gaeilge",
    "he": "Hebrew Hebräisch Hébreu Hebreo עברית",
    "hi": "Hindi हिन्दी",
    "hr": "Croatian Kroatisch Croate Croata Hrvatski",
    "hu": "Hungarian Ungarisch Hongrois Húngaro Magyar",
    "is": "Icelandic Isländisch Islandais Islandés Íslenska",
    "it": "Italian Italienisch Italien Italiano ita",
    "ja": "Japanese Japanisch Japonais Japonés 日本語 jpn",
    "ko": "Korean Koreanisch Coréen Coreano 한국어 kor",
    "la": "Latin Latein Latín lat",
    "nl": "Dutch Niederländisch Néerlandais Neerlandés Holandés Nederlands dut nld",
    "no": "Norwegian Norwegisch Norvégien Noruego Norsk",
    "pl": "Polish Polnisch Polonais Polaco Polski",
    "pt": "Portuguese Portugiesisch Portugais Portugués Português por",
    "ro": "Romanian Rumänisch Roumain Rumano Română",
    "ru": "Russian Russisch Russe Ruso Русский rus",
    "sv": "Swedish Schwedisch Suédois Sueco Svenska swe",
    "tr": "Turkish Türkisch Turc Turco Türkçe",
    "uk": "Ukrainian Ukrainisch Ukrainien Ucraniano Українська",
    "zh": "Chinese Chinesisch Chinois Chino Mandarin 中文 chi zho",
    "zxx": "Instrumental Instrumentale None Keine Aucune Ninguna NoLinguisticContent",
}
"""ISO 639-1 codes by the names of languages in English, German, French, Spanish and their own; ISO 639-2's for none."""


def plain_word(text: str) -> str:
    """`text` as words are compared: its letters and digits alone, small, without accents."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in letters if unicodedata.category(c)[0] in "LN")


_CODES = {plain_word(name): code for code, names in _LANGUAGES.items() for name in names.split()}


def checked_value(model: type[Release | Track], key: str, found: Any) -> Any:
    """`found` as the manifest's `model` takes it for `key`; raises ValueError in words."""
    try:
        whole = model.model_validate({**_REST[model], key: found}, by_alias=True, by_name=False)
    except ValidationError as error:
        raise ValueError("; ".join(fault.words for fault in faults_of(error, "", model))) from None
    return getattr(whole, key)


def yes_or_no(text: str) -> bool:
    """Whether `text` says yes, in English, German, French or Spanish, or as a cross; raises ValueError."""
    word = plain_word(text)
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError(f"found {short(text)}; wanted yes or no")


def advisory(text: str) -> bool | Literal["clean"]:
    """Whether words are explicit, or cleaned: yes, no, E, clean, and what distributors and iTunes (0, 1, 2) write."""
    word = plain_word(text)
    if word in _CLEANED:
        return "clean"
    if word in _EXPLICIT or word in _YES:
        return True
    if word in _NOT_EXPLICIT or word in _NO:
        return False
    raise ValueError(f'found {short(text)}; wanted yes (or "explicit", E), no, or "clean" for a cleaned version')


def kind_of(text: str) -> Kind:
    """The kind of a release; raises ValueError."""
    if kind := _KINDS.get(plain_word(text)):
        return kind
    raise ValueError(f"found {short(text)}; wanted album, EP or single")


def language_code(text: str) -> str:
    """The code of a language that is named, or written as a code in any case: "pt-BR" of "PT-br"; else the text."""
    if code := _CODES.get(plain_word(text)):
        return code
    first, *rest = text.strip().replace("_", "-").split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])


def original_date(text: str) -> date | int:
    """A date, or the year, of what tags say: "1998", "1998-05", "1998-05-04"; raises ValueError."""
    if match := re.fullmatch(r"([0-9]{4})(-[0-9]{2})?", text.strip()):
        return int(match[1])
    return whole_date(text)


def whole_date(text: str) -> date:
    """The date at the start of `text`, 2026-11-27; raises ValueError."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise ValueError(f"{short(text)} is no whole date, 2026-11-27") from None


def shown_together(names: Sequence[str]) -> str:
    """Several artists as a sleeve has them: "A", "A & B", "A, B & C"."""
    return " & ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
