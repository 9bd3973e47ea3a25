"""`glassmaster batch`: many albums, side by side."""
