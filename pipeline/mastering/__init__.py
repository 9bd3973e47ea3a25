"""The story of an album in plain functions; start reading at `steps`."""
