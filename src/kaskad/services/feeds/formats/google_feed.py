"""Google Merchant's feeds in XML: RSS 2.0 with `<item>`, Atom with `<entry>`, attributes in the namespace `g`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from kaskad.services.feeds.formats.raw_offer import RawOffer
from kaskad.services.feeds.formats.xml_feed import Element, name_of, place_of, read_elements, text_of
from kaskad.services.feeds.problems import FeedProblem, FeedRefused

TAGS = ("rss", "feed", "RDF", "item", "entry")
OWN = "base.google.com"  # in the namespace of Google's attributes, in all its versions


class GoogleXmlFeed:
    """Reads one document; it does not say of what time it is."""

    stated_at: str | None = None

    def __init__(self, stream: IO[bytes], encoding: str | None) -> None:
        self._stream, self._encoding = stream, encoding
        self.whole = True

    def offers(self) -> Iterator[RawOffer]:
        """Yields the offers. Raises FeedRefused."""
        known = False
        for event, element in read_elements(self._stream, TAGS, self._encoding):
            if event == "start":
                known = name_of(element) in TAGS[:3]
            elif name_of(element) in ("item", "entry"):
                yield RawOffer(place_of(element), _columns(element))
        if not known:
            raise FeedRefused(FeedProblem.BROKEN, "it is neither RSS nor Atom: it begins with no <rss> or <feed>")


def _columns(offer: Element) -> dict[str, str]:
    """The attributes by name; Google's own count for more than those of RSS and Atom with the same name."""
    own: dict[str, str] = {}
    others: dict[str, str] = {}
    for part in offer:
        name = name_of(part)
        said = text_of(part) or str(part.get("href") or "")
        if name and said:
            (own if OWN in str(part.tag) else others).setdefault(name, said)
    return {**others, **own}
