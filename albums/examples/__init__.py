"""The example albums, composed by code: `python -m albums.examples.compose` plays each score into mixes and a cover."""
