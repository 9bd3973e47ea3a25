"""What DDEX calls things: the allowed values of ERN 4.3 for codecs, credits, voices and instruments, as tables.

Source: DDEX Data Dictionary, the sets ContributorRole, InstrumentType, AudioCodecType and ContainerFormat of ERN 4.3.
Which of their words a credit of ours is, is ours to say; what has no word of theirs is given in its own.
"""

from dataclasses import dataclass

USER_DEFINED = "UserDefined"


@dataclass(frozen=True)
class AudioKind:
    """What a file of a deliverable's format is to DDEX; `holds_bits` where its samples have a number of bits."""

    suffix: str
    codec: str
    container: str = ""
    holds_bits: bool = False
    own_codec: str = ""
    """What the codec is called where DDEX has no word for it."""


KINDS = {
    "aac": AudioKind(".m4a", "AAC", "MP4"),
    "broadcast-wav": AudioKind(".wav", "PCM", "WAV", holds_bits=True),
    "flac": AudioKind(".flac", "FLAC", holds_bits=True),
    "mp3": AudioKind(".mp3", "MP3"),
    "opus": AudioKind(".opus", USER_DEFINED, "Ogg", own_codec="Opus"),
    "vorbis": AudioKind(".ogg", "Vorbis", "Ogg"),
    "wav": AudioKind(".wav", "PCM", "WAV", holds_bits=True),
}
"""By a profile's format: those that are a file for each track."""
IMAGES = {".jpg": "JPEG", ".png": "PNG"}
RELEASE_TYPES = {"album": "Album", "ep": "EP", "single": "Single"}
WARNINGS: dict[bool | str, str] = {True: "Explicit", "clean": "ExplicitContentEdited", False: "NotExplicit"}
ROLES = (
    ("songwriter", "ComposerLyricist"),
    ("composer", "Composer"),
    ("lyricist", "Lyricist"),
    ("arranger", "Arranger"),
    ("producer", "StudioProducer"),
    ("engineer", "Engineer"),
    ("mixer", "Mixer"),
)
"""Each field of a track's credits, and the role that it is."""
PERFORMER, MUSICIAN = "Performer", "Musician"
VOICES = {
    "vocals": "Vocalist",
    "vocal": "Vocalist",
    "voice": "Vocalist",
    "singer": "Vocalist",
    "lead vocals": "LeadVocalist",
    "lead vocal": "LeadVocalist",
    "lead singer": "LeadVocalist",
    "backing vocals": "BackgroundVocalist",
    "backing vocal": "BackgroundVocalist",
    "background vocals": "BackgroundVocalist",
    "harmony vocals": "BackgroundVocalist",
    "choir": "Choir",
    "conductor": "Conductor",
    "orchestra": "Orchestra",
    "ensemble": "Ensemble",
    "soloist": "Soloist",
    "dj": "DJ",
    "narrator": "Narrator",
    "programming": "Programmer",
}
"""What performers have in brackets that is a role and no instrument."""
_WORDS = (
    "Accordion Bandoneon Concertina Melodeon AcousticBassGuitar Bass ElectricBassGuitar FretlessBassGuitar UprightBass "
    "DrumMachine DrumKit 12-StringGuitar AcousticGuitar BaritoneGuitar DobroGuitar ElectricGuitar Guitar "
    "LapSteelGuitar PedalSteelGuitar TenorGuitar Celesta Clavichord Clavinet ElectricPiano Harpsichord Keyboard "
    "Mellotron Rhodes ElectricOrgan HammondOrgan Organ PipeOrgan PumpOrgan JewsHarp Kazoo MusicBox Omnichord ToyPiano "
    "Turntable Bodhran BodyPercussion Bongos Cabasa Cajon Castanet Chimes Claves Congas Cowbell Cymbals Djembe "
    "FingerSnaps Glockenspiel Gong HandBells HandClaps Kalimba Maracas Marimba Shaker SleighBells SnareDrum Spoons "
    "SteelDrums Tabla Taiko Tambourine Timbales Timpani Triangle Vibraphone Washboard WindChimes WoodBlock Xylophone "
    "Fortepiano GrandPiano Piano PreparedPiano UprightPiano 5-StringBanjo Autoharp Balalaika Banjo BaroqueViolin "
    "Biwa Bouzouki Cello Charango Cimbalom Cuatro DoubleBass Erhu Fiddle HammeredDulcimer HardangerFiddle Harp "
    "HurdyGurdy Kora Koto Lute Lyre Mandola Mandolin Nyckelharpa Oud Pipa Psaltery Santoor Sarangi Sarod Shamisen "
    "Sitar Tanpura Theorbo Ukulele Viol Viola Violin Zither SynthBass Synthesizer AltoClarinet AltoFlute "
    "AltoSaxophone Bagpipes Bansuri BaritoneSaxophone BassClarinet BassFlute Bassoon BassSaxophone BassTrombone Bugle "
    "Clarinet Contrabassoon Cornet Didgeridoo Duduk EnglishHorn Euphonium Flugelhorn Flute FrenchHorn Harmonica "
    "Melodica Oboe Ocarina PanFlute PiccoloFlute Recorder Saxophone Shakuhachi SopranoSaxophone Sousaphone "
    "TenorSaxophone TinWhistle Trombone Trumpet Tuba UilleanPipes"
)
OTHERWISE = {
    "drums": "DrumKit",
    "drumset": "DrumKit",
    "bassguitar": "ElectricBassGuitar",
    "electricbass": "ElectricBassGuitar",
    "contrabass": "DoubleBass",
    "keyboards": "Keyboard",
    "keys": "Keyboard",
    "guitars": "Guitar",
    "synth": "Synthesizer",
    "synthesiser": "Synthesizer",
    "hammond": "HammondOrgan",
    "rhodespiano": "Rhodes",
    "coranglais": "EnglishHorn",
    "horn": "FrenchHorn",
    "piccolo": "PiccoloFlute",
    "sax": "Saxophone",
    "altosax": "AltoSaxophone",
    "tenorsax": "TenorSaxophone",
    "sopranosax": "SopranoSaxophone",
    "baritonesax": "BaritoneSaxophone",
    "pedalsteel": "PedalSteelGuitar",
    "percussion": "PercussionInstrument",
    "violoncello": "Cello",
    "turntables": "Turntable",
}
"""Instruments as sleeves call them, where DDEX calls them otherwise."""


def _plain(words: str) -> str:
    return "".join(letter for letter in words.casefold() if letter.isalnum())


INSTRUMENTS = {_plain(name): name for name in _WORDS.split()} | OTHERWISE


def role_of(words: str) -> str | None:
    """The role that the words in a performer's brackets are; None for an instrument."""
    return VOICES.get(" ".join(words.casefold().replace("-", " ").split()))


def instrument_of(words: str) -> str | None:
    """DDEX's word for an instrument, however its parts are joined; None where it is not in the table."""
    return INSTRUMENTS.get(_plain(words))
