"""The installed command's door: `glassmaster`, or `python -m glassmaster`."""

from ._rooms import claim


def main() -> None:
    """Run the command line with this program's own packages, and end the process with its exit code."""
    claim()
    from pipeline.__main__ import main as run

    run()


if __name__ == "__main__":
    main()
