"""A process that tells who is one person, over and over, until it has told everything: it is killed meanwhile.

    python -m tests.crash.naming_writer DATABASE_URL HOME SEED FIRST LAST EVENTS

Whoever starts it again with the same seed has it tell the same events under the same ids.
"""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import UTC, datetime
from typing import Any

from kaskad import settings
from kaskad.runtime import open_runtime
from kaskad.services.ingestion import ingest, segment_events
from tests.support.paths import ROOT
from tests.support.stack import NOON

TASKS = 2  # that write at once
KINDS = ("login", "till", "alias", "visit", "buys")


def told_by(seed: int, people: range, count: int) -> list[dict[str, Any]]:
    """What this writer tells: names of these people, two at a time or one."""
    choose = random.Random(seed)
    return [_event(choose, f"m{seed}-{place}", people) for place in range(count)]


def _event(choose: random.Random, id_: str, people: range) -> dict[str, Any]:
    person, other = choose.choice(people), choose.randrange(4)
    said: dict[str, Any] = {"messageId": id_, "timestamp": NOON.isoformat()}
    user, visitor = f"u{person}", f"a{person}-{other}"
    mail, card = f"p{person}.{other}@customer.example", f"c{person}-{choose.randrange(4)}"
    match choose.choice(KINDS):
        case "login":
            return said | {"type": "identify", "userId": user, "traits": {"email": mail}}
        case "till":
            ids = [{"type": "card", "id": card}, {"type": "email", "id": mail}]
            return said | {"type": "track", "event": "app_opened", "context": {"externalIds": ids}}
        case "alias":
            return said | {"type": "alias", "previousId": visitor, "userId": user}
        case "visit":
            return said | {"type": "identify", "anonymousId": visitor, "traits": {"email": mail}}
        case _:
            ids = [{"type": "card", "id": card}]
            return said | {"type": "track", "event": "app_opened", "context": {"externalIds": ids}}


def names_of(event: dict[str, Any]) -> list[tuple[str, str]]:
    """The identities that the event names."""
    traits = event.get("traits", {})
    found = [(one["type"], one["id"]) for one in event.get("context", {}).get("externalIds", ())]
    for kind, value in (
        ("user_id", event.get("userId")),
        ("anonymous_id", event.get("anonymousId") or event.get("previousId")),
        ("email", traits.get("email")),
    ):
        found += [(kind, value)] if value else []
    return found


async def write(database_url: str, home: str, events: list[dict[str, Any]]) -> None:
    """Tells the events, a few at a time; the last of them before it ends."""
    config = settings.load_settings(ROOT, {"KASKAD_DATABASE_URL": database_url, "KASKAD_HOME": home})
    async with open_runtime(config) as runtime:
        async with runtime.database.transaction() as connection:
            await runtime.catalogue.refresh(connection)

        async def tell(own: list[dict[str, Any]]) -> None:
            for start in range(0, len(own), 3):
                batch = {"batch": own[start : start + 3]}
                read = segment_events.read_batch(batch, datetime.now(UTC), runtime.catalogue.project)
                await ingest.ingest(runtime, "store", read)

        await asyncio.gather(*(tell(events[first::TASKS]) for first in range(TASKS)))


if __name__ == "__main__":
    url, folder, *numbers = sys.argv[1:]
    seed, first, last, count = map(int, numbers)
    asyncio.run(write(url, folder, told_by(seed, range(first, last), count)))
