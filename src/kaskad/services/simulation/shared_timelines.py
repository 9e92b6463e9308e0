"""What customers share: sources, active or silent; and products, whose changes make all customers wait."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from kaskad.domain.journeys.version import Version
from kaskad.domain.values.amounts import read_number
from kaskad.services.ingestion.ingest import PRODUCT_EVENTS
from kaskad.services.simulation.script import Script, ScriptEvent, Tick, align_to_tick
from kaskad.storage.ingestion.event_store import SOURCE_SEEN_INTERVAL

# the catalogue may know product data
PRODUCT_PATHS = re.compile(r"\bproduct\.[a-z_]+|\bitems\.(?:name|category)\b")
STOCK_PATHS = frozenset({"product.id", "product.in_stock"})
HEARTBEAT = timedelta(minutes=10)  # shorter than any allowed silence of a source


class InventoryTimeline:
    """The products' own events in order, and the times at which all customers have to stop for them.

    If journeys only ask whether a product is in stock, the number of pieces left does not matter.
    """

    def __init__(self, happened: Iterable[ScriptEvent], versions: Sequence[Version], tick: Tick) -> None:
        self._told: deque[tuple[datetime, ScriptEvent]] = deque()
        self._closely = any(map(_reads_product_details, versions))
        self._stock: dict[str, dict[str, Any]] = defaultdict(dict)
        self._stops: deque[datetime] = deque()
        for script_event in happened:
            at = align_to_tick(script_event.event.occurred_at, tick)
            self._told.append((at, script_event))
            if self._matters(script_event) and (not self._stops or self._stops[-1] < at):
                self._stops.append(at)

    @property
    def next_stop(self) -> datetime | None:
        """Returns the next time at which all customers stop."""
        return self._stops[0] if self._stops else None

    def take(self, until: datetime) -> list[ScriptEvent]:
        """Takes all product events up to that time."""
        while self._stops and self._stops[0] <= until:
            self._stops.popleft()
        taken = []
        while self._told and self._told[0][0] <= until:
            taken.append(self._told.popleft()[1])
        return taken

    def _matters(self, script_event: ScriptEvent) -> bool:
        said = script_event.event.properties
        id_, store = str(said.get("product_id") or ""), str(said.get("store") or "online")
        if script_event.event.name != "product_stock_changed":
            return self._closely
        stores = self._stock[id_]
        before, was = bool(stores) and sum(stores.values()) > 0, stores.get(store)
        stock = read_number(said.get("stock"))
        if stock is None:  # it changes nothing
            return False
        known, stores[store] = bool(stores), stock
        if self._closely:
            return bool(was != stores[store])
        return bool(not known or (sum(stores.values()) > 0) != before)


def _reads_product_details(version: Version) -> bool:
    """Returns whether the journey uses more of a product than its id and whether it is in stock."""
    asked = set(PRODUCT_PATHS.findall(version.journey.model_dump_json())) - STOCK_PATHS
    return bool(asked) or version.product_trigger() not in (None, "back_in_stock")


def split_events(happened: Iterable[ScriptEvent]) -> tuple[list[ScriptEvent], list[ScriptEvent]]:
    """Returns the events of customers, and those of products; each in the order given."""
    people: list[ScriptEvent] = []
    products: list[ScriptEvent] = []
    for script_event in happened:
        (products if script_event.event.name in PRODUCT_EVENTS else people).append(script_event)
    return people, products


def source_heartbeats(script: Script, happened: Sequence[ScriptEvent], tick: Tick) -> dict[str, list[datetime]]:
    """Returns when each source was active, as its row in the database would say: updated after ten seconds."""
    found: dict[str, list[datetime]] = {script_event.source: [script.start] for script_event in script.before}
    for script_event in happened:
        at, noted = align_to_tick(script_event.event.occurred_at, tick), found.setdefault(script_event.source, [])
        if not noted or noted[-1] < at - SOURCE_SEEN_INTERVAL:
            noted.append(at)
    last = max((noted[-1] for noted in found.values()), default=script.end) if script.open_ended else script.end
    for noted in found.values():
        noted += [last + HEARTBEAT * n for n in range(1, int((script.end - last) / HEARTBEAT) + 1)]
    return found
