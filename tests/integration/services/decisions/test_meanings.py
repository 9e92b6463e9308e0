"""The seven meanings of the language, and the table of purposes: which test holds which, and those held here alone."""

from __future__ import annotations

import ast
from datetime import timedelta
from functools import lru_cache
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.rules import compare, enrollments, event_journey, send, wait, with_journeys
from tests.support.stack import OpenStack

TESTS = ROOT / "tests"
HERE = "integration/services/decisions/test_meanings.py"
# what is promised → the tests, by file, that turn red when it is broken
HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "1. `event.*` is frozen at entry; all else is read when deciding": {
        HERE: ("test_what_came_with_the_entry_is_frozen_and_all_else_is_read_when_deciding",),
        "unit/domain/decisions/test_action_steps.py": (
            "test_what_came_with_the_entry_is_read_once",
            "test_what_is_set_is_seen_by_the_next_pass",
        ),
        "integration/services/delivery/test_send_check.py": ("test_what_changes_after_the_claim_is_seen",),
    },
    "2. a `send` ends when a rung succeeded, the cascade is exhausted or `relevant_for` is over": {
        "unit/domain/decisions/test_sending.py": (
            "test_reached_is_over_and_what_has_not_gone_goes_no_more",
            "test_exhausted_is_over",
            "test_not_relevant_any_more_is_over",
        ),
    },
    "2. a `wait` after it counts from the first attempt and never ends before the send does": {
        "unit/domain/decisions/test_waiting.py": (
            "test_a_wait_after_a_send_counts_from_its_first_attempt",
            "test_a_wait_never_ends_before_the_send_does",
            "test_a_wait_after_a_send_that_reached_nobody_counts_from_there",
        ),
    },
    "3. an unknown value is neither true nor false, under `not` too, and holds": {
        "integration/services/decisions/test_conditions.py": (
            "test_what_is_not_known_holds_everything",
            "test_what_was_not_known_is_asked_again",
        ),
    },
    "4. `again_after` counts from the last entry that sent something": {
        "unit/domain/decisions/test_admission.py": ("test_again_after_counts_from_the_last_entry_that_sent",),
        "integration/services/decisions/entries/test_reentry.py": (
            "test_an_entry_that_sent_nothing_keeps_nobody_out",
            "test_three_orders_in_a_minute_are_one_letter",
            "test_one_that_left_without_a_word_takes_nobodys_turn",
        ),
    },
    "5. `same:` compares with the entry's own": {
        HERE: ("test_same_compares_with_the_entrys_own", "test_what_is_waited_for_is_the_entrys_own_too"),
        "integration/services/decisions/test_exits.py": (
            "test_an_order_leaves_its_own_cart_or_all_where_it_names_none",
        ),
    },
    "6. `leave` looks at what happened after entry, and is known now": {
        "integration/services/decisions/test_exits.py": (
            "test_a_tills_order_that_comes_two_hours_late_still_stops",
            "test_an_order_before_the_entry_is_no_exit",
        ),
        "integration/services/decisions/entries/test_entry_conditions.py": (
            "test_skew_is_what_the_machines_clock_says",
        ),
    },
    "7. a paused journey takes no entries and sends nothing; clocks run on, what expires drops": {
        "integration/services/operations/test_pausing.py": (
            "test_it_takes_nobody_in_and_what_happened_meanwhile_lets_nobody_in_later",
            "test_its_clocks_run_on",
            "test_what_expires_meanwhile_drops",
            "test_who_leaves_meanwhile_has_left",
        ),
    },
    "purposes: consent, topic opt-out, caps, holdout, quiet hours, dead address and STOP, each for each purpose": {
        "unit/domain/decisions/test_purposes.py": ("test_in_advance", "test_in_the_look"),
    },
    "purposes: a request is the consent, used up when the enrollment ends": {
        "integration/services/decisions/entries/test_fanout.py": ("test_a_request_is_used_up_by_being_told",),
    },
    "purposes: who did not ask gets it as marketing": {
        "unit/domain/decisions/test_purposes.py": ("test_what_a_viewer_of_a_requested_journey_gets_is_marketing",),
    },
    "purposes: `transactional` may carry neither promo nor recommendation": {
        "unit/config/test_references.py": ("test_what_it_may_not",),
    },
}


@lru_cache
def names_in(file: str) -> frozenset[str]:
    body = ast.parse((TESTS / file).read_text()).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("promise", HELD)
def test_each_is_held_by_a_test_of_its_own(promise: str) -> None:
    lost = {file: set(names) - names_in(file) for file, names in HELD[promise].items()}
    assert not any(lost.values()), lost


# --- 1 ----------------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_what_came_with_the_entry_is_frozen_and_all_else_is_read_when_deciding(open_stack: OpenStack) -> None:
    paid = compare("event.coupon", "is", "spring", "text")
    lives = compare("customer.city", "is", "Omsk", "text")
    holds = {"kind": "choose", "branches": [{"if": [paid, lives], "then": [send("how_was_it")]}]}
    letter = event_journey("letter", "app_opened", steps=[wait(3600), holds])
    stack = await open_stack(edit=with_journeys(letter))
    await stack.person("anna", "email", city="Tomsk")
    await stack.track("anna", "app_opened", coupon="spring")
    await stack.run("letter")
    await stack.at(timedelta(minutes=30))
    await stack.track("anna", "app_opened", coupon="none")  # inside already: it changes nothing of the entry
    await stack.identify("anna", city="Omsk")
    await stack.at(timedelta(minutes=30))
    await stack.run("letter")
    assert (await enrollments(stack, "letter"))[0]["entry"] == {"coupon": "spring"}
    assert [channel for channel, _ in stack.sent()] == ["email"]


# --- 5 ----------------------------------------------------------------------------------------------------------------

# what is the same → the event that lets in and the one that ends it, with the entry's own and with another
SAMES: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "cart": ("app_opened", "order_completed", {"cart_id": "k1"}, {"cart_id": "k2"}),
    "product": ("product_viewed", "product_liked", {"product_id": "p1"}, {"product_id": "p2"}),
    "order": ("order_delivered", "order_cancelled", {"order_id": "o1"}, {"order_id": "o2"}),
    "email": ("signed_up", "email_confirmed", {"email": "a@shop.example"}, {"email": "b@shop.example"}),
}


@pytest.mark.anyio
@pytest.mark.parametrize("same", SAMES)
async def test_same_compares_with_the_entrys_own(same: str, open_stack: OpenStack) -> None:
    comes, ends, own, other = SAMES[same]
    leaving = event_journey(
        "leaving", comes, enter={"once_per": same}, leave=[{"when": ends, "same": same}], steps=[wait(3600)]
    )
    stack = await open_stack(edit=with_journeys(leaving))
    for properties in (own, other):
        await stack.track("anna", comes, **properties)
    await stack.decide("leaving")
    await stack.at(timedelta(minutes=1))
    await stack.track("anna", ends, **own)
    await stack.decide("leaving")
    stands = {row["key"]: row["status"] for row in await enrollments(stack, "leaving")}
    assert stands == {next(iter(own.values())): "left", next(iter(other.values())): "active"}


@pytest.mark.anyio
@pytest.mark.parametrize("same", SAMES)
async def test_what_is_waited_for_is_the_entrys_own_too(same: str, open_stack: OpenStack) -> None:
    comes, ends, own, other = SAMES[same]
    event = {"when": ends, "same": same}
    steps = [{"kind": "wait_for", "event": event, "up_to": {"seconds": 3600}, "then": [], "else": [wait(3600)]}]
    waiting = event_journey("waiting", comes, enter={"once_per": same}, steps=steps)
    stack = await open_stack(edit=with_journeys(waiting))
    for properties in (own, other):
        await stack.track("anna", comes, **properties)
    await stack.decide("waiting")
    await stack.at(timedelta(minutes=1))
    await stack.track("anna", ends, **own)
    await stack.decide("waiting")
    stands = {row["key"]: row["status"] for row in await enrollments(stack, "waiting")}
    assert stands == {next(iter(own.values())): "done", next(iter(other.values())): "active"}
