"""Readers of the files beside the journeys, and of a whole project."""
