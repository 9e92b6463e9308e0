"""Addresses: how they are read, compared, and stored when they are closed."""
