"""The night shift of a label on one machine: deployments served, the inbox watched, people told.

It asks a lasting Prefect server, which keeps schedules and runs while this process is restarted, as this one goes on
while the server is.
"""

import asyncio
import os
import sys
from contextlib import closing
from threading import Event, Thread
from typing import Any

from prefect import get_client
from prefect.blocks.core import Block
from prefect.blocks.webhook import Webhook
from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.settings import get_current_settings
from prefect.types.entrypoint import EntrypointType

from albums import Ddex
from albums.faults import Fault, Refusal
from pipeline.batch.config import Delivery, ServeConfig
from pipeline.delivery.requests import Packaging
from pipeline.flows import notices
from pipeline.flows.deployments import NAMES, album, asked_of_albums, batch, sweep
from pipeline.flows.farm.recovery import dead_mans_switch, ensure_rules, notice, recovery_rules, webhook
from pipeline.flows.server.named_server import NamedServer
from pipeline.flows.watch_folder import WatchFolder
from pipeline.settings.schema import NO_SETTINGS, Settings
from pipeline.settings.travelling import packed
from pipeline.system.progress import SilentWatcher

SWEEP_S = 300.0


def serve_night_shift(config: ServeConfig, settings: Settings = NO_SETTINGS) -> None:
    """Serve until this process is ended; raises Refusal where there is no lasting server, or a block is not there.

    Every album is opened with the user's `settings`, as they are now: whatever machine takes a run has them with it.
    """
    if not get_current_settings().api.url:
        words = (
            "names no server, and a schedule wants one that lasts: run `prefect server start`, and set it to its URL"
        )
        raise Refusal([Fault("PREFECT_API_URL", words)])
    with closing(NamedServer(SilentWatcher())) as server:
        server.answer()
    blocks = notices.blocks_named(config.notify.blocks)
    parameters = album_parameters(config, settings)
    with get_client(sync_client=True) as client:
        for name in NAMES:
            ensure_rules(client, name, recovery_rules())
        if blocks:
            switch = dead_mans_switch(*map(_told, blocks), within_h=config.notify.ends_within_h)
            ensure_rules(client, "batch", [switch])
    stop = Event()
    if config.watch:
        watch = WatchFolder(asked_of_albums(parameters), parameters, config.watch.still_s)
        Thread(target=watch.run, args=(config.watch.every_s, stop), daemon=True).start()
    try:
        asyncio.run(_serve(deployments(config, parameters), config.workers))
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()


async def _serve(served: list[RunnerDeployment], workers: int) -> None:
    runner = _Runner(name="glassmaster", limit=workers, pause_on_shutdown=False)
    for deployment in served:
        await runner.aadd_deployment(deployment)
    await runner.start()


class _Runner(Runner):
    """Prefect's runner, which a termination ends at once: its schedules go on, and so do the runs that it has begun."""

    def handle_sigterm(self, *_: Any, **__: Any) -> None:
        """End this process; Prefect would write of an error in its own loop."""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(0)


def album_parameters(config: ServeConfig, settings: Settings = NO_SETTINGS) -> dict[str, Any]:
    """What every run of an album is given, but for its name; raises Refusal where settings cannot be sent."""
    return {
        "inbox": str(config.inbox),
        "out": str(config.out) if config.out else None,
        "approval": config.approval,
        "notify": list(config.notify.blocks),
        "deliver_to": config.delivery.to if config.delivery else "",
        "credentials": config.delivery.credentials if config.delivery else "",
        "packaging": _packaging(config.delivery),
        "move_originals": config.move_originals,
        **packed(settings),
    }


def _packaging(delivery: Delivery | None) -> dict[str, Any] | None:
    """How masters are packed, as plain JSON; None where nothing is said of it."""
    if delivery is None or (delivery.package == "folder" and delivery.ddex == Ddex()):
        return None
    packaging = Packaging(kind=delivery.package, ddex=delivery.ddex, schemas=delivery.schemas)
    return packaging.model_dump(mode="json", exclude_defaults=True)


def deployments(config: ServeConfig, parameters: dict[str, Any]) -> list[RunnerDeployment]:
    """The three, as they are registered: found by every process of this program by their module."""
    where: dict[str, Any] = {"entrypoint_type": EntrypointType.MODULE_PATH, "tags": ["glassmaster"]}
    cron = config.schedule.cron
    schedule = Cron(cron, timezone=config.schedule.timezone) if cron else None
    still_s = config.watch.still_s if config.watch else 0.0
    swept = {"still_s": still_s, "album_parameters": parameters}
    made: list[Any] = [
        batch.to_deployment("batch", schedule=schedule, parameters={**parameters, "workers": config.workers}, **where),
        album.to_deployment("album", parameters=parameters, **where),
        sweep.to_deployment("sweep", interval=SWEEP_S, parameters=swept, **where),
    ]
    return made


def _told(block: Block) -> Any:
    assert block._block_document_id is not None  # noqa: S101 - it was loaded from the server
    return (webhook if isinstance(block, Webhook) else notice)(block._block_document_id)
