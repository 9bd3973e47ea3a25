"""Meters: what goes in is blocks of samples, what comes out is numbers. Siblings never import each other."""
