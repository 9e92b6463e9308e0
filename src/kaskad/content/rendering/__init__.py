"""A compiled message and one customer's data → the fields that a channel sends."""
