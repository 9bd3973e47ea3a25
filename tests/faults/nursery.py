"""A process below the interposer, everything imported and an album decided on, that forks a child for each fault.

It is asked on standard input, a line of JSON a case, and answers with a line each: how the child ended, what it said,
and how many operations on files there were.
"""

import ctypes
import json
import os
import signal
import sys
import traceback
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from albums.faults import Refusal, refuse
from pipeline.deliverables.approval import approval_state
from pipeline.deliverables.approval.decide import approve
from pipeline.deliverables.output_folder import earlier_certificate, held, obstacles
from pipeline.deliverables.verify import verify
from pipeline.intake.album_mixes import AlbumSources, hash_recordings
from pipeline.mastering import steps
from pipeline.mastering.opening import open_album
from pipeline.mastering.steps import Decided, Measured
from pipeline.mastering.workers import ThreadWorkers
from pipeline.reporting import report  # noqa: F401 - imported before the first fork
from profiles import load_all

DONE, REFUSED, BROKEN = 0, 2, 70
NIGHT = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Ready:
    """An album that waits for nothing but to be delivered."""

    sources: AlbumSources
    measured: Measured
    decided: Decided

    def at_drive(self, drive_db: float) -> "Ready":
        """The same with another level, so that every file of sound differs."""
        plans = tuple(plan.model_copy(update={"drive_db": drive_db}) for plan in self.decided.plans)
        return replace(self, decided=replace(self.decided, plans=plans))

    def deliver(self, out: Path) -> None:
        """As `steps.master_here` does it once all is decided."""
        with held(out):
            earlier = earlier_certificate(out)
            names = [plan.profile.name for plan in self.decided.plans]
            refuse(obstacles(out, names, earlier))
            receipts = steps.deliver(self.sources, self.measured, self.decided, out, ThreadWorkers())
            steps.certify(self.sources, self.measured, self.decided, receipts, out, earlier)


def ready(album: Path, names: list[str]) -> Ready:
    """The album in the folder `album`, measured and decided on."""
    sources = hash_recordings(open_album(album))
    measured = steps.measure(sources, ThreadWorkers())
    spacing = steps.sequence(sources, measured)
    return Ready(sources, measured, steps.decide(load_all(names, ()), spacing, sources, measured))


def in_a_child(case: dict[str, Any], album: Ready) -> dict[str, Any]:
    """Deliver in a child whose operation number `case["number"]` fails as `case["mode"]` says; how that ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        signal.alarm(120)
        code, words = _deliver(case, album)
        count = ctypes.CDLL(None).fault_count()
        os.write(writer, json.dumps({"code": code, "words": words, "count": count}).encode())
        os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {**(json.loads(said) if said else {"code": None, "words": "", "count": 0}), "signal": killed}


def _deliver(case: dict[str, Any], album: Ready) -> tuple[int, str]:
    out = Path(case["out"])
    try:
        ctypes.CDLL(None).fault_arm(os.fsencode(out), case["number"], case["mode"])
        if case["do"] == "verify":
            return (DONE, "") if verify(out).passed else (1, "does not hold")
        if case["do"] == "approve":
            state = approval_state(out)
            approve(out, "Ann", state.certificate_sha256 if state else "", when=NIGHT)
            return DONE, ""
        album.at_drive(case["drive_db"]).deliver(out)
    except Refusal as refusal:
        return REFUSED, str(refusal)
    except BaseException:
        return BROKEN, traceback.format_exc()
    return DONE, ""


def main() -> None:
    """Answer until standard input ends."""
    album = ready(Path(sys.argv[1]), sys.argv[2:])
    print("{}", flush=True)  # noqa: T201 - this is how it is spoken with
    for line in sys.stdin:
        print(json.dumps(in_a_child(json.loads(line), album)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
