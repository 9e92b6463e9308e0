"""The use cases. Each owns its transactions, and takes the narrow `Deps` that it needs."""
