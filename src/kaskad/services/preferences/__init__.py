"""What customers choose on their own pages: the preference centre, and the confirmation of an address."""
