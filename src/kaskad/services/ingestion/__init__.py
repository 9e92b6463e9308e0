"""What comes in from outside: events and receipts, and what follows from them at once."""
