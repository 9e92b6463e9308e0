"""Parses the page of an e-mail piece by piece, and says whether a reader sees a certain link on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Self

LINK = "\ue000link"  # a placeholder for the link's address
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_PICTURES = frozenset({"img", "svg"})


class Page(HTMLParser):
    """The page so far. `shown`: an `<a href>` with the link contained something that a reader can click.

    Parts for Outlook only are comments, so they do not count.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown = False
        self._inside: list[tuple[str, bool]] = []  # the open elements, and whether each hides its content
        self._linked = False

    def __copy__(self) -> Self:
        twin = type(self)()
        twin.__dict__.update(self.__dict__)
        twin._inside = list(self._inside)
        return twin

    @property
    def nearness(self) -> tuple[bool, bool, bool]:
        """How close the page is to showing the link: of two paths the one with the smaller value counts."""
        return self.shown, self._linked, LINK in self.rawdata

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Records the open element, and notices pictures."""
        values = {name: value or "" for name, value in attrs}
        hidden = "hidden" in values or _HIDDEN.search(values.get("style", "")) is not None
        if tag in _PICTURES and not hidden:
            self._see()
        if tag in _VOID:
            return
        self._inside.append((tag, hidden))
        if tag == "a":
            self._linked = values.get("href", "").strip().startswith(LINK)

    def handle_endtag(self, tag: str) -> None:
        """Closes the last element of that name, and all elements that are still open in it."""
        if tag == "a":
            self._linked = False
        found = next((n for n in range(len(self._inside) - 1, -1, -1) if self._inside[n][0] == tag), None)
        if found is not None:
            del self._inside[found:]

    def handle_data(self, data: str) -> None:
        """Notices text."""
        if data.strip(" \t\r\n\xa0\u200b\u200c\u200d\ufeff"):
            self._see()

    def _see(self) -> None:
        self.shown |= self._linked and not any(hidden for _, hidden in self._inside)
