"""`glassmaster check`: the manifest and the mixes, judged."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli import console
from pipeline.cli.options import BAD_INPUT, PASSED, AlbumFolder, AsJson, working

if TYPE_CHECKING:
    from pipeline.intake.album_mixes import AlbumSources
    from pipeline.mastering.steps import Measured


def check(album: AlbumFolder, as_json: AsJson = False) -> None:
    """Validate the manifest and judge the mixes: damage, channels, codecs, levels, lengths. Renders nothing."""
    from pipeline.cli.tables import print_mixes
    from pipeline.mastering.check import check_album
    from pipeline.mastering.workers import ThreadWorkers

    with working() as work:
        found = check_album(album, ThreadWorkers(work))
    if as_json:
        document = {"passed": found.passed, **_document(found.sources, found.measured)}
        console.print_json({**document, "faults": console.fault_document(found.faults)})
    else:
        print_mixes(found.sources.album, found.sources.mixes, found.measured.mixes)
    console.print_faults(found.faults)
    raise typer.Exit(PASSED if found.passed else BAD_INPUT)


def _document(sources: "AlbumSources", measured: "Measured") -> dict[str, Any]:
    from pipeline.deliverables.figures import figures_of, whole_figures

    tracks = [
        {"track": n, "title": t.title, "mix": t.mix, "rate_hz": s.mix.own.rate_hz, "encoding": s.mix.encoding,
         "duration_s": round(s.duration_s, 3), "word_length_bits": a.word_length_bits, **figures_of(a).model_dump(),
         "defects": [asdict(defect) for defect in a.defects.faults]}
        for n, (t, s, a) in enumerate(zip(sources.album.tracks, sources.mixes, measured.mixes, strict=True), start=1)
    ]  # fmt: skip
    return {"album": whole_figures(measured.mixes).model_dump(), "tracks": tracks}
