"""Reads and rewrites YAML and CSV; every value knows its line and column."""
