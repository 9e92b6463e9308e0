"""What happens next to one customer: pure, no clock, no database, no network."""
