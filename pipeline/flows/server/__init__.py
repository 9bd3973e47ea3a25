"""The Prefect server that a run asks: its own, or the one that the user's settings name."""

from typing import Protocol

from pipeline.system.progress import ServerLostError


class PrefectServer(Protocol):
    """What a run asks: a server of its own, or one that the settings name."""

    def answer(self) -> None:
        """Wait for it to answer; raises Refusal if it does not."""

    def lost(self) -> str:
        """Why it counts as lost, or nothing while it is there."""

    def refusal(self, why: BaseException | str) -> ServerLostError:
        """That it cannot be reached, told to the person who runs this."""
