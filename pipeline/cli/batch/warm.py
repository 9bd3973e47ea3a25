"""The process from which those of a batch's albums are forked: all of the program imported, its kernels loaded.

To begin an album's process by itself takes some five seconds of a processor, of which this leaves next to nothing.
"""

from pipeline.cli.batch.child import work
from pipeline.system import memory
from pipeline.system.processes.ending import Ending
from pipeline.system.processes.fork_server import serve_forks


def main() -> None:
    """Get ready, and fork until standard input ends."""
    ending = Ending()
    memory.share()
    _get_ready()
    serve_forks(lambda: work(ending))


def _get_ready() -> None:
    import pipeline.batch.admission
    import pipeline.cli.master
    import pipeline.cli.shown.tables.certificate
    import pipeline.flows.master
    import pipeline.reporting.report  # noqa: F401
    from pipeline.flows.pieces import import_engines
    from pipeline.mastering import compile_kernels

    import_engines()
    compile_kernels.main()
