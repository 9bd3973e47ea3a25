"""The verbs, a room each; `mastering.steps` tells the story of an album in order."""

from pipeline.system import writable_folders

writable_folders.choose()  # here, before anything imports numba: a kernel finds its cache when it is defined
