"""What comes in: events, those that were rejected, who customers are, what receipts are about."""
