"""Documents from outside, TOML and JSON: refused with a line and a remedy before a parser meets what it cannot bear."""

from albums.documents.encoding import read_text
from albums.documents.json_files import checked_json
from albums.documents.toml_files import as_tuples, read_toml

__all__ = ["as_tuples", "checked_json", "read_text", "read_toml"]
