"""Describing a journey: in words, as conditions read aloud, as a picture."""
