"""What goes wrong, and what operators do about it."""
