"""Arithmetic that processors and meters share."""
