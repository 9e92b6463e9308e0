"""Whoever says no: how it is found in events, and what it takes back."""
