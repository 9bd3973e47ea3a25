"""What columns are called: the documented name of each meaning first, then what labels and distributors write for it,
in English and some German, French and Spanish.

Case, accents, blanks and punctuation make no difference. A meaning is a key of a track in the manifest, or of the album
after `album.`; `file`, `number`, `duration` and `subgenre` are for this table alone. Names that may mean one thing or
another are left out (a "Mix" is a file or a version, "Lyrics" are words or who wrote them): such a column is told.
"""

FILE, NUMBER, DURATION, SUBGENRE = "file", "number", "duration", "subgenre"

NAMES: dict[str, tuple[str, ...]] = {
    FILE: (
        *(
            "file name",
            "file",
            "audio file",
            "audio file name",
            "wav file",
            "track file name",
            "source file",
            "mix file",
        ),
        *("Datei", "Dateiname", "Audiodatei", "fichier", "nom du fichier", "nom de fichier", "fichier audio"),
        *("archivo", "nombre de archivo", "nombre del archivo", "fichero", "archivo de audio"),
    ),
    NUMBER: (
        *("track number", "track", "track no", "track nr", "track num", "trk", "no", "nr", "number", "num", "position"),
        *("track position", "pos", "sequence", "sequence number", "track order", "Titelnummer", "Titel-Nr", "Nummer"),
        *("Tracknummer", "Lfd. Nr.", "Laufende Nummer", "Reihenfolge", "numéro", "numéro de piste", "n° de piste"),
        *("plage", "numéro de plage", "piste", "número", "número de pista", "nº de pista", "número de canción"),
    ),
    "disc": (
        *("disc", "disc number", "disc no", "disk", "disk number", "CD", "CD number", "CD no", "CD-Nr", "Disc-Nr"),
        *("volume number", "medium number", "CD-Nummer", "disque", "numéro de disque", "disco", "número de disco"),
    ),
    "title": (
        *("title", "track title", "track name", "song", "song title", "song name", "name", "recording title"),
        *("Titel", "Tracktitel", "Songtitel", "Liedtitel", "Titelname", "Lied", "Stück", "Stücktitel"),
        *("titre", "titre de la piste", "titre du morceau", "titre de la chanson", "morceau", "chanson"),
        *("título", "título de la pista", "título de la canción", "nombre de la canción", "canción", "tema"),
    ),
    "title_sort": ("title sort", "sort title", "title sort name", "title sort order"),
    "version": (
        *("version", "track version", "mix name", "mix version", "mix title", "version title", "title version"),
        *(
            "subtitle",
            "track subtitle",
            "version name",
            "remix",
            "Fassung",
            "Titelversion",
            "Untertitel",
            "Titelzusatz",
        ),
        *("version du titre", "sous-titre", "versión", "versión de la pista", "subtítulo"),
    ),
    "artist": (
        *("artist", "track artist", "artist name", "main artist", "primary artist", "display artist", "band"),
        *("track main artist", "track primary artist", "Künstler", "Künstlerin", "Künstlername", "Interpret"),
        *("Hauptkünstler", "Hauptinterpret", "artiste", "artiste principal", "nom de l'artiste", "interprète"),
        *("artista", "artista principal", "nombre del artista", "intérprete"),
    ),
    "artist_sort": ("artist sort", "sort artist", "artist sort name", "artist sort order"),
    "artists": (
        *("artists", "main artists", "primary artists", "track artists", "Interpreten"),
        *("Künstlerinnen", "Hauptinterpreten", "artistes", "artistes principaux", "artistas", "artistas principales"),
    ),
    "featured_artists": (
        *("featured artists", "featured artist", "featuring", "feat", "ft", "featuring artist", "featuring artists"),
        *("guest artist", "guest artists", "guests", "Gastkünstler", "Gastinterpret", "Gäste", "artiste invité"),
        *("artistes invités", "artista invitado", "artistas invitados", "colaboración"),
    ),
    "isrc": ("ISRC", "ISRC code", "ISRC-Nummer", "track ISRC", "ISRC number", "code ISRC", "código ISRC"),
    "iswc": ("ISWC", "ISWC code", "work ISWC", "code ISWC", "código ISWC"),
    "explicit": (
        *("explicit", "explicit content", "explicit lyrics", "parental advisory", "advisory", "PA", "explicit flag"),
        *("parental warning", "parental warning type", "is explicit", "explizit", "Explizite Inhalte", "explicite"),
        *("contenu explicite", "paroles explicites", "explícito", "contenido explícito", "letra explícita"),
    ),
    DURATION: (
        *("duration", "length", "time", "track length", "track time", "track duration", "running time", "run time"),
        *("playing time", "Dauer", "Länge", "Spieldauer", "Spielzeit", "Laufzeit", "durée", "duración"),
    ),
    "songwriter": (
        *("songwriter", "songwriters", "writer", "writers", "written by", "composer lyricist", "lyricist composer"),
        *("composer author", "author composer", "composers authors", "words and music", "music and words"),
        *("composer(s)/lyricist(s)", "Komponist und Texter", "Komponist/Texter", "Autoren", "Urheber", "Autor"),
        *("auteur-compositeur", "auteurs-compositeurs", "compositor y letrista", "autor y compositor", "autores"),
    ),
    "composer": (
        *("composer", "composers", "composed by", "music by", "Komponist", "Komponistin", "Komponisten", "Musik von"),
        *("Komponistinnen", "Komposition", "compositeur", "compositeurs", "compositrice", "musique de"),
        *("compositor", "compositora", "compositores", "música de"),
    ),
    "composer_sort": ("composer sort", "sort composer", "composer sort name", "composer sort order"),
    "lyricist": (
        *("lyricist", "lyricists", "lyrics by", "words by", "author", "authors", "text by", "Texter", "Texterin"),
        *("Textdichter", "Text von", "Texte von", "parolier", "paroliers", "auteur", "auteurs", "paroles de"),
        *("letrista", "letristas", "letra de"),
    ),
    "arranger": (
        *("arranger", "arrangers", "arranged by", "Arrangeur", "Arrangeurin", "Arrangement", "arrangé par"),
        *("arreglista", "arreglistas", "arreglos"),
    ),
    "producer": (
        *("producer", "producers", "produced by", "record producer", "Produzent", "Produzentin", "Produzenten"),
        *("réalisateur", "réalisé par", "productor", "productora", "productores", "producido por"),
    ),
    "engineer": (
        *("engineer", "engineers", "recording engineer", "sound engineer", "recorded by", "engineered by"),
        *("Toningenieur", "Tonmeister", "Tontechnik", "Aufnahme", "aufgenommen von", "ingénieur du son"),
        *("ingénieur", "enregistré par", "ingeniero", "ingeniero de sonido", "grabado por"),
    ),
    "mixer": (
        *("mixer", "mixers", "mixed by", "mixing engineer", "mix engineer", "Mischung", "gemischt von"),
        *("mixage", "mixé par", "mezcla", "mezclado por"),
    ),
    "performers": (
        *("performers", "performer", "musicians", "musician", "musician credits", "performed by", "line-up"),
        *("Musiker", "Musikerinnen", "Mitwirkende", "Besetzung", "musiciens", "músicos"),
    ),
    "genre": (
        *("genre", "genres", "main genre", "primary genre", "style", "Musikrichtung", "Stilrichtung", "Hauptgenre"),
        *("genre principal", "género", "género principal", "estilo"),
    ),
    SUBGENRE: (
        *("subgenre", "sub genre", "secondary genre", "alternate genre", "Untergenre", "Zweitgenre"),
        *("sous-genre", "genre secondaire", "subgénero", "género secundario"),
    ),
    "language": (
        *("language", "lyrics language", "lyric language", "language of lyrics", "audio language", "vocal language"),
        *("language of performance", "recording language", "Sprache", "Textsprache", "Gesangssprache"),
        *("langue", "langue des paroles", "idioma", "idioma de la letra", "lengua"),
    ),
    "copyright": (
        *("C line", "(C)", "©", "copyright", "copyright line", "C line text", "C-Zeile", "C-Vermerk"),
        *("Copyright-Vermerk", "ligne C", "línea C"),
    ),
    "phonogram": (
        *("P line", "(P)", "℗", "phonogram", "phonographic copyright", "phonogram line", "P line text"),
        *("phonographic line", "P-Zeile", "P-Vermerk", "ligne P", "línea P"),
    ),
    "album.title": (
        *("album title", "album", "album name", "release", "release title", "release name", "product title"),
        *("product", "product name", "Albumtitel", "Albumname", "Produkttitel", "titre de l'album", "nom de l'album"),
        *("título del álbum", "nombre del álbum", "título del lanzamiento"),
    ),
    "album.title_sort": ("album title sort", "album sort", "sort album"),
    "album.version": (
        *("album version", "release version", "edition", "product version", "Ausgabe", "édition"),
        *("version de l'album", "edición", "versión del álbum"),
    ),
    "album.artist": (
        *("album artist", "release artist", "product artist", "album artist name", "album main artist"),
        *("album primary artist", "release primary artist", "release main artist", "Albumkünstler", "Albuminterpret"),
        *("artiste de l'album", "artista del álbum"),
    ),
    "album.artist_sort": ("album artist sort", "sort album artist", "album artist sort name"),
    "album.artists": ("album artists", "release artists", "album primary artists", "release primary artists"),
    "album.kind": (
        *("kind", "release type", "product type", "album type", "type", "Produktart", "Veröffentlichungsart"),
        *("Art der Veröffentlichung", "type de sortie", "tipo de lanzamiento"),
    ),
    "album.compilation": ("compilation", "is compilation", "sampler", "Kompilation", "compilación", "recopilación"),
    "album.upc": (
        *("UPC", "EAN", "UPC/EAN", "EAN/UPC", "barcode", "bar code", "GTIN", "JAN", "ICPN", "UPC code", "EAN code"),
        *("UPC number", "UPC/EAN code", "barcode number", "release UPC", "Strichcode", "EAN-Nummer", "code-barres"),
        *("code barre", "code UPC", "código de barras", "código UPC"),
    ),
    "album.catalogue_number": (
        *("catalogue number", "catalog number", "catalogue no", "catalog no", "cat no", "cat", "cat number"),
        *("catalogue", "catalog", "catalogue ID", "release catalogue number", "release catalog number", "catno"),
        *("Katalognummer", "Katalog-Nr", "Bestellnummer", "Best.-Nr.", "numéro de catalogue", "référence"),
        *("référence catalogue", "número de catálogo", "referencia"),
    ),
    "album.label": (
        *("label", "label name", "record label", "imprint", "Plattenfirma", "Plattenlabel", "Labelname"),
        *("maison de disques", "sello", "sello discográfico", "discográfica"),
    ),
    "album.release_date": (
        *("release date", "date of release", "street date", "digital release date", "sales start date", "date"),
        *("on sale date", "Veröffentlichungsdatum", "Veröffentlichung", "VÖ", "VÖ-Datum", "Erscheinungsdatum"),
        *("Releasedatum", "Datum", "date de sortie", "date de parution", "fecha de lanzamiento", "fecha"),
        *("fecha de publicación", "fecha de salida"),
    ),
    "album.original_date": (
        *("original release date", "original date", "first release date", "original year", "original release year"),
        *("Erstveröffentlichung", "Erstveröffentlichungsdatum", "Datum der Erstveröffentlichung"),
        *("date de sortie originale", "date originale", "fecha original", "fecha de lanzamiento original"),
    ),
    "album.cover": (
        *("cover", "cover file", "cover art", "artwork", "artwork file", "artwork file name", "cover file name"),
        *("image file", "Coverdatei", "Titelbild", "pochette", "fichier de la pochette", "portada", "carátula"),
    ),
}
OF_ALBUM = ("album", "release", "product", "Produkt", "Veröffentlichung", "álbum", "lanzamiento", "sortie")
"""What stands above or before the name of a column that is about the album."""
OF_TRACK = ("track", "tracks", "song", "songs", "recording", "Titel", "Lied", "piste", "titre", "pista", "canción")
"""And about a track."""
