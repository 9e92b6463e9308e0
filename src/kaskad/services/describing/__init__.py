"""Descriptions of a journey: in words, its conditions as sentences, as a diagram."""
