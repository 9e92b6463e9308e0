"""Commands for those who write journeys and messages."""
