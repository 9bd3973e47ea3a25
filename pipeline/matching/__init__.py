"""Decides sound: one album, one voice. Tone, level and dynamics of every track."""
