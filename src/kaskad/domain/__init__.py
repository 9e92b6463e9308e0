"""The rules of journeys. Pure: no clock, no database, no network."""
