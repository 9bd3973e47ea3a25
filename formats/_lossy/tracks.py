"""Lossy tracks of a programme: cut, encoded, tagged, and read back as one programme.

The whole programme is written to a temporary file first, in the one pass that it is taken in: a track in a segue is
encoded with sound of the tracks beside it.
"""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from albums import Album
from albums.faults import Fault, refuse
from formats._lossy.lossy_file import BITS, LossyFile
from formats._shared import cover
from formats._shared.file_names import track_file_name
from formats._shared.pcm import fitting
from formats._shared.programme import Layout, Programme, canonical_bytes, counted
from formats._shared.tags import id3, tagged
from formats._shared.tags.pairs import pairs
from formats._shared.tags.pairs import texts as said_of
from formats._shared.tags.tagged import TaggedTracks
from formats.codecs import FRAME_BYTES, TrackSpan, codec_faults, encode_exact, tracks_of
from formats.codecs.pieces import copy_piece
from profiles.codecs import Codec, Kind, codec_named

RATES_HZ: dict[Kind, tuple[int, ...]] = {
    "aac": (44100, 48000), "mp3": (44100, 48000), "opus": (48000,), "vorbis": (44100, 48000),
}  # fmt: skip
LARGEST_WAV_BYTES = 2**32 - 1 - 128  # pydub hands FFmpeg a WAV; the bytes left are for its head


@dataclass(frozen=True)
class Files:
    """One kind of lossy file, and its tracks. The methods are those of `formats.Format`."""

    kind: Kind
    tracks: TaggedTracks[LossyFile]

    def check(self, album: Album, layouts: Sequence[Layout]) -> tuple[Fault, ...]:
        """What all tagged tracks are checked for, and refusals for an encoder that is missing and a track that is too
        long; notes on texts that ID3v2.3 holds otherwise.
        """
        unfit = [fault for layout in layouts for fault in _unfit(self.kind, layout)]
        unlike = [note for layout in layouts[:1] for note in id3.notes(said_of(album), layout.id3)]
        return (*self.tracks.check(album, layouts), *unfit, *unlike)

    def texts(self, album: Album, layouts: Sequence[Layout]) -> dict[str, str]:
        """The texts as `tagged.texts` has them, in the form that the files hold."""
        return id3.held(tagged.texts(album), layouts[0].id3)

    def write(self, folder: Path, album: Album, programmes: Sequence[Programme]) -> None:
        """Write the tracks and the cover into `folder`, in one pass over the programme.

        Raises Refusal with what `check` refuses or what cannot be encoded, ValueError when the programme is not as its
        layout says.
        """
        layouts = [programme.layout for programme in programmes]
        refuse(self.check(album, layouts))
        art, said = cover.of_album(album), tagged.texts(album)
        codec, rate_hz = codec_named(layouts[0].codec), layouts[0].rate_hz
        with TemporaryDirectory(dir=folder, prefix=".encoding-") as temporary:
            whole = Path(temporary, "programme.raw")
            _spool(programmes[0], whole)

            def write_track(track: TrackSpan) -> None:
                own = Path(temporary, str(track.number))
                samples = own / "track.raw"
                own.mkdir()
                _copy(whole, samples, track)
                path = encode_exact(samples, rate_hz, [codec], own, track.lead, track.tail)[codec]
                samples.unlink()
                self.tracks.tag(layouts[0])(path, pairs(said, track.number, len(album.tracks)), art)
                path.rename(folder / track_file_name(album, track.number, self.tracks.suffix, layouts[0].names))

            with ThreadPoolExecutor(os.cpu_count()) as pool:  # each waits for a process of its own
                deque(pool.map(write_track, tracks_of(layouts[0])), maxlen=0)
        cover.write_beside(folder, art)


def _unfit(kind: Kind, layout: Layout) -> Iterator[Fault]:
    try:
        codec = codec_named(layout.codec)
    except ValueError as error:
        yield Fault("", str(error))
        return
    if codec.kind != kind:
        yield Fault("", f"the codec is {codec.name}; wanted one of {kind}")
        return
    if layout.bits != BITS or layout.rate_hz not in RATES_HZ[kind]:
        rates = " or ".join(map(str, RATES_HZ[kind]))
        yield Fault("", f"{layout.rate_hz} Hz and {layout.bits} bits; {codec.title} is made from {rates} and {BITS}")
    yield from codec_faults([codec])
    if layout.marks:
        yield from _too_long(layout, codec)


def _too_long(layout: Layout, codec: Codec) -> Iterator[Fault]:
    longest = LARGEST_WAV_BYTES // FRAME_BYTES
    for track in tracks_of(layout):
        frames = track.lead + track.stop - track.start + track.tail
        if frames > longest:
            words = f"lasts {frames / layout.rate_hz / 60:.0f} min; {codec.title} is encoded from"
            yield Fault(f"tracks[{track.number}]", f"{words} {longest / layout.rate_hz / 60:.0f} min at most")


def _spool(programme: Programme, whole: Path) -> None:
    """Write the programme's samples to `whole`, in the upper bits of an int32 as they are encoded from."""
    with whole.open("wb") as file:
        for block in counted(programme.blocks(), programme.layout.frames):
            file.write(canonical_bytes(fitting(block, BITS) << (32 - BITS)))


def _copy(whole: Path, samples: Path, track: TrackSpan) -> None:
    """Write what `track` is encoded from, with the sound around it, to `samples`."""
    begin, end = track.start - track.lead, track.stop + track.tail
    with whole.open("rb") as source, samples.open("wb") as file:
        copy_piece(source, begin * FRAME_BYTES, (end - begin) * FRAME_BYTES, file)
