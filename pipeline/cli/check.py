"""`glassmaster check`: the manifest and the mixes, judged."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli.naming import album_folder
from pipeline.cli.options import BAD_INPUT, PASSED, AlbumFolder, AsJson, working
from pipeline.cli.shown import door
from pipeline.cli.shown.run_stages import stages_of
from pipeline.mastering.opening import open_album
from pipeline.settings.schema import NO_SETTINGS, Settings

if TYPE_CHECKING:
    from pipeline.intake.album_mixes import AlbumSources
    from pipeline.mastering.steps import Measured


def check(album: AlbumFolder, as_json: AsJson = False, settings: Settings = NO_SETTINGS) -> None:
    """Validate the manifest and judge the mixes: damage, channels, codecs, levels, lengths. Renders nothing."""
    opened = open_album(album_folder(album), settings)
    with working(stages_of(opened)) as (work, _):
        from pipeline.mastering.check import check_opened
        from pipeline.mastering.workers import ThreadWorkers

        found = check_opened(opened, ThreadWorkers(work), settings)
    if as_json:
        document = {"passed": found.passed, **_document(found.sources, found.measured)}
        door.print_json({**document, "faults": door.fault_document(found.faults)})
    else:
        _print(found.sources, found.measured, passed=found.passed)
    door.print_faults(found.faults)
    raise typer.Exit(PASSED if found.passed else BAD_INPUT)


def _print(sources: "AlbumSources", measured: "Measured", *, passed: bool) -> None:
    from pipeline.cli.shown.tables.album import print_mixes

    if not door.telling.quiet:
        print_mixes(sources.album, sources.mixes, measured.mixes)
    verdict = door.Styled("passed", "green") if passed else door.Styled("refused", "red")
    words = "nothing stands in the way of mastering it" if passed else "it cannot be mastered as it is"
    door.output.say(verdict, f"  {sources.album.release.title}: {words}.")


def _document(sources: "AlbumSources", measured: "Measured") -> dict[str, Any]:
    from pipeline.deliverables.figures import figures_of, whole_figures

    tracks = [
        {"track": n, "title": t.title, "mix": t.mix, "rate_hz": s.mix.own.rate_hz, "encoding": s.mix.encoding,
         "duration_s": round(s.duration_s, 3), "word_length_bits": a.word_length_bits, **figures_of(a).model_dump(),
         "defects": [asdict(defect) for defect in a.defects.faults]}
        for n, (t, s, a) in enumerate(zip(sources.album.tracks, sources.mixes, measured.mixes, strict=True), start=1)
    ]  # fmt: skip
    return {"album": whole_figures(measured.mixes).model_dump(), "tracks": tracks}
