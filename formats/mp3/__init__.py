"""One MP3 per track, tagged, with the cover inside and beside the tracks.

Laid end to end the tracks are as long as the programme, to the sample. A track in a segue is encoded with the sound
around it, and its Info tag says which part is heard, so that the joint is as clean as the rest.

Source: ISO 11172-3; `formats._shared.tags.table` for the names of the tags.
"""

from functools import partial

from formats._lossy import lossy_file, tracks
from formats._shared.tags.tagged import TaggedTracks
from formats.mp3 import id3_file

TRACKS = TaggedTracks(
    ".mp3", lambda layout: partial(id3_file.tag, version=layout.id3), id3_file.opened, lossy_file.blocks, id3_file.sound
)
FILES = tracks.Files("mp3", TRACKS)

check, texts, write, read = FILES.check, FILES.texts, FILES.write, TRACKS.read
as_stated, state_loudness, retag = TRACKS.as_stated, TRACKS.state_loudness, TRACKS.retag
