"""The report, counted by hand beside a small shop whose every customer has a story of their own."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.step import CallStep
from kaskad.services.inspect.report import JourneyReport, Report, build_report
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio


def everybody_in(project: Project) -> Project:
    """Without the holdout: who is in it depends on ids."""
    return changed(project, "abandoned_cart", holdout=Decimal(0))


def changed(project: Project, journey: str, **values: object) -> Project:
    edited = project.journeys[journey].model_copy(update=values)
    return project.model_copy(update={"journeys": {**project.journeys, journey: edited}})


async def play(stack: Stack) -> None:
    """Anna hears by push, then by e-mail, and buys; Boris cannot be reached; Kolya buys first; Vera's cart is small."""
    await stack.person("anna", "push", "email", "sms")
    await stack.person("boris", "email", consent=False)
    await stack.person("kolya", "push", "sms")
    await stack.person("vera", "push")
    for user in ("anna", "boris", "kolya"):
        await stack.cart(user)
    await stack.cart("vera", price=300)
    await stack.at(timedelta(minutes=30))
    await stack.track(
        "kolya", "Order Completed", source="store", order_id="o1", total=900, place="store", store="Lenina 5"
    )
    await stack.at(timedelta(minutes=30))
    await stack.tills()
    await stack.run("abandoned_cart")
    await stack.at(timedelta(hours=2))
    await stack.tills()
    await stack.run("abandoned_cart")
    await stack.at(timedelta(minutes=10))
    await stack.track("anna", "Order Completed", source="app", order_id="o2", total=1500, cart_id="k1", place="app")
    await stack.run("abandoned_cart")


async def test_every_figure_of_a_played_journey(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody_in)
    await play(stack)
    report = (await build_report(stack.runtime)).journeys["abandoned_cart"]
    assert report.document() == {
        "entered": 2,
        "refused": {"where_false": 1},
        "sent": {"email": 1, "push": 1},
        "failed": {},
        "fell_through": {"push": 1},
        "held": {"no_consent": 1},
        "left": {"order_completed": 2},
        "left_places": {"order_completed": {"app": 1, "store, Lenina 5": 1}},
        "left_before": 1,
        "unknown": 0,
        "goal": 1,
        "cost": "0.10",
        "cost_of_calls": "0.00",
        "cost_sms_only": "2.00",
        "saved": "1.90",
        "beyond_sms": 0,
    }


async def test_the_columns_add_up(open_stack: OpenStack) -> None:
    """Everybody is let in, refused, or left before; a message that fell through was sent, failed or is unknown."""
    stack = await open_stack(edit=everybody_in)
    await play(stack)
    everybody = "SELECT count(*) AS n FROM enrollment WHERE journey = 'abandoned_cart'"
    tried = "SELECT count(*) AS n FROM message WHERE journey = 'abandoned_cart' AND sending_at IS NOT NULL"
    for status in ("sent", "failed", "unknown", "sending"):
        if status != "sent":
            await stack.rows(f"UPDATE message SET status = '{status}' WHERE channel = 'push'")
        report = (await build_report(stack.runtime)).journeys["abandoned_cart"]
        assert report.left_before == 1, "Kolya, who bought first"
        (people,) = await stack.rows(everybody)
        assert report.entered + report.refused.total() + report.left_before == people["n"]
        assert report.left.total() - report.left_before <= report.entered
        (messages,) = await stack.rows(tried)
        outcomes = report.sent.total() + report.failed.total() + report.unknown
        assert outcomes == messages["n"] - (status == "sending"), "nobody can tell yet what is being sent"
        assert report.failed == ({"push": 1} if status == "failed" else {})
        assert report.fell_through == ({} if status == "sending" else {"push": 1})


async def test_all_together_is_the_sum_of_the_journeys(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody_in)
    await play(stack)
    await stack.at(timedelta(hours=1))
    await stack.run("thank_you")
    made = await build_report(stack.runtime)
    assert set(made.journeys) == set(stack.project.journeys)
    assert made.total.entered == sum(journey.entered for journey in made.journeys.values()) == 4
    assert made.total.sent == made.journeys["abandoned_cart"].sent + made.journeys["thank_you"].sent
    # Anna's cart and Kolya's "how was it?": she has had her two messages of the day.
    assert made.total.cost_sms_only == Decimal("4.00")
    assert made.journeys["thank_you"].held == {"cap": 1}


async def test_only_who_entered_within_the_time_counts(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody_in)
    await play(stack)

    def entered(made: Report) -> int:
        return made.journeys["abandoned_cart"].entered

    later = NOON + timedelta(seconds=1)
    assert entered(await build_report(stack.runtime, since=NOON, until=later)) == 2
    empty = await build_report(stack.runtime, since=later)
    assert entered(empty) == 0
    assert (empty.journeys["abandoned_cart"].goal, empty.journeys["abandoned_cart"].cost) == (0, 0)
    assert not empty.journeys["abandoned_cart"].held
    assert entered(await build_report(stack.runtime, until=NOON)) == 0


async def test_a_goal_is_about_the_same_thing_and_in_time(stack: Stack) -> None:
    for user in ("one", "two", "three"):
        await stack.person(user, "push")
        await stack.track(user, "Order Completed", order_id=f"o-{user}", total=100)
    await stack.run("thank_you")
    await stack.track("one", "review_written", order_id="o-one", rating=5)
    await stack.track("two", "review_written", order_id="another", rating=5)
    await stack.at(timedelta(days=14, seconds=1))
    await stack.track("three", "review_written", order_id="o-three", rating=5)
    report = (await build_report(stack.runtime)).journeys["thank_you"]
    assert (report.entered, report.goal) == (3, 1)


async def test_tests_do_not_count(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody_in)
    await play(stack)
    await stack.rows("UPDATE enrollment SET mode = 'test'")
    await stack.rows("UPDATE message SET mode = 'test'")
    assert (await build_report(stack.runtime)).total == JourneyReport()


async def test_calls_cost_what_people_cost_and_are_no_saving(open_stack: OpenStack) -> None:
    step = CallStep(team="retention", script="cart_reason", within=Duration(seconds=86_400))

    def calls_only(project: Project) -> Project:
        return changed(everybody_in(project), "abandoned_cart", steps=(step,))

    stack = await open_stack(edit=calls_only)
    await stack.person("anna", "call")
    await stack.cart("anna")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")
    report = (await build_report(stack.runtime)).journeys["abandoned_cart"]
    assert (report.sent, report.cost, report.cost_of_calls) == ({"call": 1}, 60, 60)
    assert (report.cost_sms_only, report.saved, report.beyond_sms) == (0, 0, 1)  # nothing says it by SMS


async def test_an_unknown_costs_and_is_neither_sent_nor_held(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody_in)
    await stack.person("anna", "email")
    await stack.cart("anna")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")
    await stack.rows("UPDATE message SET status = 'unknown', sent_at = NULL")
    await stack.rows(
        """INSERT INTO decision (enrollment_id, customer_id, journey, step, kind, reason, facts, at)
               SELECT enrollment_id, customer_id, journey, step, 'held', 'cap', '{}', sending_at FROM message"""
    )
    report = (await build_report(stack.runtime)).journeys["abandoned_cart"]
    assert (report.unknown, report.sent, report.held) == (1, {}, {})
    assert (report.cost, report.cost_sms_only) == (Decimal("0.1"), 0)


async def test_the_last_word_on_a_step_is_the_one_that_counts(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody_in)
    await stack.person("anna", "push")
    await stack.at(timedelta(hours=9))  # 21:00: quiet hours from when the hour is over
    await stack.cart("anna")
    await stack.at(timedelta(hours=1))
    await stack.run("abandoned_cart")
    assert (await build_report(stack.runtime)).journeys["abandoned_cart"].held == {"send_window": 1}
    await stack.track("anna", "consent_withdrawn", purpose="marketing", message_id=str(uuid4()))
    await stack.at(timedelta(hours=11))
    await stack.tills()
    await stack.run("abandoned_cart")
    assert (await build_report(stack.runtime)).journeys["abandoned_cart"].held == {"no_consent": 1}
