"""What people see of a delivery: where it lies, and how much of it had to be sent."""

from typing import Any

from pipeline.cli.shown.door import Styled, fault_document, output, print_faults
from pipeline.delivery.deliver import Delivery


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    """A delivery for a machine."""
    return {
        "address": delivery.address,
        "name": delivery.name,
        "unchanged": delivery.is_unchanged,
        "sent": delivery.sent,
        "kept": delivery.kept,
        "removed": delivery.removed,
        "notes": fault_document(delivery.notes),
        **delivery.marker.model_dump(mode="json"),
    }


def print_delivery(delivery: Delivery) -> None:
    """Where it lies and what was done for it."""
    where = f"{delivery.address}/{delivery.name}"
    print_faults(delivery.notes)
    count, size = len(delivery.marker.files), sum(file.bytes for file in delivery.marker.files)
    if delivery.is_unchanged:
        output.say(Styled("unchanged", "green"), f"  {where}")
        output.say(f"Nothing had changed: all {count} files of it were there already.")
        return
    output.say(Styled("delivered", "green"), f"  {where}")
    removed = f", {len(delivery.removed)} of an earlier delivery removed" if delivery.removed else ""
    output.say(
        f"  {count} files, {size / 1e6:.1f} MB: {len(delivery.sent)} sent, {len(delivery.kept)} there already{removed}"
    )
