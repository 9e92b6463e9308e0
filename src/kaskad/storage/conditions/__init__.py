"""Conditions → SQL, what a version asks of the database, and why a condition did not hold."""
