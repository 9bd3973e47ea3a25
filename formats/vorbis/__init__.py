"""One Vorbis file per track, tagged, with the cover inside and beside the tracks.

Laid end to end the tracks are as long as the programme, to the sample. The encoder needs none of the sound around a
track, so none is given.

Source: Xiph.Org, "Vorbis I specification"; `formats._shared.tags.table` for the names of the tags.
"""

from functools import partial

from formats._lossy import lossy_file, ogg_file, tracks
from formats._shared.tags.tagged import TaggedTracks

TRACKS = TaggedTracks(
    ".ogg",
    lambda _: partial(ogg_file.tag, "vorbis"),
    partial(ogg_file.opened, "vorbis"),
    lossy_file.blocks,
    partial(ogg_file.sound, "vorbis"),
)
FILES = tracks.Files("vorbis", TRACKS)

check, texts, write, read = FILES.check, FILES.texts, FILES.write, TRACKS.read
as_stated, state_loudness, retag = TRACKS.as_stated, TRACKS.state_loudness, TRACKS.retag
