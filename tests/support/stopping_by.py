"""Journeys for people who say no: one that asks for it, one that nobody asks for, and one that sells."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from kaskad.domain.channel import Channel, Receipt, ReceiptKind
from kaskad.services.ingestion import receipts
from kaskad.services.ingestion.receipts import ReceiptResult
from tests.support.rules import Edit, event_journey, send, wait, with_journeys
from tests.support.stack import Stack

DAY = 86_400
STEPS = [send("how_was_it"), wait(DAY), send("how_was_it", name="again")]
SELLS = event_journey("sells", "app_opened", steps=STEPS, topic="carts")
ASKED = event_journey("asked", "signed_up", steps=STEPS, purpose="requested", topic=None)
MUST = event_journey("must", "order_completed", steps=STEPS, purpose="transactional", topic=None)
TRIGGERS = {"sells": "app_opened", "asked": "signed_up", "must": "order_completed", "plain": "review_written"}
ALL: Edit = with_journeys(SELLS, ASKED, MUST)


def channel_steps(*channels: str) -> dict[str, Any]:
    """A cascade: each but the last is waited for, an hour."""
    *first, last = channels
    waited = [{"channel": name, "success": "opened", "fallback_after": {"seconds": 3600}} for name in first]
    return {"channels": [*waited, {"channel": last}]}


async def enter(stack: Stack, journey: str, *users: str, **said: Any) -> None:
    """Each of them comes in, and is written to."""
    for user in users:
        await stack.track(user, TRIGGERS[journey], **said)
    await stack.run(journey)


async def last(stack: Stack, journey: str, channel: str = "email") -> UUID:
    """The newest message of the journey in that channel."""
    sql = "SELECT id FROM message WHERE journey = %(journey)s AND channel = %(channel)s ORDER BY decided_at DESC, id"
    rows = await stack.rows(sql, journey=journey, channel=channel)
    found: UUID = rows[0]["id"]
    return found


async def tell(stack: Stack, message: UUID, kind: ReceiptKind, channel: str = "email") -> ReceiptResult:
    """The channel's provider tells it of that message."""
    return await receipts.apply_provider_receipts(
        stack.runtime, f"sandbox_{channel}", [Receipt(message, kind, stack.now)]
    )


async def complain(stack: Stack, journey: str, channel: str = "email") -> None:
    """Somebody complains about the newest message of the journey."""
    assert await tell(stack, await last(stack, journey, channel), ReceiptKind.COMPLAINED, channel) == ReceiptResult(
        new=1
    )


async def click(stack: Stack, journey: str, channel: str = "email") -> None:
    """Somebody clicks "unsubscribe" in the newest message of the journey."""
    assert await receipts.unsubscribe(stack.runtime, await last(stack, journey, channel))


async def a_day_later(stack: Stack, *journeys: str) -> None:
    """Until the next step."""
    await stack.at(timedelta(days=1))
    for journey in journeys or ("sells", "asked", "must"):
        await stack.run(journey)


def to(stack: Stack, channel: Channel = Channel.EMAIL) -> list[str]:
    """Whom this channel reached, in order."""
    return [record.to for record in stack.reached if record.channel is channel]
