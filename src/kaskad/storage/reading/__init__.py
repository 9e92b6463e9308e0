"""What site, app, tills, operators and clerks read: one query for each kind of fact, of all that is one person."""
