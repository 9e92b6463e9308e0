"""Imports: what a map says of the columns of a file."""
