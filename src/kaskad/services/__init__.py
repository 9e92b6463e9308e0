"""The use cases. Each owns its transactions and takes only the `Deps` that it needs."""
