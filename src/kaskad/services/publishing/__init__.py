"""How files become versions that run, and what becomes of those inside."""
