"""Ways to say no, as they come over HTTP, and who is still written to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kaskad.services.ingestion import ingest, segment_events
from tests.support.stack import Stack

MINUTE = timedelta(minutes=1)


async def post_call(stack: Stack, **said: Any) -> None:
    """A call as it comes over HTTP, of now; all of it is taken."""
    judged = segment_events.parse_request(
        {"batch": [{"timestamp": stack.now.isoformat()} | said]}, stack.now, stack.project, source="crm"
    )
    assert len(judged.events) == 1
    assert (await ingest.ingest(stack.runtime, "crm", judged.events)).new == 1


async def withdrawn(stack: Stack, **said: Any) -> None:
    await post_call(stack, type="track", event="Consent Withdrawn", **said)


async def letters(stack: Stack, *users: str) -> list[str]:
    """Whom a letter reaches a minute later, when all of these would get one."""
    await stack.at(MINUTE)
    before = len(stack.reached)
    for user in users:
        await stack.track(user, "app_opened")
    await stack.run("letter")
    return sorted(record.to for record in stack.reached[before:])
