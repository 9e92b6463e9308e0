"""Who is one person: whose events are, and what a customer is joined with."""
