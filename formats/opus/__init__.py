"""One Opus file per track, tagged, with the cover inside and beside the tracks.

Laid end to end the tracks are as long as the programme, to the sample. Opus is 48 kHz and nothing else.

Source: RFC 6716 and 7845; `formats._shared.tags.table` for the names of the tags.
"""

from functools import partial

from formats._lossy import lossy_file, ogg_file, tracks
from formats._shared.tags.loudness import r128
from formats._shared.tags.tagged import TaggedTracks

TRACKS = TaggedTracks(
    ".opus",
    lambda _: partial(ogg_file.tag, "opus"),
    partial(ogg_file.opened, "opus"),
    lossy_file.blocks,
    partial(ogg_file.sound, "opus"),
    r128,
)
FILES = tracks.Files("opus", TRACKS)

check, texts, write, read = FILES.check, FILES.texts, FILES.write, TRACKS.read
as_stated, state_loudness, retag = TRACKS.as_stated, TRACKS.state_loudness, TRACKS.retag
