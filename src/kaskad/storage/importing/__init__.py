"""Imports: what a shop already has comes in, a batch at a time."""
