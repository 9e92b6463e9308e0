"""What is kept of a decision's inputs is enough to make it again."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from kaskad.domain.channel import Channel
from kaskad.domain.decisions import engine, snapshot
from kaskad.domain.decisions.cascade_action import Attempt
from kaskad.domain.decisions.facts import (
    Consent,
    CustomerFacts,
    Enrollment,
    Facts,
    MergedMessage,
    MergeGroup,
    OtherEntry,
    RelatedPurchase,
    SiblingEnrollment,
    Touch,
    WebhookCall,
)
from kaskad.domain.decisions.snapshot import load_snapshot
from kaskad.domain.journeys.never_about import Relation
from kaskad.domain.journeys.policy import Cap
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.version import Version
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus, Reason
from tests.support.engine.builders import (
    LEFT,
    NOW,
    PROPERTY,
    attempt,
    candidate,
    consent,
    decide,
    facts,
    hours,
    inside,
    journey,
    person,
    project,
    send,
    span,
    version,
)
from tests.support.engine.random_journeys import cases

Case = tuple[Version, Enrollment, Facts, datetime, Project]


def kept(before: Enrollment, after: Enrollment, known: Facts, published: Version) -> dict[str, Any]:
    """What is stored, and read again."""
    stored = {"version": 1, "files": 1} | snapshot.dump_snapshot(before, after, known, journey=published.journey)
    document: dict[str, Any] = json.loads(json.dumps(stored))
    return document


@PROPERTY
@given(cases())
def test_every_decision_can_be_made_again(case: Case) -> None:
    published, before, known, now, shop = case
    decision = engine.decide(published, before, known, now=now, project=shop)
    again = load_snapshot(kept(before, decision.enrollment, known, published), before)
    assert engine.decide(published, again.enrollment, again.facts, now=now, project=shop) == decision


def test_nothing_that_facts_may_say_is_forgotten() -> None:
    """A new kind of fact has to be written down as well."""
    written = {
        "person",
        "truths",
        "exit",
        "happened",
        "attempts",
        "last_heard",
        "down",
        "values",
        *snapshot.RARE_FACTS,
    }
    assert {field.name for field in fields(Facts)} == written
    people = {"contacts", "consents", "touches", "entries", "answered", "confirmed", "assigned"}
    assert {field.name for field in fields(CustomerFacts)} == people | {"id", "zone", "locale"}
    for kind, names in (
        (Attempt, snapshot.ATTEMPT_FIELDS),
        (Consent, snapshot.CONSENT_FIELDS),
        (Touch, snapshot.TOUCH_FIELDS),
    ):
        assert tuple(field.name for field in fields(kind)) == names


def test_a_decision_to_send_keeps_how_to_reach_the_customer() -> None:
    someone = person(
        "push",
        "email",
        zone=ZoneInfo("Asia/Yekaterinburg"),
        consents=(
            consent(),
            consent("carts", "push", granted=False),
            consent("carts", "email"),
            replace(consent("carts"), sender="shop"),
            replace(consent(granted=False), is_pause=True),
            replace(consent(granted=False), sender="shop", is_pause=True),
        ),
        touches=(Touch(date(2026, 6, 9), "carts", "shop"),) * 2 + (Touch(date(2026, 6, 9), None, "shop"),),
        answered={Channel.EMAIL: NOW - hours(2)},
        assigned=(("", 9),),
    )
    known = facts(
        someone,
        [
            attempt("push", ago=3, opened_at=NOW, stopped=Reason.COMPLAINED),
            attempt("email", "failed", reason=Reason.ADDRESS_DEAD),
        ],
        truths={"only_while": None, "x.if": True},
        last_heard={"store": NOW, "site": NOW},
        down=frozenset({Channel.SMS}),
        values={"a": NOW, "b": date(2026, 2, 28), "c": Decimal("1.10"), "d": "2026-02-28", "e": None, "f": ["x"]},
    )
    published = version(send(), fresh_data={"store": span(minutes=5)})
    before = inside()
    read = load_snapshot(kept(before, before, known, published), before)
    assert read.enrollment == before
    assert read.facts == replace(
        known, last_heard={"store": NOW}, person=replace(someone, locale="", consents=read.facts.person.consents)
    )
    assert set(read.facts.person.consents) == set(someone.consents)


def test_what_few_decisions_ask_for_is_kept_too() -> None:
    """Purchases, dates, who else stands there, and calls to other systems."""
    mates = MergeGroup(
        (SiblingEnrollment(2, NOW - hours(1), {"only_while": None}),), (MergedMessage(3, frozenset({2, 3}), True, NOW),)
    )
    known = facts(
        bought=(
            RelatedPurchase("pepperoni", NOW - hours(3), "store", about="diavola", relation=Relation.SIMILAR),
            RelatedPurchase("cola", NOW - hours(4), about="cola", relation=Relation.AGAIN, in_cart=True),
        ),
        cart_things=3,
        entrance_date="1990-02-29",
        company={"send:hello": mates},
        calls={"webhook:told": WebhookCall(MessageStatus.FAILED, True, NOW, "404")},
    )
    read = load_snapshot(kept(inside(), inside(), known, version()), inside()).facts
    assert {name: getattr(read, name) for name in snapshot.RARE_FACTS} == {
        name: getattr(known, name) for name in snapshot.RARE_FACTS
    }


def test_the_one_purchase_of_an_old_snapshot_is_the_very_product() -> None:
    """Whatever it was, it forbade the message in every purpose: the decision is made the same again."""
    old = kept(inside(), inside(), facts(), version())
    old["more"] = {"bought": {"product": "pepperoni", "at": NOW.isoformat(), "place": "store"}}
    assert load_snapshot(old, inside()).facts.bought == (RelatedPurchase("pepperoni", NOW, "store"),)


def test_who_left_or_was_refused_keeps_no_address() -> None:
    """Rows stay small where nothing was to be sent."""
    published = version()
    left = decide(published, inside(), facts(exit=LEFT))
    assert set(snapshot.dump_snapshot(inside(), left.enrollment, facts(exit=LEFT), journey=published.journey)) == {
        "zone",
        "stood",
        "exit",
    }
    known = facts(truths={"enter.where": False})
    refused = snapshot.dump_snapshot(
        candidate(), replace(candidate(), status=EnrollmentStatus.REFUSED), known, journey=published.journey
    )
    assert refused == {"zone": "UTC", "truths": {"enter.where": False}}


@pytest.mark.parametrize("status", [MessageStatus.SENT, MessageStatus.UNKNOWN])
def test_an_attempt_is_written_without_what_is_empty(status: MessageStatus) -> None:
    known = facts(attempts=[attempt("push", status.value)])
    document = kept(inside(), inside(), known, version())
    assert document["attempts"] == {"send:hello": [["push", status.value, snapshot.to_microseconds(NOW)]]}


def test_a_full_cap_is_full_again() -> None:
    shop = project(Cap(at_most=1, per="day"))
    known = facts(person(touches=(Touch(NOW.date(), None, "shop"),)))
    decision = decide(version(), inside(), known, shop=shop)
    assert [note.reason for note in decision.notes] == [Reason.CAP]
    again = load_snapshot(kept(inside(), decision.enrollment, known, version()), inside())
    assert decide(version(), again.enrollment, again.facts, shop=shop) == decision


def test_the_last_entry_that_wrote_is_kept_for_admission() -> None:
    published = version(enter=journey().enter.model_copy(update={"again_after": span(days=7)}))
    wrote = OtherEntry(5, "tried", "o5", NOW - hours(5), wrote=True, together=frozenset({8, 9}))
    known = facts(person(entries=(wrote, OtherEntry(6, "other", "", NOW, wrote=True))))
    decision = decide(published, candidate(), known)
    assert [note.reason for note in decision.notes] == [Reason.AGAIN_TOO_SOON]
    again = load_snapshot(kept(candidate(), decision.enrollment, known, published), candidate())
    assert again.facts.person.entries == (wrote,)
    assert decide(published, again.enrollment, again.facts) == decision


def test_by_an_old_snapshot_the_person_is_outside_as_any_of_its_customers() -> None:
    old = {"zone": "UTC", "members": [7, 9], "version": 1, "files": 1}
    facts = load_snapshot(old, inside()).facts
    assert facts.person.outside_as("") == facts.person.outside_as(inside().journey) == {7, 9}
