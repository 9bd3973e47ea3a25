"""What comes in: the mixes of an album, opened and judged readable; a manifest written for a folder of them."""
