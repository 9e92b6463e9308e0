"""Loads everything that a decision needs to know: one query per kind of fact, in one pipeline."""
