"""Readers of configs/journeys/tests/ and of response rates for simulations."""
