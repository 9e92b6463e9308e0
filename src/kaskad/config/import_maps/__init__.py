"""Reads maps of imports: which column of a file is what."""
