"""Automations that take up a run again whose process, worker or machine has died, and one that tells of a bad night.

They are the fast path and no guarantee: a server that is started again does not see what happens to runs from before,
and `sweep` finds those. An event has the name of the state that a run came to, behind `prefect.flow-run.`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import CallWebhook, ChangeFlowRunState, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

HEARTBEAT_S = 30.0  # between two of a run; Prefect allows no fewer, and each worker is told by its environment
MISSED = 3  # heartbeats after which nothing is heard of a run any more
# From Pending to Running at worst, and some more: at a load of 8 on two processors it took over 60 s, and a run that
# counts as lost too soon may be begun twice.
START_S = 180.0
# At a load of 10 on two processors a worker held the place of a dead run for over 15 s. One that was retaken meanwhile
# ended that worker with all its albums in Prefect 3.8.
RETAKE_S = 60.0
RETAKEN = "Retaken"  # the name of the state of a run that is taken up again
NIGHT_H = 12.0

ENDS = ("Completed", "Failed", "TimedOut", "Cancelled", "Crashed")
WAITS = ("Scheduled", "AwaitingRetry", "AwaitingConcurrencySlot", RETAKEN)
# One that waits for a person's approval has no process, and so no heartbeat.
SUSPENDED = ("Suspended",)

Told = SendNotification | CallWebhook
Change = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True)
class Rule:
    """Within `within_s` of each event of a run among `after` one of `expect` must come; else `actions` are taken.

    An event among `after` begins the wait anew.
    """

    name: str
    why: str
    after: tuple[str, ...]
    expect: tuple[str, ...]
    within_s: float
    actions: tuple[ChangeFlowRunState | Told, ...]

    def automation(self, flow_name: str) -> AutomationCore:
        """As Prefect has it, for each run of the flow of that name."""
        trigger = EventTrigger(
            match={"prefect.resource.id": "prefect.flow-run.*"},
            match_related={"prefect.resource.role": "flow", "prefect.resource.name": flow_name},
            after={_event(name) for name in self.after},
            # What begins a wait must also end one, or a run that dies a second time within it is never waited for.
            expect={_event(name) for name in (*self.after, *self.expect)},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=self.within_s),
        )
        return AutomationCore(
            name=f"{flow_name}: {self.name}", description=self.why, trigger=trigger, actions=list(self.actions)
        )


def recovery_rules(
    heartbeat_s: float = HEARTBEAT_S, start_s: float = START_S, retake_s: float = RETAKE_S
) -> tuple[Rule, ...]:
    """The three by which a run that died is found to be dead, and taken up again; all times are in seconds.

    They count on heartbeats each `heartbeat_s`: a healthy run whose worker sends fewer, or none, is taken for dead.
    """
    return (
        Rule(
            "zombie",
            "Nothing is heard any more of a run that was at work: its machine is off, or its worker was stopped.",
            # A run that is killed before its first heartbeat would be at work for ever.
            ("Running", "heartbeat"),
            # A heartbeat that is late, behind the end of a first start, would count against the second one's beginning.
            (*ENDS, *SUSPENDED, *WAITS, "Pending"),
            MISSED * heartbeat_s,
            (ChangeFlowRunState(state=StateType.CRASHED, message="No heartbeat came any more."),),
        ),
        Rule(
            "lost",
            "A run that a worker took never began: the worker died in between.",
            ("Pending",),
            ("Running", *ENDS, *WAITS),
            start_s,
            (ChangeFlowRunState(state=StateType.CRASHED, message="It was taken by a worker and never began."),),
        ),
        Rule(
            "retake",
            "A run that crashed is for any worker to take, its own among them once that has let go of it.",
            ("Crashed",),
            (*WAITS, "Pending", "Running", *(end for end in ENDS if end != "Crashed")),
            retake_s,
            (ChangeFlowRunState(state=StateType.SCHEDULED, name=RETAKEN, message="It crashed and is taken up again."),),
        ),
    )


def dead_mans_switch(*told: Told, within_h: float = NIGHT_H) -> Rule:
    """That a run has not ended `within_h` hours after it began, however that came, is `told`."""
    why = f"A run that has not ended {within_h:g} h after it began is told of, whatever became of it."
    return Rule("not at its end", why, ("Running",), ENDS, within_h * 3600, told)


def notice(block_id: UUID) -> SendNotification:
    """A message by the notification block of that id (Slack, Teams, mail), written by the server itself."""
    body = "{{ flow.name }} {{ flow_run.name }} has not ended: {{ flow_run|ui_url }}"
    return SendNotification(block_document_id=block_id, subject="Glassmaster: a run has not ended", body=body)


def webhook(block_id: UUID) -> CallWebhook:
    """A call of the webhook block of that id, with the run as JSON."""
    payload = '{"flow": "{{ flow.name }}", "run": "{{ flow_run.name }}", "id": "{{ flow_run.id }}"}'
    return CallWebhook(block_document_id=block_id, payload=payload)


def ensure_rules(client: SyncPrefectClient, flow_name: str, rules: Iterable[Rule]) -> Mapping[str, Change]:
    """Have each of `rules` once on the server, as it is given here, for the flow of that name; what was done for each.

    They are known by their names. One that somebody has paused stays so. Raises httpx.HTTPError.
    """
    wanted = [rule.automation(flow_name) for rule in rules]
    return {automation.name: _ensure(client, automation) for automation in wanted}


def _ensure(client: SyncPrefectClient, wanted: AutomationCore) -> Change:
    found = client.read_automations_by_name(wanted.name)
    if not found:
        client.create_automation(wanted)
        return "created"
    first, *doubles = sorted(found, key=lambda each: each.id)
    for double in doubles:  # two that were made at the same time would both act
        client.delete_automation(double.id)
    there = AutomationCore.model_validate(first.model_dump())
    # All is given anew: an update is sent without what was left at its default, as the trigger's kind is.
    wanted = AutomationCore.model_validate(wanted.model_dump(exclude={"owner_resource"}) | {"enabled": first.enabled})
    if there == wanted:
        return "updated" if doubles else "unchanged"
    client.update_automation(first.id, wanted)
    return "updated"


def _event(name: str) -> str:
    return f"prefect.flow-run.{name}"
