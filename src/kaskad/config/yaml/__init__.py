"""Reads and rewrites YAML and CSV; every value has its line and column."""
