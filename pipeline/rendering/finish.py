"""From an assembled programme to what is delivered: driven and limited, then quantised with its dither.

The two are apart, since what comes between them, where codecs need room, is found by trial.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import formats
from pipeline.dsp.decibels import amplitude
from pipeline.dsp.gain_reduction import GainReduction
from pipeline.dsp.types import Block
from pipeline.plan.plan import Plan
from pipeline.plan.sequence import PlannedProgramme
from pipeline.processors.dither import Spans, quantise, seed_from
from pipeline.processors.limiter import limit
from pipeline.rendering.assembly_cache import AssembledProgramme
from pipeline.rendering.blanks import blank_spans
from pipeline.rendering.limiter_ceiling import limiter_ceiling_dbtp
from pipeline.system.parallel import processors


@dataclass(frozen=True)
class Finish:
    """How a programme is quantised: to `bits`, with `dither` from `seed`.

    `blank` and `alike` are as `pipeline.processors.dither.quantise` has them.
    """

    bits: int
    dither: str
    seed: int
    blank: Spans
    alike: Spans

    def __call__(self, blocks: Iterator[Block], start: int = 0) -> Iterator[formats.Block]:
        """The programme's `blocks` from frame `start` on as integers."""
        return quantise(blocks, self.bits, self.dither, self.seed, blank=self.blank, alike=self.alike, start=start)


def finish_of(plan: Plan, programme: PlannedProgramme, assembled: AssembledProgramme) -> Finish:
    """How one of the programmes of `plan` is quantised."""
    seed = seed_from(str(plan.dither_seed), programme.side or f"{programme.disc or ''}")
    pcm = plan.profile.pcm
    return Finish(pcm.bits, pcm.dither, seed, blank_spans(plan, programme), assembled.mono)


def limited(plan: Plan, assembled: AssembledProgramme, drive_db: float, reduction: GainReduction) -> Iterator[Block]:
    """The programme driven, and limited where its profile says so; what that takes off goes to `reduction`."""
    blocks = driven(assembled.samples(), amplitude(drive_db))
    if not plan.profile.level.limiter:
        return blocks
    ceiling_dbtp = limiter_ceiling_dbtp(plan.profile)
    return limit(blocks, plan.rate_hz, ceiling_dbtp, reduction=reduction, workers=processors())


def driven(blocks: Iterable[NDArray[np.float32]], factor: float) -> Iterator[Block]:
    """Blocks of an assembled programme in double precision, times `factor`."""
    for block in blocks:
        yield block * np.float64(factor)
