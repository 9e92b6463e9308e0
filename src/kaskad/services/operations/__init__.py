"""What goes wrong, and what people do about it."""
