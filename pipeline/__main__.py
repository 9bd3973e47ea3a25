"""The command line's door: `glassmaster`, or `python -m pipeline`.

It imports nothing of weight before it can be stopped, so that Ctrl-C in the first second ends as quietly as later.
"""

import os
import sys
from contextlib import suppress

from pipeline.system import memory
from pipeline.system.processes.ending import Ending

INTERNAL, STOPPED = 70, 130  # as pipeline.cli.options has them, which is too heavy to import first


def end_with_main() -> None:
    """Run the command line and end the process, soon, with its exit code: it has no other use."""
    ending = Ending()
    try:
        main()
    except SystemExit as ended:
        ending.soon(ended.code if isinstance(ended.code, int) else INTERNAL)
        raise


def main() -> None:
    """Run the command line; raises SystemExit with its exit code."""
    words = sys.argv[1:]
    try:
        _fill_standard_descriptors()
        memory.share()
        from pipeline.cli.app import run

        code = run(words)
    except KeyboardInterrupt:
        code = STOPPED
    except Exception as error:  # before there is a command line that could tell of it
        from pipeline.cli.internal_errors import reported

        reported(error, words)
        code = INTERNAL
    except BaseExceptionGroup:  # with an interrupt in it: without one it is an Exception
        code = STOPPED
    if code == STOPPED:
        with suppress(OSError, ValueError, AttributeError):
            sys.stderr.write("Stopped. Nothing unfinished was put in place; the next run takes up what is finished.\n")
            sys.stderr.flush()
        os._exit(code)  # at once: threads that still wait have nothing left to do
    sys.exit(code)


def _fill_standard_descriptors() -> None:
    """Let those that the caller closed go nowhere: else the next file that is opened would be taken for them."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest number that is free: this one


if __name__ == "__main__":
    end_with_main()
