"""Messages that offer something, in a stack of their own: a promo's code, products to recommend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kaskad.content import CompiledMessage, MessageSpec
from kaskad.domain.channel import Channel
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.policy import Policy
from kaskad.domain.journeys.project import Promo
from kaskad.services.publishing import publish
from kaskad.storage.delivery import promo_codes
from tests.support.rules import journey, send
from tests.support.shipped import shipped_draft
from tests.support.stack import Stack

OFFER = "Code {{ code }} until {{ code.valid_until | date }}, {{ code.where | join(' and ') }}"
WITHOUT = "{% if code %}Code {{ code }}{% else %}No code{% endif %}"
WEEK = {"seconds": 7 * 86_400}
CART10 = Promo.model_validate(
    {"name": "cart10", "codes": "codes/cart10.csv", "valid_for": WEEK, "where": ["site", "store"]}
)
CODE = {"code": {"promo": "cart10"}}


def message(name: str, text: str, data: dict[str, Any], **spec: Any) -> CompiledMessage:
    """A message that says the same by push and SMS."""
    variants = {
        Channel.PUSH: {"": {"title": name, "body": text, "url": "https://shop.example"}},
        Channel.SMS: {"": {"text": text}},
    }
    return CompiledMessage.of(name, MessageSpec.model_validate({"data": data, **spec}), variants)


def by(*channels: str) -> dict[str, Any]:
    """A cascade of these channels, a silent hour each."""
    said = [{"channel": each, "success": "opened", "fallback_after": {"seconds": 3600}} for each in channels]
    return {"channels": said}


def offering(*steps: dict[str, Any], when: str = "product_viewed", **said: Any) -> Journey:
    """The journey `offers`, on an event, by push."""
    enter = {"kind": "event", "when": when, "again_after": "always"} | said.pop("enter", {})
    return journey("offers", enter, **{"cascade": by("push"), "steps": list(steps) or [send("offer")], **said})


async def publish_offers(
    stack: Stack,
    offers_journey: Journey,
    *said: CompiledMessage,
    policy: Policy | None = None,
    promo: Promo = CART10,
    codes: Sequence[str] | None = None,
) -> None:
    """Publishes this journey alone, with these messages and a pool of codes."""
    draft = shipped_draft()
    compiled = draft.compiled | {message.name: message for message in said}
    update = {
        "journeys": {offers_journey.name: offers_journey},
        "policy": policy or Policy(),
        "promos": {promo.name: promo},
    }
    stack.project = stack.project.model_copy(update=update)
    if codes is not None:
        await load(stack, codes, promo)
    await publish.publish(stack.runtime, stack.project, compiled)
    async with stack.runtime.database.transaction() as connection:
        await stack.runtime.catalogue.refresh(connection)


async def load(stack: Stack, codes: Sequence[str], promo: Promo = CART10) -> None:
    """Makes the pool what this file says."""
    async with stack.runtime.database.transaction() as connection:
        await promo_codes.sync_codes(connection, promo, codes, now=stack.now)


async def viewers(stack: Stack, *users: str, channels: Sequence[str] = ("push",)) -> None:
    """People who consent to everything, each of whom looks at a product; decided about."""
    for user in users:
        await stack.person(user, *channels)
        await stack.track(user, "Product Viewed", product_id="pepperoni", name="Pepperoni", category="pizza", price=790)
    await stack.decide("offers")


def said(stack: Stack) -> list[str]:
    """What the messages said that reached customers, in order."""
    return [record.fields.get("body") or record.fields["text"] for record in stack.reached]


async def given(stack: Stack) -> dict[str, int]:
    """code → the enrollment that has it."""
    rows = await stack.rows("SELECT code, enrollment_id FROM promo_code WHERE enrollment_id IS NOT NULL")
    return {row["code"]: row["enrollment_id"] for row in rows}


def numbered(count: int) -> list[str]:
    """So many codes."""
    return [f"C-{number:03d}" for number in range(count)]


def promo(**said: Any) -> Promo:
    """The promo with other rules."""
    return CART10.model_copy(update=said)
