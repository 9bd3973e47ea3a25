"""An inbox that is watched: an album is taken once, when all that its manifest names is there and has been still.

It runs in the process that serves the deployments; a server that is gone for a while is waited for.
"""

import logging
import os
from collections.abc import Mapping
from threading import Event
from typing import Any

from prefect import get_client

from pipeline.batch.child_process import ChildProcess, Order
from pipeline.batch.inbox import InboxAlbum
from pipeline.batch.request import Request, remembered_outcome
from pipeline.batch.stillness import Stillness, fingerprint, is_ready
from pipeline.flows.album_runs import AlbumRuns

log = logging.getLogger("glassmaster.watch")


class WatchFolder:
    """A watch over the inbox of `request`; albums get runs with `parameters`."""

    def __init__(self, request: Request, parameters: Mapping[str, Any], still_s: float) -> None:
        """Nothing has been seen."""
        self._request, self._parameters = request, parameters
        self._stillness = Stillness(still_s)
        self._taken = dict[str, str]()

    def run(self, every_s: float, stop: Event) -> None:
        """Look again and again until `stop` is set; what goes wrong is logged, and tried again."""
        while not stop.wait(every_s):
            try:
                self.look()
            except Exception as error:  # the server is being restarted, the disk is away for a while
                log.warning("The inbox could not be looked at: %s: %s", type(error).__name__, error)

    def look(self) -> list[str]:
        """Look once; the names of the albums that got a run."""
        albums = {album.name: album for album in self._request.albums()}
        made = []
        for name, found in self._stillness.still(list(albums.values())).items():
            if self._taken.get(name) == found or albums[name].is_held:
                continue
            is_taken = self._takes(albums[name])
            if fingerprint(albums[name].folder) != found:
                continue  # it grew while it was looked at
            if is_taken:
                with get_client(sync_client=True) as client:
                    AlbumRuns(client, self._parameters).made(albums[name])
                log.info("Taken: %s", name)
                made.append(name)
            self._taken[name] = found
        return made

    def _takes(self, album: InboxAlbum) -> bool:
        """Whether it is to be mastered now: it is whole, or somebody says so who will want to know what it lacks."""
        if remembered_outcome(self._request, album):
            return False
        return is_ready(album.folder) or (album.album is not None and _is_whole(album))


def _is_whole(album: InboxAlbum) -> bool:
    """Whether all its recordings can be opened: found out by a process of its own, since they come from strangers."""
    child = ChildProcess(Order(str(album.folder), "", looks=True), os.environ)
    try:
        return child.listen(lambda _: None).code == 0
    finally:
        child.close()
