"""One Broadcast WAV per track for archives and broadcasters, with all that is known of it before its samples.

The tracks are cut from the programme at its marks, as `formats.flac` cuts them. A file larger than 4 GiB is an RF64.

Source: EBU Tech 3285; ITU-R BS.2088-1; `formats.broadcast_wav.chunks` for what stands where.
"""

from functools import partial

from formats._shared.tags.loudness import broadcast
from formats._shared.tags.tagged import TaggedTracks
from formats.broadcast_wav import wav_file

TRACKS = TaggedTracks(
    ".wav", lambda _: wav_file.tag, wav_file.opened, wav_file.blocks, wav_file.sound, notation=broadcast
)

check, texts, read = TRACKS.check, TRACKS.texts, TRACKS.read
write = partial(TRACKS.write_lossless, write=wav_file.write)
as_stated, state_loudness, retag = TRACKS.as_stated, TRACKS.state_loudness, TRACKS.retag
