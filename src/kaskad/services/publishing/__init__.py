"""How files become versions that run, and what happens to live enrollments."""
