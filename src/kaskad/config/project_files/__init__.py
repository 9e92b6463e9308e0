"""Readers of the files besides journeys, and of a whole project."""
