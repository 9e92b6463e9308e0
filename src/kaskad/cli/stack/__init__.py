"""Commands that run until Ctrl-C, and the processes of the local stack."""
