"""Other engines doing the same job, each a process of its own: `python -m engines.NAME ORDER`."""
