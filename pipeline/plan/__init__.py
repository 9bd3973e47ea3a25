"""The contract: what is decided of an album, as data that people may read and edit."""
