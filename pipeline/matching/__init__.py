"""Decides the sound: the tone, level and dynamics of every track, so that an album has one voice."""
