"""Seeing: where everybody stands in a journey, what is to go out, and whether decisions would be made again."""
