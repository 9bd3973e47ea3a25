"""A sheet of a release, CSV or XLSX, as the values of a manifest, and its rows as the mixes that they speak of."""
