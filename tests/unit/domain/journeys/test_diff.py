"""What an edit changes: two versions compared, step by step, and the words that marketers read of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kaskad.domain.decisions.version_migration import migrate_attempt, replacement_steps
from kaskad.domain.journeys.approval import approval_reasons, is_same_person, version_channels
from kaskad.domain.journeys.cascade import CascadeOrder
from kaskad.domain.journeys.condition import EventMatch
from kaskad.domain.journeys.diff import diff_versions, has_same_entry_trigger
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Journey, Purpose, SendWindow
from kaskad.domain.journeys.policy import ApprovalPolicy
from kaskad.domain.journeys.step import Branch, Step
from kaskad.domain.journeys.version import TemplateRef, Version
from kaskad.domain.outcome import MessageStatus, Reason
from kaskad.services.publishing.change_texts import describe_changes
from tests.support.engine.builders import (
    ASKED,
    PUSH_THEN_EMAIL,
    attempt,
    cascade,
    channel_step,
    choose,
    journey,
    send,
    span,
    version,
    wait,
    window,
)

FIRST, SECOND, THIRD = send("first"), send("second"), send("third")
DAY, TWO = wait(days=1), wait(days=2)


def words(old: Version, new: Version) -> tuple[str, ...]:
    return describe_changes(diff_versions(old, new), old.journey, new.journey)


def way(*steps: Step) -> Step:
    return choose(Branch(if_=ASKED, then=steps))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ((FIRST,), (FIRST, SECOND), ["added, after: send 'first': send 'second'"]),
        ((FIRST,), (SECOND, FIRST), ["added, as the first step: send 'second'"]),
        ((FIRST, SECOND), (FIRST,), ["removed: send 'second'"]),
        ((FIRST, DAY, SECOND), (FIRST, TWO, SECOND), ["changed: wait a day becomes wait 2 days"]),
        ((FIRST,), (SECOND,), ["changed: send 'first' becomes send 'second'"]),
        ((FIRST, DAY, SECOND), (DAY, SECOND, FIRST), ["moved, now after: send 'second': send 'first'"]),
        (
            (FIRST,),
            (send("first", relevant_for=span(hours=6)),),
            ["changed: send 'first' becomes send 'first'; stale after 6 hours"],
        ),
        (
            (FIRST,),
            (send("first", cascade=cascade(channel_step("sms"))),),
            ["changed: send 'first' becomes send 'first' by SMS"],
        ),
        ((way(FIRST),), (way(SECOND),), ["changed: send 'first' becomes send 'second'"]),
        ((way(FIRST), SECOND), (way(), FIRST, SECOND), ["moved, now after: choose ('way'): send 'first'"]),
        ((way(FIRST),), (choose(Branch(if_=(), then=(FIRST,))),), ["changed: choose ('way'): what decides there"]),
        ((FIRST, DAY), (DAY, THIRD), ["removed: send 'first'", "added, after: wait a day: send 'third'"]),
    ],
)
def test_steps_in_words(old: tuple[Step, ...], new: tuple[Step, ...], said: list[str]) -> None:
    assert list(words(version(*old), version(*new))) == said


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"priority": 80}, "the priority: 80 (before: 50)"),
        ({"title": "Again"}, "the title: 'Again' (before: 'Tried')"),
        ({"edits": "follow"}, "those inside: move to each new version (before: finish with their version)"),
        ({"leave": (EventMatch(when="order_completed"),)}, "who leaves: who has bought (before: none)"),
        ({"topic": "carts"}, "the topic: carts (before: none)"),
        (
            {"send_window": SendWindow(**window("09:00", "21:00").model_dump(by_alias=True))},
            "sent: 09:00 to 21:00, outside: wait (before: at any time)",
        ),
        (
            {"cascade": cascade(channel_step("email"))},
            "messages go by: e-mail (before: push (opened within 2 hours), then e-mail)",
        ),
        (
            {"cascade": PUSH_THEN_EMAIL.model_copy(update={"order": CascadeOrder.PREFERRED})},
            "messages go by: push (opened within 2 hours), then e-mail (first the one that the customer answered in "
            "last) (before: push (opened within 2 hours), then e-mail)",
        ),
        ({"holdout": Decimal("0.10")}, "held out: 10% (before: 0%)"),
        (
            {"enter": EventTrigger(when="cart_updated", quiet_for=span(hours=1), again_after="always")},
            "who enters: When a cart has been quiet for an hour (before: When a customer has changed the cart)",
        ),
    ],
)
def test_settings_in_words(setting: dict[str, Any], said: str) -> None:
    assert words(version(FIRST), version(FIRST, **setting)) == (said,)


def test_a_template_that_reads_otherwise() -> None:
    new = version(FIRST, templates={"first": TemplateRef(hash="1", channels=("push",))})
    assert words(version(FIRST), new) == ("the message 'first' reads otherwise",)


def test_nothing_differs_between_a_version_and_itself() -> None:
    old = version(FIRST, way(SECOND), DAY)
    assert not diff_versions(old, old)
    assert words(old, old) == ("nothing that people would notice",)


def test_of_what_is_replaced_the_plan_can_say_by_what() -> None:
    old, new = version(FIRST, DAY, SECOND), version(FIRST, TWO, SECOND)
    (before,), (after,) = (
        [step for step in version.program.nodes if step.startswith("wait:")] for version in (old, new)
    )
    assert diff_versions(old, new).replaced == {before: after}


def test_an_entrance_is_another_one_when_something_else_lets_people_in() -> None:
    def by(**said: Any) -> Journey:
        return journey(FIRST, enter=EventTrigger(**{"when": "cart_updated", "again_after": "always", **said}))

    assert has_same_entry_trigger(by(), by(quiet_for=span(hours=1), if_=ASKED))
    assert not has_same_entry_trigger(by(), by(when="order_completed"))
    assert not has_same_entry_trigger(by(), by(once_per="cart"))


def test_a_step_goes_by_all_the_names_that_edits_gave_it() -> None:
    assert list(replacement_steps("a", {"a": "b", "b": "c", "x": "y"})) == ["b", "c"]
    assert list(replacement_steps("a", {"a": "b", "b": "a"})) == ["b"], "an edit that was taken back"
    assert list(replacement_steps("c", {"a": "b"})) == []


@pytest.mark.parametrize("status", ["sending", "sent", "unknown"])
def test_what_may_have_gone_counts_at_the_step_in_its_place(status: str) -> None:
    tried = attempt("push", status)
    assert migrate_attempt(tried, doubted=False) == tried


@pytest.mark.parametrize("status", ["queued", "claimed", "held"])
def test_what_never_went_does_not_count_there_unless_it_is_in_doubt(status: str) -> None:
    tried = attempt("push", status)
    assert migrate_attempt(tried, doubted=False) is None
    counted = migrate_attempt(tried, doubted=True)
    assert counted is not None
    assert counted.status is MessageStatus.UNKNOWN


@pytest.mark.parametrize("status", ["failed", "dropped"])
def test_what_failed_may_be_tried_again_by_the_step_in_its_place(status: str) -> None:
    assert migrate_attempt(attempt("push", status), doubted=False) is None


@pytest.mark.parametrize("status", ["sent", "failed", "dropped", "held"])
def test_a_no_counts_at_the_step_in_its_place_whatever_became_of_the_message(status: str) -> None:
    tried = attempt("push", status, stopped=Reason.COMPLAINED)
    assert migrate_attempt(tried, doubted=False) == tried


NEEDED = ApprovalPolicy(first_publish=True, purposes=(Purpose.TRANSACTIONAL,), audience_over=10_000)


@pytest.mark.parametrize(
    ("said", "first", "audience", "why"),
    [
        ({}, False, 10_000, ()),
        ({}, True, 0, ("its first publish",)),
        ({"purpose": "transactional"}, False, 0, ("purpose transactional",)),
        ({}, False, 10_001, ("an audience over 10,000: 10,001 people",)),
    ],
)
def test_when_a_second_person_is_needed(said: dict[str, Any], first: bool, audience: int, why: tuple[str, ...]) -> None:
    assert approval_reasons(NEEDED, version(FIRST, **said), first=first, audience=audience) == why


def test_a_message_of_another_purpose_counts() -> None:
    template = TemplateRef(hash="0", channels=("push",), purpose="transactional")
    assert approval_reasons(NEEDED, version(FIRST, templates={"first": template}), first=False, audience=0)


def test_the_channels_that_can_be_taken_have_a_rung_and_a_template() -> None:
    template = TemplateRef(hash="0", channels=("email", "sms"))
    assert version_channels(version(FIRST, templates={"first": template}, cascade=PUSH_THEN_EMAIL)) == ("email",)


def test_one_person_is_one_however_the_name_is_written() -> None:
    assert is_same_person("Anna@shop.example ", "anna@shop.example")
    assert not is_same_person("anna@shop.example", "boris@shop.example")
