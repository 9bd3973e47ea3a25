"""Where Prefect keeps the results that it remembers, and how much of ours is kept there.

Prefect is told by `GLASSMASTER_CACHE`, see `pipeline.flows`. Where it keeps results elsewhere than in a folder, nothing
of ours lies there, and whoever keeps them bounds them.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prefect.settings import get_current_settings

from pipeline.flows.cache_keys import program
from pipeline.system.result_cache import mark_used
from pipeline.system.result_cache.bounds import bounds_in
from pipeline.system.result_cache.pruning import prune_hourly


def cache_folder() -> Path:
    """The folder as Prefect's settings have it; there may be none yet."""
    return get_current_settings().results.local_storage_path.expanduser()


@contextmanager
def bounded_cache() -> Iterator[None]:
    """A run, after which the cache is kept within its bounds; raises Refusal before it where those make no sense."""
    bounds = bounds_in(os.environ)
    yield
    prune_hourly(cache_folder(), bounds, program())


def about_to_be_used(keys: Iterable[str]) -> None:
    """Have what is remembered under `keys` count as used: reading it does not, and what is used is not removed."""
    mark_used(cache_folder(), keys)
