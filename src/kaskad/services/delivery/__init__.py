"""From a message in the queue to what came of the call."""
