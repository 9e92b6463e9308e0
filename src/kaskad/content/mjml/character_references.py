"""Character references in MJML (`&amp;`, `&copy;`): which of them mean a character, and which `&` is only an `&`.

Addresses contain bare `&`: `?a=1&copy=2`. HTML would read some of them as characters, which the author did not mean.
"""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5

_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_OLD = re.compile(r"&([A-Za-z]+)(?![A-Za-z0-9=;])")  # without its semicolon, as browsers still read some


def read_reference(text: str, position: int) -> str:
    """The reference that begins there, "" if the `&` is only an `&`; attributes and text are read in the same way."""
    if found := _written_out(text, position):
        return found
    old = _OLD.match(text, position)
    return old[0] if old and old[1] in html5 else ""


def decode_references(text: str) -> str:
    """The text of an address with its references decoded: only those that end in `;` mean a character."""
    return _REFERENCE.sub(lambda found: unescape(found[0]) if _written_out(found[0], 0) else found[0], text)


def encode_references(text: str) -> str:
    """The text encoded for an attribute in any kind of quotes, for every program that reads HTML."""
    for character, reference in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(character, reference)
    return text


def _written_out(text: str, position: int) -> str:
    found = _REFERENCE.match(text, position)
    return found[0] if found and (found[0][1] == "#" or found[0][1:] in html5) else ""
