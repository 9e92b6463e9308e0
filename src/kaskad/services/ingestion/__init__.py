"""Ingestion: events and receipts from outside, and what follows from them at once."""
