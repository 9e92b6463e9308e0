"""Commands for failures, and for manual actions."""
