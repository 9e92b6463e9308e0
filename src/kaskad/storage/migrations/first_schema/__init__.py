"""The first schema, one module for each aggregate; the migration 0001 calls them."""
