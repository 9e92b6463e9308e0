"""What the tests of edits share: a letter in several versions, people who enter it, and what became of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kaskad.domain.journeys.journey import Journey
from tests.support.rules import enrollments, event_journey, wait
from tests.support.stack import Stack

MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE
NAME = "letter"
OPENED_OR_EMAIL = {
    "channels": [
        {"channel": "push", "success": "opened", "fallback_after": {"seconds": 3600}},
        {"channel": "email"},
    ]
}


def letter(*steps: dict[str, Any], **said: Any) -> Journey:
    """A version of the letter's journey; those inside follow, unless said otherwise."""
    return event_journey(NAME, "app_opened", steps=list(steps), **{"edits": "follow", **said})


def pause(seconds: int, name: str = "pause") -> dict[str, Any]:
    """A wait with a name."""
    return wait(seconds) | {"name": name}


async def enter(stack: Stack, *users: str, channels: tuple[str, ...] = ("email",)) -> None:
    """These people enter the letter's journey now."""
    await stack.track("warehouse", "product_updated", product_id="pepperoni", title="Pepperoni", price=1500)
    for user in users:
        await stack.person(user, *channels)
        await stack.track(user, "app_opened", product_id="pepperoni")
    await stack.decide(NAME)


async def sent(stack: Stack) -> list[tuple[str, str]]:
    """(channel, step) of what has been sent, in order."""
    rows = await stack.rows("SELECT channel, step FROM message WHERE status = 'sent' ORDER BY sent_at, step")
    return [(row["channel"], row["step"]) for row in rows]


async def inside_of(stack: Stack) -> list[tuple[str, str | None]]:
    """(status, step) of everybody, oldest enrollment first."""
    return [(row["status"], row["step"]) for row in await enrollments(stack, NAME)]
