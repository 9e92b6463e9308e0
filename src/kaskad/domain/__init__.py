"""What a journey means. Pure: no clock, no database, no network."""
