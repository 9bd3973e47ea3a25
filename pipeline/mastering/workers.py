"""A job's work done by threads of this process, nothing remembered from one job to the next."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from albums.faults import Fault, Refusal, refuse
from pipeline.analysis.analysis import Analysis
from pipeline.deliverables.make import Receipt, assembly_cache_in
from pipeline.intake.album_mixes import AlbumSources
from pipeline.intake.mixes import Source
from pipeline.mastering.job import Job
from pipeline.mastering.measuring import measure_mix
from pipeline.mastering.steps import Decided, Measured, Order, decide_job, make_deliverable
from pipeline.system.parallel import processors
from pipeline.system.progress import JobProgress

Piece = TypeVar("Piece")
Result = TypeVar("Result", covariant=True)


class ThreadWorkers:
    """As many threads as there are processors; `work` is told of each piece, and may stop it."""

    def __init__(self, work: JobProgress | None = None) -> None:
        """Without `work`, progress is not told and nothing stops the job."""
        self._work = work or JobProgress()

    def measure(self, recordings: Sequence[Source]) -> list[Analysis]:
        """Each recording measured."""
        return self._all(lambda recording: measure_mix(recording, self._work), recordings)

    def decide(self, job: Job, sources: AlbumSources, measured: Measured) -> Decided:
        """The plans, by this very thread."""
        return decide_job(job, sources, measured)

    def deliver(self, orders: Sequence[Order]) -> list[Receipt]:
        """Each order made; what several begin from is made once."""
        with assembly_cache_in(orders[0].out, [order.plan for order in orders]) as cache:
            return self._all(lambda order: make_deliverable(order, self._work, cache), orders)

    def _all(self, function: Callable[[Piece], Result], pieces: Sequence[Piece]) -> list[Result]:
        """`function` of every piece, in their order; raises Refusal with the faults of all that refused.

        Whatever else ends it, an interrupt of the host for one, ends the pieces that are still at work as well.
        """
        with ThreadPoolExecutor(processors()) as pool:
            futures = [pool.submit(function, piece) for piece in pieces]
            try:
                return gathered(futures)
            except Refusal:
                raise
            except BaseException:
                self._work.stop.set()
                pool.shutdown(cancel_futures=True)
                raise


class Outcome(Protocol[Result]):
    """What a piece of work comes to: a future of threads, or of Prefect."""

    def result(self) -> Result:
        """What it returned; what it raised is raised."""


def gathered(outcomes: Sequence[Outcome[Result]]) -> list[Result]:
    """The results of all pieces, in their order; raises Refusal with the faults of all that refused."""
    results, faults = list[Result](), list[Fault]()
    for outcome in outcomes:
        try:
            results.append(outcome.result())
        except Refusal as refusal:
            faults += refusal.faults
    refuse(faults)
    return results
