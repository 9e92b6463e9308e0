"""Who may enter, and what happens next to whom."""
