"""Where things begin and end in a text that should be JSON, for those who read one that is not."""

from __future__ import annotations

import re

# Texts, brackets and commas. A text that does not end goes on to the end: so each character is looked at once.
TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{},]', re.DOTALL)
