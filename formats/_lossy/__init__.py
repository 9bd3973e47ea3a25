"""What the lossy deliverables share: tracks, files and the tags of Ogg."""
