"""Explaining a customer: what was decided about them, on which facts, and why not."""
