"""Providers that fail, and what is not known of a send."""
