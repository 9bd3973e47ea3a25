"""The verbs, a room each; `mastering.steps` tells the story of an album in order."""
