"""The stages of a run over an opened album, for those who watch it."""

from collections.abc import Sequence

from pipeline.cli.shown.stages import MEASURED, RENDERED, Piece, Stage
from pipeline.intake.album_mixes import AlbumMixes
from pipeline.mastering.job import passes
from pipeline.system.times import clock
from profiles import Profile

MEASURING, RENDERING = "measuring", "rendering"


def stages_of(opened: AlbumMixes, profiles: Sequence[Profile] = ()) -> list[Stage]:
    """Hashed, measured and decided; and where it is to be rendered to `profiles`, rendered and certified."""
    stretches = {stretch.mix.piece: max(0.0, stretch.duration_s) for stretch in opened.stretches}
    beside = {mix.piece: mix.frames / mix.rate_hz for mix in (*opened.references, *opened.pregaps)}
    labels = {mix.piece: track.title for mix, track in zip(opened.mixes, opened.album.tracks, strict=True)}
    labels |= {mix.piece: mix.path.name for mix in (*opened.references, *opened.pregaps)}
    lengths_s = stretches | beside
    measured = {name: Piece(labels[name], MEASURED * length_s) for name, length_s in lengths_s.items()}
    what = _counted(len(measured), "recording")
    sound = f"{what}, {clock(sum(lengths_s.values()))} of sound"
    stages = [
        Stage("hashing", f"hashing {what}"),
        Stage(MEASURING, f"measuring {sound}", measured),
        Stage("deciding", "deciding"),
    ]
    if profiles:
        sound_s = RENDERED * sum(stretches.values())
        rendered = {each.name: Piece(each.name, passes(len(each.checked_codecs)) * sound_s) for each in profiles}
        what = _counted(len(rendered), "deliverable")
        stages.append(Stage(RENDERING, f"rendering {what}: {', '.join(rendered)}", rendered))
        stages.append(Stage("certifying", "certifying"))
    return stages


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"
