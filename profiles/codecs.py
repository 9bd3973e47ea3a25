"""Lossy codecs as profiles name them: a kind and one number, `aac-256`, `mp3-v0`, `vorbis-q5`, `opus-128`."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["aac", "mp3", "opus", "vorbis"]
MP3_KBPS = (64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # ISO 11172-3, 2.4.2.3: layer III, in stereo
LEAST_KBPS, MOST_KBPS = (
    {"aac": 64, "opus": 48},
    {"aac": 320, "opus": 320},
)  # taste: what stereo music is sold and sent at
_NAME = re.compile(r"(?:(aac|mp3|opus)-([1-9][0-9]{1,2}))|(?:(mp3)-v([0-9]))|(?:(vorbis)-q([0-9]|10))")
_FROM_100 = "[12][0-9]{2}|3[01][0-9]|320"
PATTERN = (
    rf"^(aac-(6[4-9]|[7-9][0-9]|{_FROM_100})|opus-(4[89]|[5-9][0-9]|{_FROM_100})"
    rf"|mp3-({'|'.join(map(str, MP3_KBPS))}|v[0-9])|vorbis-q([0-9]|10))$"
)
"""What `codec_named` takes, for a schema."""
WANTED = (
    "aac-N with N from 64 to 320 kbit/s, opus-N from 48 to 320, "
    f"mp3-N of {', '.join(map(str, MP3_KBPS))}, mp3-v0 to mp3-v9, or vorbis-q0 to vorbis-q10"
)


@dataclass(frozen=True)
class Codec:
    """A lossy codec at one setting: a bit rate in kbit/s, or where `kbps` is None a `quality` of the encoder's own."""

    name: str
    kind: Kind
    kbps: int | None
    quality: int | None

    @property
    def title(self) -> str:
        """As people say it: "AAC 256 kbit/s", "MP3 V0", "Vorbis q5"."""
        kind = {"aac": "AAC", "mp3": "MP3", "opus": "Opus", "vorbis": "Vorbis"}[self.kind]
        return (
            f"{kind} {self.kbps} kbit/s" if self.kbps else f"{kind} {'V' if self.kind == 'mp3' else 'q'}{self.quality}"
        )


def codec_named(name: str) -> Codec:
    """The codec called `name`; raises ValueError for a name that is none."""
    found = _NAME.fullmatch(name)
    if found and found[1] and _is_bit_rate(found[1], int(found[2])):
        return Codec(name, _kind(found[1]), int(found[2]), None)
    if found and not found[1]:
        return Codec(name, _kind(found[3] or found[5]), None, int(found[4] or found[6]))
    raise ValueError(f"{name!r} is no codec; wanted {WANTED}")


def _is_bit_rate(kind: str, kbps: int) -> bool:
    return kbps in MP3_KBPS if kind == "mp3" else LEAST_KBPS[kind] <= kbps <= MOST_KBPS[kind]


def _kind(word: str) -> Kind:
    kinds: dict[str, Kind] = {"aac": "aac", "mp3": "mp3", "opus": "opus", "vorbis": "vorbis"}
    return kinds[word]
