"""The table of purposes: what holds for marketing, what for a request, and what for a transaction. Row by row.

Each limit is asked in advance, by the engine, and once more in the look.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.experiment import in_holdout
from kaskad.domain.decisions.facts import CustomerFacts, Enrollment, Facts, RelatedPurchase, Touch
from kaskad.domain.decisions.send_check import PendingSend, send_blocker
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.never_about import NeverAbout, Relation
from kaskad.domain.journeys.policy import Cap, Policy
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.version import TemplateRef, Version
from kaskad.domain.outcome import Mode, Reason
from tests.support.engine.builders import (
    NOW,
    candidate,
    consent,
    decide,
    facts,
    hours,
    inside,
    person,
    project,
    version,
    window,
)

MARKETING, REQUESTED, TRANSACTIONAL = Purpose
HELD_OUT = next(id_ for id_ in range(100) if in_holdout("tried", id_, Decimal("0.5")))
EVERYBODY = Decimal("0.999999999")
TOUCHED = (Touch(NOW.date(), "carts", "shop"),)
DEAD, STOPPED = dict.fromkeys(Channel, "dead"), dict.fromkeys(Channel, "stopped")


@dataclass(frozen=True)
class Limit:
    """Something that may forbid a message, and to whom it does."""

    reason: Reason
    who: CustomerFacts = field(default_factory=person)
    policy: Policy = Policy()  # noqa: RUF009 - a frozen value
    customer: int = 7
    journey: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    in_look: bool = True  # whether the look asks too: what counts messages is settled in advance

    def shop(self) -> Project:
        return project().model_copy(update={"policy": self.policy})

    def version(self, purpose: Purpose) -> Version:
        return version(topic="carts", purpose=purpose, **self.journey)

    def facts(self) -> Facts:
        return facts(self.who, **self.known)


CONSENT = Limit(Reason.NO_CONSENT, person(consents=()))
TOPIC = Limit(Reason.TOPIC_OPTED_OUT, person(consents=(consent(), consent("carts", granted=False))))
CAPS = Limit(Reason.CAP, person(touches=TOUCHED), Policy(caps=(Cap(at_most=1, per="day"),)), in_look=False)
HOLDOUT = Limit(Reason.HOLDOUT, customer=HELD_OUT, journey={"holdout": Decimal("0.5")}, in_look=False)
CONTROL = Limit(Reason.CONTROL_GROUP, policy=Policy(control_group=EVERYBODY))
MONTH = NeverAbout.model_validate({"same": {"days": 30}, "similar": {"days": 30}, "again": {"days": 1}})
PURCHASE = RelatedPurchase("pepperoni", NOW - hours(3), "store")
BOUGHT = Limit(Reason.BOUGHT, policy=Policy(never_about=MONTH), known={"bought": (PURCHASE,)})
LIKE = replace(PURCHASE, about="diavola", relation=Relation.SIMILAR)
LIKE_BOUGHT = Limit(Reason.BOUGHT, policy=Policy(never_about=MONTH), known={"bought": (LIKE,)})
QUIET = Limit(Reason.QUIET_HOURS, policy=Policy(quiet_hours=window("11:00", "14:00")))
DEAD_ADDRESS = Limit(Reason.ADDRESS_DEAD, person(contacts=DEAD))
STOP = Limit(Reason.ADDRESS_DEAD, person(contacts=STOPPED))
NOBODY = Limit(Reason.UNKNOWN_SENDER, journey={"sender": "nobody"})

TABLE: list[tuple[str, Limit, tuple[bool, bool, bool]]] = [
    ("consent", CONSENT, (True, False, False)),
    ("topic opt-out", TOPIC, (True, False, False)),
    ("caps", CAPS, (True, False, False)),
    ("holdout", HOLDOUT, (True, False, False)),
    ("control group", CONTROL, (True, False, False)),
    ("never about what was bought", BOUGHT, (True, True, False)),
    ("never about the like of what was bought", LIKE_BOUGHT, (True, False, False)),
    ("quiet hours", QUIET, (True, True, False)),
    ("dead address", DEAD_ADDRESS, (True, True, True)),
    ("STOP", STOP, (True, True, True)),
    ("unknown sender", NOBODY, (True, True, True)),
]
CASES = [
    pytest.param(limit, purpose, applies, id=f"{name}-{purpose}")
    for name, limit, row in TABLE
    for purpose, applies in zip(Purpose, row, strict=True)
]


def why_not_sent(limit: Limit, purpose: Purpose, enrollment: Enrollment) -> Reason | None:
    """The engine's reason; None where a message is queued."""
    decision = decide(limit.version(purpose), enrollment, limit.facts(), shop=limit.shop())
    return None if decision.queue else next(note.reason for note in decision.notes if note.reason)


def why_held_back(limit: Limit, purpose: Purpose) -> Reason | None:
    """The look's reason; None where the message goes."""
    claimed = PendingSend(
        step="send:hello",
        channel=Channel.PUSH,
        topic="carts",
        purpose=purpose,
        sender=limit.journey.get("sender", "shop"),
        message="hello",
        counts_on=NOW.date(),
        expires_at=NOW + timedelta(days=1),
    )
    enrollment = inside(purpose=purpose, sender=claimed.sender)
    return send_blocker(
        limit.version(purpose), enrollment, limit.facts(), message=claimed, now=NOW, project=limit.shop()
    )


@pytest.mark.parametrize(("limit", "purpose", "applies"), CASES)
def test_in_advance(limit: Limit, purpose: Purpose, applies: bool) -> None:
    sender = limit.journey.get("sender", "shop")
    somebody = candidate(purpose=purpose, customer=limit.customer, sender=sender)
    assert why_not_sent(limit, purpose, somebody) is (limit.reason if applies else None)


@pytest.mark.parametrize(("limit", "purpose", "applies"), [case for case in CASES if case.values[0].in_look])
def test_in_the_look(limit: Limit, purpose: Purpose, applies: bool) -> None:
    assert why_held_back(limit, purpose) is (limit.reason if applies else None)


@pytest.mark.parametrize("limit", [CONSENT, TOPIC, CAPS, HOLDOUT, CONTROL])
def test_what_a_viewer_of_a_requested_journey_gets_is_marketing(limit: Limit) -> None:
    viewer = candidate(purpose=MARKETING, customer=limit.customer)
    assert why_not_sent(limit, REQUESTED, viewer) is limit.reason
    asker = candidate(purpose=REQUESTED, customer=limit.customer)
    assert why_not_sent(limit, REQUESTED, asker) is None


def test_the_control_group_is_outside_what_a_template_makes_marketing() -> None:
    marketing = TemplateRef(hash="0", channels=tuple(Channel), purpose=MARKETING, topic="carts")
    published = version(purpose=REQUESTED, templates={"hello": marketing})
    decision = decide(published, candidate(purpose=REQUESTED), facts(), shop=CONTROL.shop())
    assert decision.queue is None
    assert [note.reason for note in decision.notes if note.reason] == [Reason.CONTROL_GROUP]


def test_a_test_run_goes_to_the_owner_whatever_the_policy_says() -> None:
    for limit in (CAPS, CONTROL, BOUGHT, QUIET):
        test_run = candidate(purpose=MARKETING, customer=limit.customer, mode=Mode.TEST)
        assert why_not_sent(limit, MARKETING, test_run) is None


def test_what_was_bought_is_remembered_with_the_decision() -> None:
    decision = decide(version(topic="carts"), inside(), BOUGHT.facts(), shop=BOUGHT.shop())
    (note,) = [note for note in decision.notes if note.reason is Reason.BOUGHT]
    assert note.detail == {"product": "pepperoni", "at": (NOW - hours(3)).isoformat(), "place": "store"}


def test_an_unknown_sender_is_waited_for_until_the_message_is_stale() -> None:
    published = version(topic="carts", sender="nobody")
    waiting = decide(published, inside(sender="nobody"), facts())
    assert (waiting.enrollment.step, waiting.enrollment.due_at) == ("send:hello", NOW + hours(1))
    stale = inside(sender="nobody", step_since=NOW - timedelta(days=7) + timedelta(minutes=30))
    assert decide(published, stale, facts()).abandoned_steps == ("send:hello",)
