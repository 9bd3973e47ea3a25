"""One Opus file per track, tagged, with the cover inside and beside the tracks.

Laid end to end the tracks are as long as the programme, to the sample. Opus is 48 kHz and nothing else.

Source: RFC 6716 and 7845; `formats._shared.tags.table` for the names of the tags.
"""

from functools import partial

from formats._lossy import ogg_file, tracks

FILES = tracks.Files("opus", ".opus", partial(ogg_file.tag, "opus"), partial(ogg_file.opened, "opus"))

check, texts, write, read = FILES.check, FILES.texts, FILES.write, FILES.read
