"""Renders a compiled message with one customer's data to the fields that a channel sends."""
