"""Incoming data: events, rejected events, customers' identities, targets of receipts."""
