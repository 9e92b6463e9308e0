"""Finds what makes mjml fail in <mj-head>: missing parts, and parts that are given twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

NEEDED: Mapping[str, tuple[str, ...]] = {
    "mj-font": ("name", "href"),
    "mj-class": ("name",),
    "mj-selector": ("path",),
}
_KNOWN_BY: Mapping[str, str] = {"mj-class": "name", "mj-selector": "path"}


class Heads:
    """Reads the elements of a head in order."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def error(self, tag: str, parent: str, said: Mapping[str, str | None]) -> Iterator[str]:
        """The problems of the next element below its parent."""
        for name in NEEDED.get(tag, ()):
            if not (said.get(name) or "").strip():
                yield f"<{tag}> needs its attribute {name!r}"
        by = _KNOWN_BY.get(tag, "")
        if not (by or (parent == "mj-attributes" and said)):
            return
        key = (tag, said.get(by) or "")
        if key in self._seen:
            which = f" {by}={key[1]!r}" if by else ""
            yield f"<{tag}{which}> stands here a second time: write what both say into one"
        self._seen.add(key)
