"""Everything measured about music, nothing decided."""
