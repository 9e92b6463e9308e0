"""Customers: their addresses, their consents, and all that is stored of one of them."""
