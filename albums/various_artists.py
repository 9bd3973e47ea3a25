"""Whether an album is by various artists: a compilation, which players keep together only if its files say so.

No standard has the names: these are the usual ones of each language, without those that single artists have for a name
as well ("Diverse", "Varios", "Verschiedene"). MusicBrainz keeps the like as aliases of its artist "Various Artists".
"""

import unicodedata

NAMES = (
    *("Various Artists", "Various Artist", "Various", "Various Performers", "VA"),
    *("Verschiedene Interpreten", "Verschiedene Künstler", "Diverse Interpreten", "Diverse Künstler"),
    *("Artistes divers", "Artistes variés", "Divers artistes", "Interprètes divers", "Multi-interprètes"),
    *("Artisti vari", "Autori vari", "AA.VV.", "Varios artistas", "Artistas varios", "Varios intérpretes"),
    *("Intérpretes varios", "Artistes diversos", "Diversos artistes", "Vários artistas", "Artistas vários"),
    *("Vários intérpretes", "Artistas diversos", "Diversos artistas", "Artistas variados"),
    *("Diverse artiesten", "Verschillende artiesten", "Diverse uitvoerenden", "Diverse artister", "Diverse kunstnere"),
    *("Forskjellige artister", "Blandade artister", "Olika artister", "Ýmsir flytjendur", "Ýmsir listamenn"),
    *("Eri esittäjiä", "Eri artisteja", "Erinevad esitajad", "Dažādi izpildītāji", "Įvairūs atlikėjai"),
    *("Różni wykonawcy", "Różni artyści", "Różni", "Různí interpreti", "Různí umělci", "Rôzni interpreti"),
    *(
        "Különböző előadók",
        "Vegyes előadók",
        "Artiști diferiți",
        "Diverși artiști",
        "Razni izvođači",
        "Razni izvajalci",
    ),
    *("Разные исполнители", "Различные исполнители", "Разные артисты", "Різні виконавці", "Разни изпълнители"),
    *("Различни изпълнители", "Разни извођачи", "Διάφοροι καλλιτέχνες", "Διάφοροι", "Çeşitli sanatçılar"),
    *("אמנים שונים", "فنانون متنوعون", "فنانون مختلفون", "هنرمندان مختلف"),
    *(
        "ヴァリアス・アーティスト",
        "ヴァリアス・アーティスツ",
        "ヴァリアスアーティスト",
        "オムニバス",
        "群星",
        "合輯",
        "合辑",
    ),
    *("여러 아티스트", "여러 가수", "Nhiều nghệ sĩ", "ศิลปินรวม", "รวมศิลปิน"),
)


def is_by_various_artists(artist: str) -> bool:
    """Whether `artist`, in any case and however it is punctuated ("V.A.", "V/A"), stands for many."""
    return _plain(artist) in _PLAIN_NAMES


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in letters if unicodedata.category(c)[0] in "LMN")


def _without_accents(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


_PLAIN_NAMES = frozenset(_plain(spelt) for name in NAMES for spelt in (name, _without_accents(name)))
