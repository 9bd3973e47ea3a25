"""One FLAC per track for distributors and stores, tagged, with the cover inside and beside the tracks.

The tracks are cut from the programme at its marks, so that laid end to end they are the programme, sample for sample;
a pause is the end of the track before it, and the first file begins where the programme does.

Source: RFC 9639; `formats._shared.tags.table` for the names of the tags.
"""

from functools import partial

from formats._shared.tags.tagged import TaggedTracks
from formats.flac import flac_file

TRACKS = TaggedTracks(".flac", lambda _: flac_file.tag, flac_file.opened, flac_file.blocks, flac_file.sound)

check, texts, read = TRACKS.check, TRACKS.texts, TRACKS.read
write = partial(TRACKS.write_lossless, write=flac_file.write)
as_stated, state_loudness, retag = TRACKS.as_stated, TRACKS.state_loudness, TRACKS.retag
