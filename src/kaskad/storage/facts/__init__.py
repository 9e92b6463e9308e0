"""Everything that a decision has to know, one query per kind of fact, in one pipeline."""
