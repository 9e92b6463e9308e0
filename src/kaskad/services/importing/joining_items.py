"""Which items say that ids belong together, and are news: ingestion decides who is one person, not an import."""

from __future__ import annotations

from collections.abc import Sequence

from kaskad.domain.identities.rules import Identity
from kaskad.services.importing.items import Item
from kaskad.services.ports import HasDatabase
from kaskad.storage.ingestion import identities


async def mark_joins(deps: HasDatabase, items: Sequence[Item]) -> None:
    """Marks the items whose ids are not all of one customer by now, unless all of them are new."""
    several = {ids for item in items for event in item.events if len(ids := event.identities) > 1}
    if not several:  # most files name one id
        return
    async with deps.database.transaction() as connection:
        rows = await identities.load_owners(connection, {identity for ids in several for identity in ids})
    person: dict[Identity, int] = {(row["kind"], row["value"]): row["customer_id"] for row in rows}
    for number, item in enumerate(items, 1):
        for event in item.events:
            known = {person.get(identity) for identity in event.identities}
            item.joins |= len(known) > 1
            whose = next((one for one in known if one is not None), -number)
            for identity in event.identities:
                person.setdefault(identity, whose)
