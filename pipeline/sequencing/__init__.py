"""Decides the sequence: how mixes follow each other, where they are cut, and where everything is placed."""
