"""Odd requests, made by machines: small and the same each time in `make test`, many and others in `make fuzz`."""
