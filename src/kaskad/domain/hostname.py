"""Names of hosts as DNS knows them."""

from __future__ import annotations

import idna


def ascii_host(name: str) -> str:
    """The name in ASCII: `straße.example` → `xn--strae-oqa.example`. Raises ValueError where no host can have it.

    Python's own codec is of 2003: it would write to `strasse.example`, which is somebody else's.
    """
    return ".".join(map(_ascii, name.split(".")))


def _ascii(label: str) -> str:
    if label.isascii():  # as it stands: `_` too, which hosts within a house have
        return label.encode("idna").decode("ascii")
    return idna.encode(label, uts46=True).decode("ascii")
