"""The command that prints what a person looks up: the schemas of what is written and read."""
