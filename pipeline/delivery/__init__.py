"""Finished masters sent where they are wanted: what is sent, where to, and that it has arrived."""
