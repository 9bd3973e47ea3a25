"""What a user has set once for all albums: what an album.toml leaves out, texts of sheets, profiles of their own."""
