"""Readers of configs/journeys/ and configs/campaigns/."""
