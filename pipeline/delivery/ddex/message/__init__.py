"""The message of a release, as DDEX's Electronic Release Notification 4.3 has it, part by part."""
