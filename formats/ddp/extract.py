"""A DDP fileset from any writer, taken apart into tracks."""

import shutil
from collections.abc import Callable
from pathlib import Path

from albums.faults import Fault, Refusal, refuse
from formats import ddp
from formats._shared.files import of_disc
from formats.ddp import Fileset, track_files

Advance = Callable[[float], None]


def extract(folder: Path, out: Path, advance: Advance = lambda _: None) -> tuple[Fileset, ...]:
    """Write each disc in `folder` as tagged WAVs and a CUE sheet into `out`, whole or not at all; what was read.

    Several discs go into folders of their own. Raises Refusal where `out` holds something already, and with every fault
    that makes a fileset unfit. `advance` is told the seconds that are written, and may raise to stop.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refusal([Fault(str(out), "is there already; --out wants a new or an empty folder")])
    filesets = ddp.inspect(folder)
    refuse(fault for fileset in filesets for fault in fileset.faults)
    aside = out.with_name(f".{out.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        for fileset in filesets:
            here = of_disc(aside, fileset.disc)
            here.mkdir(parents=True)
            track_files.write(here, fileset.programme().telling(advance), fileset.texts)
        if out.exists():
            out.rmdir()
        aside.rename(out)
    except OSError as error:
        raise Refusal([Fault(str(out), f"cannot be written: {error.strerror or error}")]) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return filesets
