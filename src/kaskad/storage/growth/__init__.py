"""Tables that grow: their months, and what is let go."""
