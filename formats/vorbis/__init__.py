"""One Vorbis file per track, tagged, with the cover inside and beside the tracks.

Laid end to end the tracks are as long as the programme, to the sample. The encoder needs none of the sound around a
track, so none is given.

Source: Xiph.Org, "Vorbis I specification"; `formats._shared.tags.table` for the names of the tags.
"""

from functools import partial

from formats._lossy import ogg_file, tracks

FILES = tracks.Files("vorbis", ".ogg", partial(ogg_file.tag, "vorbis"), partial(ogg_file.opened, "vorbis"))

check, texts, write, read = FILES.check, FILES.texts, FILES.write, FILES.read
