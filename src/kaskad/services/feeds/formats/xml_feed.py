"""Feeds in XML, one offer after the other: memory does not grow with the document.

Entities are never resolved and nothing is fetched: what a document declares in its own DTD stays a name.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any

from lxml import etree

from kaskad.services.feeds.formats.repairing import RepairedXml
from kaskad.services.feeds.problems import FeedProblem, FeedRefused

# Sizes and depth stay bounded (`huge_tree`), and a document that is not well-formed is refused whole (`recover`).
SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
}
Element = Any  # lxml has no types of its own


def read_elements(stream: IO[bytes], tags: tuple[str, ...], encoding: str | None) -> Iterator[tuple[str, Element]]:
    """Yields each element with one of these names when it ends, and the root when it begins.

    Each is emptied once the caller asks for the next. Raises FeedRefused with line and column.
    """
    wanted = tuple(f"{{*}}{tag}" for tag in tags)
    try:
        repaired = io.BufferedReader(RepairedXml(stream, encoding), 1 << 16)
        walk = etree.iterparse(repaired, events=("start", "end"), tag=wanted, encoding="utf-8", **SAFE)
        for event, element in walk:
            if event == "start":
                if element.getparent() is None:
                    yield event, element
                continue
            yield event, element
            _empty(element)
    except etree.XMLSyntaxError as error:
        raise FeedRefused(FeedProblem.BROKEN, f"{_place(error)}: {_reason(error)}") from None


def text_of(element: Element) -> str:
    """The text of the element and of what is in it, without blanks around."""
    return "".join(element.itertext()).strip()


def name_of(element: Element) -> str:
    """The element's name without its namespace; "" for an entity."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def place_of(element: Element) -> str:
    """Where the element is in the document."""
    return f"line {element.sourceline}"


def _empty(element: Element) -> None:
    """Forgets the element, and those before it: only so does memory not grow."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None:
        parent.remove(before)


def _place(error: etree.XMLSyntaxError) -> str:
    line, column = error.position
    return f"line {line}, column {column}"


def _reason(error: etree.XMLSyntaxError) -> str:
    """What the parser says, without the place that it repeats."""
    return (error.msg or "it is not XML").rpartition(", line ")[0] or error.msg or "it is not XML"
