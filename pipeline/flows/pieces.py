"""Pieces of work as Prefect is given them: whole, under names that people know, cancelled where they were stopped."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from prefect.context import TagsContext
from prefect.exceptions import CancelledRun
from prefect.results import get_result_store
from prefect.states import Cancelled
from prefect.utilities.annotations import quote

from pipeline.system.progress import Stopped

Given = TypeVar("Given")
Done = TypeVar("Done")
With = ParamSpec("With")


def import_engines() -> None:
    """Import what Prefect itself would import no sooner than a first flow begins."""
    import prefect.engine
    import prefect.flow_engine
    import prefect.task_engine  # noqa: F401


@contextmanager
def stop_told_as_such() -> Iterator[None]:
    """A piece of work that was stopped is no failure, neither to Prefect nor to what waits for it."""
    try:
        yield
    except CancelledRun:
        raise Stopped from None


def untagged() -> AbstractContextManager[object]:
    """Tasks that begin within this have no tags, only their run has.

    For each task that has some, Prefect asks the server for places of each tag, and where that server was replaced
    meanwhile, it waits for ever.
    """
    return TagsContext(current_tags=set())


def cancelled_if_stopped(work: Callable[With, Done]) -> Callable[With, Done]:
    """`work`, which Prefect is to count as cancelled where it was stopped.

    That it came to nothing is not kept: Prefect would remember it under the key of what it was to come to.
    """

    @wraps(work)
    def done(*args: With.args, **given: With.kwargs) -> Done:
        try:
            return work(*args, **given)
        except Stopped:
            nothing = get_result_store().create_result_record(None)
            stopped: Any = Cancelled(message="stopped; nothing unfinished was put in place", data=nothing)
            return cast(Done, stopped)  # Prefect takes it as such

    return done


def named(work: Any, name: str) -> Any:
    """The task under a name that people know: its parameters are no part of it, since a title may hold anything."""
    return work.with_options(task_run_name=lambda: name)


def whole(value: Given) -> Given:
    """`value` for a task as it is: Prefect shall not look into it for futures, nor copy it."""
    return cast(Given, quote(value))
