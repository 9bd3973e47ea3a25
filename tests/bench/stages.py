"""Where the main job's processor time goes: its stages in one process, one after the other, each timed alone.

`python -m tests.bench.stages ALBUM [WARM_UP]` prints processor seconds by stage and deliverable; `WARM_UP` is another
album, gone through first, so that kernels are loaded. Stages hand each other files here, where the main job has some of
them run together over blocks that are never kept; to keep what it does not is not counted. Of the renders that a
deliverable may need, one is made. Not counted either: imports, Prefect, plots and the report. An assembled programme
that deliverables share counts for the one that needs it first.
"""

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from blake3 import blake3

import albums
import formats
import profiles
from albums import Album
from pipeline.analysis.analysis import analyse
from pipeline.deliverables.audit import read_back
from pipeline.deliverables.files import files_in
from pipeline.dsp.decibels import amplitude
from pipeline.dsp.types import Block
from pipeline.intake.album_mixes import hash_recordings, open_recordings
from pipeline.mastering.plans import plans_for
from pipeline.plan.plan import Plan
from pipeline.processors.dither import quantise, seed_from
from pipeline.processors.limiter import limit
from pipeline.rendering.assembly_cache import AssembledProgramme, AssemblyCache
from pipeline.rendering.finish import driven
from pipeline.rendering.limiter_ceiling import limiter_ceiling_dbtp
from pipeline.rendering.render import drive_search
from pipeline.sequencing.album_sequence import sequence_album
from pipeline.system.spool import SpooledStream, spool_to_disk

Item = TypeVar("Item")

STAGES = ("hash", "measure", "decide", "mix down", "find the drive", "limit", "quantise", "digest", "write", "audit")
ONCE = "once"  # beside the deliverables: what is done for all together


class Clock:
    """Processor seconds of this process, by stage and by the deliverable that they went into."""

    def __init__(self) -> None:
        self.cpu_s: defaultdict[tuple[str, str], float] = defaultdict(float)

    @contextmanager
    def __call__(self, stage: str, deliverable: str) -> Iterator[None]:
        start_s = time.process_time()
        yield
        self.cpu_s[stage, deliverable] += time.process_time() - start_s

    def making(self, stage: str, deliverable: str, blocks: Iterable[Item]) -> Iterator[Item]:
        """`blocks`, timed while they are made, and not while they are used."""
        source = iter(blocks)
        while True:
            with self(stage, deliverable):
                block = next(source, None)
            if block is None:
                return
            yield block


def time_stages(folder: Path, scratch: Path) -> Clock:
    """The time of every stage of the album in `folder`; `scratch` is an empty folder."""
    album, clock = albums.load(folder), Clock()
    wanted = profiles.load_all(album.deliverables, (folder / "profiles",))
    with clock("hash", ONCE):
        used = hash_recordings(open_recordings(album)).mixes
    with clock("measure", ONCE):
        before = [analyse(source.blocks(), source.mix.rate_hz) for source in used]
    with clock("decide", ONCE):
        plans, _ = plans_for(sequence_album(album, used, [None] * len(used), before), wanted, before)
    cache, mixes = AssemblyCache(scratch / "assembled", plans), [source.mix for source in used]
    for plan in plans:
        with clock("mix down", plan.profile.name):
            assembled = [cache.assembled(plan, programme, mixes) for programme in plan.programmes]
        with tempfile.TemporaryDirectory(dir=scratch) as aside:
            _time_deliverable(clock, album, plan, assembled, Path(aside))
    return clock


def _time_deliverable(
    clock: Clock, album: Album, plan: Plan, assembled: Sequence[AssembledProgramme], aside: Path
) -> None:
    """From assembled programmes to files: the drive found, one render at it, written and opened again."""
    name, kind, staged = plan.profile.name, formats.named(plan.profile.format), aside / "staged"
    staged.mkdir()
    with clock("find the drive", name):
        drive_db = _drive_db(plan, assembled)
    programmes = [
        formats.Programme(layout, _samples(clock, plan, layout, driven(each.samples(), amplitude(drive_db)), aside))
        for layout, each in zip(plan.layouts, assembled, strict=True)
    ]
    with clock("write", name):
        kind.write(staged, album, programmes)
    with clock("audit", name):
        read_back(staged, album, plan)
    with clock("hash", name):
        files_in(staged, aside)


def _drive_db(plan: Plan, assembled: Sequence[AssembledProgramme]) -> float:
    """The drive that the first render of the main job is made at."""
    search = drive_search(plan, assembled)
    drive_db: float = next(iter(search))
    return drive_db


def _samples(
    clock: Clock, plan: Plan, layout: formats.Layout, heard: Iterable[Block], aside: Path
) -> SpooledStream[np.int32]:
    """A programme limited, quantised and hashed, one after the other."""
    name = plan.profile.name
    if plan.profile.level.limiter:
        limited = clock.making("limit", name, limit(heard, plan.rate_hz, limiter_ceiling_dbtp(plan.profile)))
        heard = driven(spool_to_disk(aside / "limited", limited, np.float32)(), 1.0)
    seed = seed_from(str(plan.dither_seed), layout.side)
    integers = quantise(iter(heard), layout.bits, plan.profile.pcm.dither, seed)
    made = spool_to_disk(aside / f"{layout.side}.samples", clock.making("quantise", name, integers), np.int32)
    digest = blake3()
    with clock("digest", name):
        for block in made():
            digest.update(formats.canonical_bytes(block))
    return made


def print_table(clock: Clock) -> None:
    """A line for each stage, a column for each deliverable, sums at the ends."""
    columns = list(dict.fromkeys(column for _, column in clock.cpu_s))
    together_s = sum(clock.cpu_s.values())
    print(f"{'CPU s':16}" + "".join(f"{column:>15}" for column in (*columns, "together", "%")))
    for stage in STAGES:
        stage_s = [clock.cpu_s.get((stage, column), 0.0) for column in columns]
        print(f"{stage:16}" + "".join(f"{each:15.2f}" if each else f"{'':15}" for each in stage_s), end="")
        print(f"{sum(stage_s):15.2f}{100.0 * sum(stage_s) / together_s:15.1f}")
    sums_s = [sum(spent for (_, found), spent in clock.cpu_s.items() if found == column) for column in columns]
    print(f"{'together':16}" + "".join(f"{each:15.2f}" for each in (*sums_s, together_s)))


def main() -> None:
    album, *warm_ups = map(Path, sys.argv[1:])
    for each in (*warm_ups, album):
        with tempfile.TemporaryDirectory(dir=album.parent) as scratch:
            clock = time_stages(each, Path(scratch))
    print_table(clock)


if __name__ == "__main__":
    main()
