"""The installed command's door: `glassmaster`, or `python -m glassmaster`."""

import sys

from ._rooms import claim

INTERNAL = 70  # EX_SOFTWARE, as the command line's other internal errors


def main() -> None:
    """Run the command line with this program's own packages, and end the process with its exit code."""
    try:
        claim()
    except ImportError as error:  # its words say what is in the way
        sys.exit(_told(error))
    from pipeline.__main__ import end_with_main as run

    run()


def _told(error: ImportError) -> int:
    if sys.stderr:
        sys.stderr.write(f"glassmaster: {error}".encode("ascii", "backslashreplace").decode() + "\n")
    return INTERNAL


if __name__ == "__main__":
    main()
