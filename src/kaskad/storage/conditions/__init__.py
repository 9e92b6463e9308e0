"""Conditions as SQL, the queries of a version, and the trace of failed conditions."""
