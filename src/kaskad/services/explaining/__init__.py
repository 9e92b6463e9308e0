"""Explanations for one customer: what was decided, on which facts, and why not."""
