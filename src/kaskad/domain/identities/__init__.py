"""Who is one person: what identities are, how strong each is, and what naming two of them together means."""
