"""Yandex Market Language: `<yml_catalog date="…"><shop><categories>…<offers><offer id="…" available="true">…`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from kaskad.services.feeds.formats.raw_offer import RawOffer
from kaskad.services.feeds.formats.xml_feed import Element, name_of, place_of, read_elements, text_of
from kaskad.services.feeds.problems import FeedProblem, FeedRefused

TAGS = ("yml_catalog", "category", "offer")
PARAM = "param:"  # a column of its own for each <param name="…">


class YmlFeed:
    """Reads one document. `stated_at`: the time that the document says it is of; known with the first offer."""

    def __init__(self, stream: IO[bytes], encoding: str | None) -> None:
        self._stream, self._encoding = stream, encoding
        self.whole = True
        self._categories: dict[str, str] = {}
        self.stated_at: str | None = None

    def offers(self) -> Iterator[RawOffer]:
        """Yields the offers. Raises FeedRefused."""
        known = False
        for event, element in read_elements(self._stream, TAGS, self._encoding):
            name = name_of(element)
            if event == "start":
                known = name == "yml_catalog"
                self.stated_at = element.get("date")
            elif name == "category" and element.get("id"):
                self._categories[element.get("id")] = text_of(element)
            elif name == "offer":
                yield self._offer(element)
        if not known:
            raise FeedRefused(FeedProblem.BROKEN, "it is not YML: the document does not begin with <yml_catalog>")

    def _offer(self, offer: Element) -> RawOffer:
        columns = {f"@{name}": str(value) for name, value in offer.attrib.items()}
        stores: dict[str, str] = {}
        for part in offer:
            name = name_of(part)
            if name == "param":
                columns.setdefault(PARAM + str(part.get("name") or ""), text_of(part))
            elif name == "outlets":
                stores |= {outlet.get("id"): str(outlet.get("instock") or "") for outlet in part if outlet.get("id")}
            elif name and (said := text_of(part)):
                columns.setdefault(name, said)  # of several pictures the first
        self._name_whole(columns)
        if (category := columns.get("categoryId")) in self._categories:
            columns["category"] = self._categories[str(category)]
        columns.setdefault("@available", "true")  # it need not be said of what can be bought
        return RawOffer(place_of(offer), columns, stores)

    def _name_whole(self, columns: dict[str, str]) -> None:
        """Names an offer that tells kind, maker and model apart."""
        parts = [columns.get(part, "") for part in ("typePrefix", "vendor", "model")]
        if "name" not in columns and columns.get("model"):
            columns["name"] = " ".join(filter(None, parts))
