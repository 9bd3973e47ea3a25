"""Faults put into every operation on files, kills at any moment, and runs that race: what then lies there."""
