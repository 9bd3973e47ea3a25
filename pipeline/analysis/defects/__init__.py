"""Searches for damage: what goes in is blocks of samples, what comes out is places. They never import each other."""
