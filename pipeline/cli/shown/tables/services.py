"""What people see of what streaming services will play: a row for each service and mode, and what is uncertain."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.cli.shown.door import Styled, output, telling
from pipeline.cli.shown.tables.sheet import Column, Sheet, figure
from pipeline.reporting.services import Playback, Played, PlayedTrack, assumptions
from profiles.services import Service

LEAD = (Column("service"), Column("mode", texts=True))
MORE = (
    Column("target", "LUFS"),
    Column("gain", "dB"),
    Column("loudest", "LUFS"),
    Column("softest", "LUFS"),
    Column("arc", "kept"),
    Column("held by", "peak, dB"),
    Column("limiter", "dB over"),
    Column("certainty"),
    Column("assumed"),
)


def playback_document(playback: Playback) -> dict[str, Any]:
    """What services play of one deliverable, for a machine; figures to a hundredth, `arc_kept` 1 for all of it."""
    master = playback.master
    return {
        "integrated_lufs": master.integrated_lufs,
        "arc_lu": round(master.arc_lu, 2),
        "services": [_document(each) for each in playback.played],
        "lacking": [f"{service.name} ({service.mode})" for service in playback.lacking],
    }


def _document(each: Played) -> dict[str, Any]:
    kept = each.arc_kept
    return {
        **each.service.model_dump(mode="json"),
        "arc_lu": round(each.arc_lu, 2),
        "arc_kept": None if kept is None else round(kept, 2),
        "loudest": each.loudest.track,
        "softest": each.softest.track,
        "held_db": round(each.held_db, 2),
        "over_limiter_db": round(each.over_limiter_db, 2),
        "tracks": [_track_document(track) for track in each.tracks],
    }


def _track_document(track: PlayedTrack) -> dict[str, Any]:
    return {
        "track": track.track,
        "gain_db": round(track.gain_db, 2),
        "integrated_lufs": round(track.integrated_lufs, 2),
        "held_db": round(track.held_db, 2),
        "over_limiter_db": round(track.over_limiter_db, 2),
    }


def print_playbacks(found: Mapping[str, Playback], left_out: Mapping[str, str], known: Sequence[Service]) -> None:
    """A table for each deliverable that services play; then what the others are, and what was assumed."""
    assumed = assumptions(known)
    for name, playback in found.items():
        output.show(Sheet(_title(name, playback), LEAD, MORE, [_row(each, assumed) for each in playback.played]))
        if playback.lacking:
            lacking = ", ".join(f"{service.name} ({service.mode})" for service in playback.lacking)
            words = "the certificate, of an earlier version, does not hold the album's loudness; not told"
            output.say("  ", Styled("note", "cyan"), f" {name}: {words}: {lacking}")
    for name, why in left_out.items():
        output.say("  ", Styled("note", "cyan"), f" {name} {why}")
    if found and not telling.quiet:
        for text, number in assumed.items():
            output.say(f"  {number}  assumed: {text}")
        days = [service.read for service in known]
        output.say(
            "  What a service's limiter takes off is not reckoned; it acts on what is over it by true peak, at most."
        )
        output.say(
            f"  Sources: profiles/services.toml, read {min(days)} to {max(days)}; services change without notice."
        )


def _title(name: str, playback: Playback) -> str:
    master = playback.master
    whole = f"{figure(master.integrated_lufs)} LUFS as an album, " if master.integrated_lufs is not None else ""
    return f"{name}: {whole}{master.arc_lu:.1f} LU from the softest track to the loudest"


def _row(each: Played, assumed: Mapping[str, int]) -> tuple[str, ...]:
    service, (least, most) = each.service, (f"{gain_db:+z.1f}" for gain_db in each.gains_db)
    return (
        service.name,
        service.mode,
        "–" if service.target_lufs is None else f"{service.target_lufs:g}",
        least if least == most else f"{least} to {most}",
        figure(each.loudest.integrated_lufs),
        figure(each.softest.integrated_lufs),
        "–" if each.arc_kept is None else f"{100 * each.arc_kept:.0f}%",
        figure(each.held_db or None),
        f"{each.over_limiter_db:+.1f}" if each.over_limiter_db else "–",
        service.certainty,
        ", ".join(str(assumed[text]) for text in service.assumed),
    )
