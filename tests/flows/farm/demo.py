"""`make farm`: PostgreSQL, Prefect's server and two workers on this machine, twelve small albums, and all taken down.

`python -m tests.flows.farm.demo [--albums 12]`
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.support.farm import farm
from tests.support.inbox import good

LOOK_S = 2.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--albums", type=int, default=12)
    albums = parser.parse_args().albums
    with tempfile.TemporaryDirectory() as name, farm(Path(name)) as there:
        for number in range(1, albums + 1):
            good(there.inbox / f"album-{number:02}", number)
        for worker in ("one", "two"):
            there.hire(worker, "rush", "night")
        there.hire("desk", "desk", limit=2)
        began_s, run = time.monotonic(), there.ask("batch/batch")
        told = -1
        while there.state(run) not in ("Completed", "Failed", "Crashed", "Cancelled"):
            done = len([*there.out.glob("*/certificate.json")])
            if done != told:
                sys.stdout.write(f"{time.monotonic() - began_s:5.0f} s: {done} of {albums} albums\n")
                sys.stdout.flush()
                told = done
            time.sleep(LOOK_S)
        document = json.loads((there.out / "batch.json").read_text())
        sys.stdout.write(f"{json.dumps(document, indent=1)}\n")
        if len(document["delivered"]) != albums:
            sys.exit("not all were delivered")


if __name__ == "__main__":
    main()
