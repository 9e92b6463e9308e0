"""Catalogue feeds: read on a schedule, compared with what they said last, and told as events of products."""
