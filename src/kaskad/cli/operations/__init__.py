"""Commands for what went wrong, and for acting by hand."""
