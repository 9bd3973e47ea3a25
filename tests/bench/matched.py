"""One track through matchering, in a Python that has it.

`python tests/bench/matched.py TARGET REFERENCE OUT`. The module is imported by name, as Glassmaster does not need it.
"""

import sys
from importlib import import_module


def match(target: str, reference: str, out: str) -> None:
    """`target` made to sound like `reference`, which may be the same file, as a 24-bit WAV at 44.1 kHz."""
    matchering = import_module("matchering")
    config = matchering.Config(allow_equality=True)
    matchering.process(target, reference, [matchering.pcm24(out)], config=config)


if __name__ == "__main__":
    match(*sys.argv[1:])
