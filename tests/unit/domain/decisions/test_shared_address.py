"""One mailbox, one message: what another customer with the same address was sent, and for how long it counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.decisions.send_policy import Defer, Refuse
from kaskad.domain.decisions.shared_address import AddressTouch, same_message_for, shared_address_verdict
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.entry_trigger import ReentryRule
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import MessageStatus, Reason
from tests.support.engine.builders import NOW, attempt, decide, facts, hours, inside, said, span, version

MARKETING, REQUESTED, MUST = Purpose.MARKETING, Purpose.REQUESTED, Purpose.TRANSACTIONAL
SAME = Refuse(Reason.SAME_ADDRESS)


def touch(ago: float = 1, customer: int = 2, step: str = "send:a", **more: Any) -> AddressTouch:
    """What somebody was sent, so many hours ago."""
    told: dict[str, Any] = {"journey": "sells", "purpose": MARKETING, **more}
    return AddressTouch(customer=customer, step=step, at=NOW - hours(ago), **told)


def near(ago: float) -> Defer:
    """The wait after an advertisement of so many hours ago."""
    return Defer(NOW - hours(ago) + hours(3), Reason.BETWEEN_MESSAGES)


def verdict(
    *touches: AddressTouch, purpose: Purpose = MARKETING, again: ReentryRule = "always", moved: Any = None
) -> Refuse | Defer | None:
    own = touch(0, customer=1, purpose=purpose)
    return shared_address_verdict(own, touches, again=again, moved=moved or {})


CASES: list[tuple[Refuse | Defer | None, Refuse | Defer | None]] = [
    (verdict(), None),
    (verdict(touch()), SAME),
    (verdict(touch(customer=1)), None),  # one's own
    (verdict(touch(), purpose=MUST), None),
    (verdict(touch(purpose=REQUESTED), purpose=REQUESTED), SAME),
    (verdict(touch(step="send:b")), near(1)),
    (verdict(touch(journey="asks")), near(1)),
    (verdict(touch(journey="asks"), touch(2, journey="other")), near(1)),
    (verdict(touch(journey="asks", purpose=REQUESTED)), None),
    (verdict(touch(journey="asks"), purpose=REQUESTED), None),
    (verdict(touch(3, step="send:b")), None),
    (verdict(touch(3)), None),
    (verdict(touch(3), again=span(hours=4)), SAME),
    (verdict(touch(2), again=span(hours=1)), SAME),
    (verdict(touch(5), again=span(hours=4)), None),
    (verdict(touch(24 * 29), again="never"), SAME),
    (verdict(touch(24 * 30), again="never"), None),
    (verdict(touch(24 * 30), again=span(days=90)), None),
    (verdict(touch(step="send:old"), moved={"send:old": "send:a"}), SAME),
    (verdict(touch(step="send:old"), moved={"send:old": "send:c", "send:c": "send:a"}), SAME),
    (verdict(touch(-1)), SAME),  # in a simulation: the other one is ahead
    (verdict(touch(-1, step="send:b")), near(-1)),
]


@pytest.mark.parametrize(("found", "expected"), CASES)
def test_what_another_customer_with_the_address_was_sent(
    found: Refuse | Defer | None, expected: Refuse | Defer | None
) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("again", "counts"),
    [
        ("always", timedelta(hours=3)),
        ("never", timedelta(days=30)),
        (Duration(), timedelta(hours=3)),
        (Duration(days=7), timedelta(days=7)),
        (Duration(days=31), timedelta(days=30)),
    ],
)
def test_how_long_the_same_message_counts(again: ReentryRule, counts: timedelta) -> None:
    assert same_message_for(again) == counts


@pytest.mark.parametrize("status", [MessageStatus.DROPPED, MessageStatus.UNKNOWN])
def test_the_step_ends_and_no_other_channel_takes_it(status: MessageStatus) -> None:
    tried = attempt("push", status, reason=Reason.SAME_ADDRESS)
    decided = decide(version(), inside(), facts(attempts=[tried]))
    assert decided.queue is None
    assert said(decided)[0][1:] == ("send:hello", Reason.SAME_ADDRESS)


def test_a_message_that_is_held_for_a_while_is_decided_again() -> None:
    tried = attempt("push", "held", reason=Reason.BETWEEN_MESSAGES)
    decided = decide(version(), inside(), facts(attempts=[tried]))
    assert decided.queue is not None
    assert decided.queue.channel == "push"
