"""What all tests have: hypothesis untimed, an album folder, an album measured and one delivered."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support.music import AlbumFolder, three_songs

# A developer's own config holds for no test, nor for the processes that tests begin.
os.environ["GLASSMASTER_CONFIG"] = os.devnull

# No assertion is timed: a slow or busy machine fails nothing. The suite draws the same examples every time, so that the
# same code passes or fails; a campaign (`make fuzz`) draws new ones.
settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize="GLASSMASTER_FUZZ" not in os.environ,
)
settings.load_profile("untimed")


@pytest.fixture
def album_folder(tmp_path):
    return AlbumFolder(tmp_path / "album")


@pytest.fixture(scope="session")
def measured(tmp_path_factory):
    """Three songs, measured once for all tests."""
    from tests.support.sessions import session

    return session(three_songs(tmp_path_factory.mktemp("measured") / "album").folder)


@pytest.fixture(scope="session")
def finished(measured, tmp_path_factory):
    """Where the three songs lie as delivered, for all tests: to be copied, never to be changed."""
    out = tmp_path_factory.mktemp("finished")
    measured.deliver(out, *(measured.plan(name) for name in ("cd-wav", "streaming", "vinyl-12in-33")))
    return out
