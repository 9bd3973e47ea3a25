"""What a lasting Prefect server can be asked to do: a batch over an inbox, one album of it, a sweep.

Parameters are plain JSON, to be seen and changed on Prefect's page. None holds a secret: notification blocks and the
block with what an address asks for are given by name.
"""

import json
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial, wraps
from pathlib import Path
from threading import Event
from typing import Any, ParamSpec

from prefect import flow, get_client, get_run_logger, runtime, tags
from prefect.artifacts import create_link_artifact
from prefect.blocks.core import Block
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Crashed, Failed

from albums import Approval
from albums.faults import Fault, Refusal
from pipeline.batch.afterwards import Afterwards, Sending
from pipeline.batch.night import SilentBatchWatcher
from pipeline.batch.outcome import Outcome, Outcomes
from pipeline.batch.request import AnotherBatchError, Request
from pipeline.delivery.requests import Packaging
from pipeline.flows import notices
from pipeline.flows.album_runs import runs_for_settled, work_off
from pipeline.flows.batch import run_album, run_batch
from pipeline.flows.cache_folder import cache_folder
from pipeline.flows.farm.poison import refuse_poison
from pipeline.flows.farm.recovery import ensure_rules, recovery_rules
from pipeline.flows.farm.sweep import sweep_runs
from pipeline.settings.travelling import unpacked
from pipeline.system.memory import available_bytes
from pipeline.system.progress import Stopped

With = ParamSpec("With")

ALBUM_PARAMETERS = (
    *("inbox", "out", "approval", "notify", "deliver_to", "credentials", "packaging", "move_originals"),
    *("config", "profiles"),
)
NAMES = ("album", "batch")  # of the flows that a sweep takes up again


def asked(
    inbox: str,
    out: str | None = None,
    workers: int = 1,
    approval: Approval | None = None,
    deliver_to: str = "",
    credentials: str = "",
    packaging: dict[str, Any] | None = None,
    move_originals: bool = False,
    config: Mapping[str, Any] | None = None,
    profiles: Mapping[str, str] | None = None,
) -> Request:
    """What the parameters of a run ask for; `config` and `profiles` are as in `settings.travelling`."""
    sending = None
    if deliver_to:
        packed = Packaging.model_validate_json(json.dumps(packaging or {}))
        sending = Sending(deliver_to, cache_folder(), approval == "required", partial(_options, credentials), packed)
    afterwards = Afterwards(sending, Path(inbox) if move_originals else None)
    settings = unpacked(config, profiles, cache_folder())
    places = Path(inbox), cache_folder(), Path(out) if out else None
    return Request(*places, workers, None, approval, afterwards, settings)


def asked_of_albums(parameters: Mapping[str, Any]) -> Request:
    """The same, by the parameters that the runs of albums have."""
    return asked(**{name: value for name, value in parameters.items() if name != "notify"})


def _options(credentials: str) -> Mapping[str, Any]:
    """What a block holds that an address asks for: its secrets under the names of its fields, as fsspec takes them."""
    if not credentials:
        return {}
    block: Any = Block.load(credentials)
    value = block.get() if hasattr(block, "get") else block.model_dump()
    if not isinstance(value, Mapping):
        words = "is no block that holds names and values; a Secret of JSON is one"
        raise Refusal([Fault(f"credentials: {credentials!r}", words)])
    return {name: getattr(each, "get_secret_value", lambda each=each: each)() for name, each in value.items()}


def _stopped_as_asked(work: Callable[With, State[Any]]) -> Callable[With, State[Any]]:
    """`work`, whose run is cancelled where a person has stopped it, and else, as with its worker, is to be taken up."""

    @wraps(work)
    def done(*args: With.args, **given: With.kwargs) -> State[Any]:
        try:
            return work(*args, **given)
        except Stopped:
            with get_client(sync_client=True) as client:
                state = client.read_flow_run(runtime.flow_run.id).state
            if state and state.is_cancelling():
                return Cancelled(message="Stopped. Nothing unfinished was put in place.")
            return Crashed(message="Its worker was stopped. Nothing unfinished was put in place; it is taken up again.")

    return done


@flow(name="batch", flow_run_name=lambda: f"night of {datetime.now(UTC):%Y-%m-%d %H:%M}")
@_stopped_as_asked
def batch(
    inbox: str,
    out: str | None = None,
    workers: int = 1,
    approval: Approval | None = None,
    notify: list[str] | None = None,
    deliver_to: str = "",
    credentials: str = "",
    packaging: dict[str, Any] | None = None,
    move_originals: bool = False,
    as_runs: bool = False,
    config: dict[str, Any] | None = None,
    profiles: dict[str, str] | None = None,
) -> State[Any]:
    """Every album of an inbox. `as_runs`: a run of its own for each, for whatever machine takes it; else done here.

    `config` has the keys of a user's config, `profiles` more profiles, each as the text of its file.
    """
    refuse_poison()
    sent = (deliver_to, credentials, packaging, move_originals)
    request = asked(inbox, out, workers, approval, *sent, config, profiles)
    try:
        with _stopped_by_termination() as stop:
            if as_runs:
                parameters = _album_parameters(runtime.flow_run.parameters)
                outcomes = work_off(request, parameters, str(runtime.flow_run.id), stop)
                notices.night_table(outcomes)
            else:
                outcomes = run_batch(request, available_bytes(), SilentBatchWatcher(), stop)
    except AnotherBatchError as refusal:
        return Completed(name="Skipped", message=str(refusal))
    subject, text = notices.of_the_morning(outcomes)
    _tell_of(outcomes, notify or (), subject, text, each_told=as_runs)
    return Completed(message=subject, data=outcomes.document.json_document())


def _tell_of(outcomes: Outcomes, notify: Sequence[str], subject: str, text: str, *, each_told: bool) -> None:
    """Log and notify of a batch, and of each album that failed or waits; `each_told` where its own run has done so."""
    log = get_run_logger()
    for said in notices.tell(notify, subject, text):
        log.warning(said)
    for each in (*outcomes.of("failed"), *outcomes.of("waiting")):
        log.warning("%s", notices.of_an_album(each)[1])
        is_new = each.kind == "failed" or each.took_s > 0.0
        if is_new and not each_told:
            for said in notices.tell(notify, *notices.of_an_album(each)):
                log.warning(said)


def _album_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a batch that its albums' runs have as well."""
    return {name: given[name] for name in ALBUM_PARAMETERS if name in given}


@flow(name="album", flow_run_name="{name}")
@_stopped_as_asked
def album(
    inbox: str,
    name: str,
    out: str | None = None,
    approval: Approval | None = None,
    notify: list[str] | None = None,
    deliver_to: str = "",
    credentials: str = "",
    packaging: dict[str, Any] | None = None,
    move_originals: bool = False,
    config: dict[str, Any] | None = None,
    profiles: dict[str, str] | None = None,
) -> State[Any]:
    """One album of an inbox, `name` being its path from there; `config` and `profiles` are as of a batch."""
    refuse_poison()
    sent = (deliver_to, credentials, packaging, move_originals)
    request = asked(inbox, out, 1, approval, *sent, config, profiles)
    with _stopped_by_termination() as stop, tags("glassmaster", name):
        outcome = run_album(request, name, available_bytes(), stop)
    if outcome.report:
        create_link_artifact(link=outcome.report.resolve().as_uri(), link_text=f"Report on {name}", key="report")
    if outcome.kind in ("failed", "waiting"):
        for said in notices.tell(notify or (), *notices.of_an_album(outcome)):
            get_run_logger().warning(said)
    return _state_of(outcome)


def _state_of(outcome: Outcome) -> State[Any]:
    """What Prefect's page shows of an album, and what a batch that waits for it reads there."""
    message = "\n".join(outcome.reasons)
    if outcome.kind == "failed":
        return Failed(message=message)
    return Completed(name=outcome.kind.capitalize(), message=message, data=outcome.kind)


@flow(name="sweep")
def sweep(still_s: float = 0.0, album_parameters: dict[str, Any] | None = None) -> State[Any]:
    """Take up again what died. With `still_s`, albums that have been still so long get a run, where they had none."""
    with get_client(sync_client=True) as client:
        for name in NAMES:  # each time, so that one that was taken away by mistake is there again
            ensure_rules(client, name, recovery_rules())
        if album_parameters and still_s:
            request = asked_of_albums(album_parameters)
            swept = sweep_runs(client, NAMES, partial(runs_for_settled, client, request, still_s, album_parameters))
        else:
            swept = sweep_runs(client, NAMES)
    return Completed(message=str(swept), data=str(swept))


@contextmanager
def _stopped_by_termination() -> Iterator[Event]:
    """What SIGTERM sets, by which Prefect ends a run's process: an album's process is asked to stop, and waited for."""
    stop = Event()

    def heed(number: int, frame: object) -> None:  # noqa: ARG001 - a signal handler's form
        stop.set()

    before = signal.signal(signal.SIGTERM, heed)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
