"""Processors: generators of blocks whose state is their locals. Siblings never import each other."""
