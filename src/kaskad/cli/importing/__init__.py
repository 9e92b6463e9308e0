"""`kaskad import` and `kaskad imports`."""
