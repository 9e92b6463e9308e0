"""One mailbox, one message: what customers with the same address were sent counts for all of them. Pure.

A transactional message always goes. Any other is not sent again to an address that another customer has, and an
advertisement waits until some time has passed since the last one there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kaskad.domain.decisions.send_policy import Defer, Refuse
from kaskad.domain.decisions.version_migration import replacement_steps
from kaskad.domain.journeys.entry_trigger import ReentryRule
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import Reason

BETWEEN_MESSAGES = timedelta(hours=3)  # between two advertisements to customers with the same address
LONGEST = timedelta(days=30)  # no message counts for longer


@dataclass(frozen=True, slots=True)
class AddressTouch:
    """A message that a customer was sent, or may have been, at an address."""

    customer: int
    journey: str
    step: str
    purpose: Purpose
    at: datetime


def same_message_for(again: ReentryRule) -> timedelta:
    """How long a message to an address counts for other customers there: `again_after`, within its limits."""
    if again == "always":
        return BETWEEN_MESSAGES
    return LONGEST if again == "never" else min(max(again.as_timedelta, BETWEEN_MESSAGES), LONGEST)


def shared_address_verdict(
    own: AddressTouch, touches: Iterable[AddressTouch], *, again: ReentryRule, moved: Mapping[str, str]
) -> Refuse | Defer | None:
    """Why the message `own` is not sent, if its address had one for another customer; None if it is sent.

    `moved`: steps removed by edits, and the steps that replaced them. The distance counts in both directions: in a
    simulation another customer may be ahead.
    """
    if own.purpose is Purpose.TRANSACTIONAL:
        return None
    others = [(touch, abs(own.at - touch.at)) for touch in touches if touch.customer != own.customer]
    alike = same_message_for(again)
    if any(_is_same_message(own, touch, moved) and distance < alike for touch, distance in others):
        return Refuse(Reason.SAME_ADDRESS)
    if own.purpose is not Purpose.MARKETING:
        return None
    near = [
        touch.at for touch, distance in others if touch.purpose is Purpose.MARKETING and distance < BETWEEN_MESSAGES
    ]
    return Defer(max(near) + BETWEEN_MESSAGES, Reason.BETWEEN_MESSAGES) if near else None


def _is_same_message(own: AddressTouch, touch: AddressTouch, moved: Mapping[str, str]) -> bool:
    return touch.journey == own.journey and own.step in (touch.step, *replacement_steps(touch.step, moved))
