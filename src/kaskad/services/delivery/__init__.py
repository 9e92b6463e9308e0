"""From a queued message to the result of the call."""
