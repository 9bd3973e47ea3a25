"""An album that kills the process that masters it is not tried for ever: Prefect itself counts, and never stops."""

from prefect.runtime import flow_run

from albums.faults import Fault, refuse

MOST_STARTS = 3  # of one run; taste: a machine that is switched off twice in a night is bad luck


def refuse_poison(most_starts: int = MOST_STARTS) -> None:
    """To be called at the top of a flow: raises Refusal, so that the run Failed, where it was begun too often.

    Prefect counts a start each time that a run comes to Running: after a crash, a retry, or a person's approval.
    Outside of a run, which is begun once, nothing is refused.
    """
    if flow_run.run_count > most_starts:
        refuse([Fault(str(flow_run.name), worn_out(most_starts))])


def worn_out(starts: int) -> str:
    """Why a run that was begun `starts` times is not begun again, and what is to be done."""
    return (
        f"was begun {starts} times and never came to its end, its process dying each time, and is not begun again; "
        "find in the worker's log what ends it (memory, most often), then order it as a new run"
    )
