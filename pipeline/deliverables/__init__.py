"""One deliverable from plan to place: made, read back, audited, certified, verified."""
