"""The command line's door: `glassmaster`, or `python -m pipeline`.

It imports nothing of weight before it can be stopped, so that Ctrl-C in the first second ends as quietly as later.
"""

import os
import sys

from pipeline.system import memory

STOPPED = 130  # as pipeline.cli.app has it, which is too heavy to import first


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        memory.share()
        from pipeline.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = STOPPED
    if code == STOPPED:
        sys.stderr.write("Stopped. Nothing unfinished was put in place; the next run takes up what is finished.\n")
        sys.stderr.flush()
        os._exit(code)  # at once: threads that still wait have nothing left to do
    sys.exit(code)


if __name__ == "__main__":
    main()
