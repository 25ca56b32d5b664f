"""Imports of result files: check the whole file, show a preview, then write it like a sync."""
