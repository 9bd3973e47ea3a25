"""The Prefect server that a run asks: its own, or the one that the user's settings name."""
