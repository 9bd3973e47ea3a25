"""One AAC file (MP4, `.m4a`) per track, tagged, with the cover inside and beside the tracks.

Laid end to end the tracks are as long as the programme, to the sample. A track in a segue is encoded with the sound
around it, and its edit list says which part is heard, so that the joint is as clean as the rest.

Source: ISO 14496-3 and 14496-12; `formats._shared.tags.table` for the names of the tags.
"""

from formats._lossy import lossy_file, tracks
from formats._shared.tags.tagged import TaggedTracks
from formats.aac import mp4_file

TRACKS = TaggedTracks(".m4a", lambda _: mp4_file.tag, mp4_file.opened, lossy_file.blocks, mp4_file.sound)
FILES = tracks.Files("aac", TRACKS)

check, texts, write, read = FILES.check, FILES.texts, FILES.write, TRACKS.read
as_stated, state_loudness, retag = TRACKS.as_stated, TRACKS.state_loudness, TRACKS.retag
