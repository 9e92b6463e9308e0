"""Who may enter a journey, and what happens next to each customer."""
