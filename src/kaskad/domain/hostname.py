"""Host names in the form of DNS."""

from __future__ import annotations

import idna


def ascii_host(name: str) -> str:
    """The name in ASCII: `straße.example` → `xn--strae-oqa.example`. Raises ValueError if the name is not valid.

    Python's own codec implements IDNA 2003: it would give `strasse.example`, which can belong to somebody else.
    """
    return ".".join(map(_ascii, name.split(".")))


def _ascii(label: str) -> str:
    if label.isascii():  # unchanged: `_` too, which internal hosts can have
        return label.encode("idna").decode("ascii")
    return idna.encode(label, uts46=True).decode("ascii")
