"""The contract: what is decided about an album, as data that people may read and edit."""
