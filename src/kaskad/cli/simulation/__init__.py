"""`kaskad test` and `kaskad simulate`."""
