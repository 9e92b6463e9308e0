"""Failures: retried transactions, batches bisected until the failing item is found, failpoints for tests."""
