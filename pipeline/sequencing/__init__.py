"""Decides places: how mixes follow each other, what they are cut to, where everything stands."""
