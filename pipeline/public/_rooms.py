"""The packages that this program consists of, imported from where it is installed, whatever lies on the path.

Their names are generic: a folder called `albums` in the working directory or on PYTHONPATH would be taken for one.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Lock

_claiming = Lock()  # a package that one thread is importing must not be taken for whole by another
ROOMS = ("albums", "profiles", "formats", "pipeline")  # each imports only those before it


def claim() -> None:
    """Import the rooms from beside this package; raises ImportError where another package bears such a name already."""
    root = _root()
    with _claiming:
        for room in ROOMS:
            _claim(room, root / room / "__init__.py")


def _claim(room: str, place: Path) -> None:
    known = sys.modules.get(room)
    if known is None:
        spec = spec_from_file_location(room, place, submodule_search_locations=[str(place.parent)])
        if spec is None or spec.loader is None:
            raise ImportError(f"{place} cannot be imported: Glassmaster is not installed whole", name=room)
        sys.modules[room] = module_from_spec(spec)
        try:
            spec.loader.exec_module(sys.modules[room])
        except BaseException:
            del sys.modules[room]
            raise
    elif Path(known.__file__ or "").resolve() != place:
        found = known.__file__ or "a folder without an __init__.py"
        raise ImportError(f"Glassmaster needs the name {room!r}, which another package has: {found}", name=room)


def _root() -> Path:
    """The folder in which the rooms lie: a checkout, or where packages are installed."""
    here = Path(__file__).resolve()
    found = (folder for folder in here.parents if all((folder / room / "__init__.py").is_file() for room in ROOMS))
    root = next(found, None)
    if root is None:
        raise ImportError(
            f"none of the packages {', '.join(ROOMS)} lies beside {here.parent}: install Glassmaster anew"
        )
    return root
