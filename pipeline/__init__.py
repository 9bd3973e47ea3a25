"""The story of an album, top to bottom: ingest, analysis, sequence, plan, render, audit, report, flows."""
