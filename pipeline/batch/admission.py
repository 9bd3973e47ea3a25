"""Albums admitted as memory allows: in the order in which they ask, none before there is room for what it needs."""

from collections import deque
from collections.abc import Sequence
from threading import Condition, Event

from pipeline.intake.album_mixes import AlbumMixes
from profiles import Profile

LOOK_S = 0.5  # between looks at whether the batch was stopped
MIB = 2**20
# A process with all that it imports; and at 96 kHz what a programme takes for each that is rendered at the same time,
# and a mix for each that is measured. Seen on two processors, in MiB: 340 to 373 at 44.1 kHz for one to four
# deliverables, 282 to 327 at 96 kHz, 367 to 380 at 192 kHz; the rest is to spare.
PROCESS_BYTES, PROGRAMME_BYTES, MIX_BYTES = 340 * MIB, 40 * MIB, 30 * MIB
AT_HZ = 96_000
# Of a track that is encoded: Python with pydub, FFmpeg, and what decodes (seen: 20, 38 and 38 MiB). The track itself is
# mapped from its file, which the system may drop from memory.
ENCODER_BYTES = 110 * MIB


def memory_needed_bytes(opened: AlbumMixes, profiles: Sequence[Profile], processors: int) -> int:
    """How much memory mastering the album takes at the most, which depends on rates and on what is done side by side.

    It does not grow with an album's length.
    """
    rates_hz = [mix.rate_hz for mix in (*opened.mixes, *opened.references, *opened.pregaps)]
    share = max([AT_HZ // 2, *rates_hz]) / AT_HZ
    measured = min(processors, len(rates_hz)) * MIX_BYTES
    rendered = min(processors, len(profiles)) * PROGRAMME_BYTES
    encoded = processors * ENCODER_BYTES if any(profile.checked_codecs for profile in profiles) else 0
    return PROCESS_BYTES + round(share * max(measured, rendered)) + encoded


class Admission:
    """A budget of memory that albums share."""

    def __init__(self, budget_bytes: int) -> None:
        """Nothing of it is taken."""
        self._budget_bytes, self._taken = max(1, budget_bytes), list[int]()
        self._waiting = deque[object]()
        self._changed = Condition()

    def enter(self, needs_bytes: int, stop: Event, *, alone: bool = False) -> list[int]:
        """Wait for room and take it: how much, which is to be given back; nothing where `stop` was set meanwhile.

        What needs more than there is, or is to be `alone`, has room once nothing else has any.
        """
        ticket = object()
        wanted_bytes = self._budget_bytes if alone else min(max(1, needs_bytes), self._budget_bytes)
        with self._changed:
            self._waiting.append(ticket)
            while not stop.is_set() and not (self._waiting[0] is ticket and self._has_room(wanted_bytes)):
                self._changed.wait(LOOK_S)
            self._waiting.remove(ticket)
            self._changed.notify_all()
            if stop.is_set():
                return []
            self._taken.append(wanted_bytes)
            return [wanted_bytes]

    def leave(self, taken_bytes: list[int]) -> None:
        """Give back what was taken."""
        with self._changed:
            for each in taken_bytes:
                self._taken.remove(each)
            self._changed.notify_all()

    def _has_room(self, wanted_bytes: int) -> bool:
        return not self._taken or sum(self._taken) + wanted_bytes <= self._budget_bytes
