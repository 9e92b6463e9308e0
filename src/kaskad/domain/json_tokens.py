"""Splits text that should be JSON into tokens, for callers that read invalid JSON."""

from __future__ import annotations

import re

# Strings, brackets and commas. A string without an end goes to the end of the text: so each character is read once.
TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{},]', re.DOTALL)
