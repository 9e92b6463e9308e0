"""Commands that only show and change nothing."""
