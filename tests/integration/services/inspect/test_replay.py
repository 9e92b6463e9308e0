"""Decisions made again from what they saw: the same by the same engine, and told where they are not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

from kaskad.content import CompiledMessage
from kaskad.domain.decisions.snapshot import to_microseconds
from kaskad.domain.errors import NotFound
from kaskad.domain.journeys.policy import Cap
from kaskad.domain.journeys.project import Project
from kaskad.services.inspect.replay import replay
from kaskad.services.publishing import publish
from tests.support.shipped import shipped_draft
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio


async def a_week(stack: Stack) -> None:
    """Somebody written to twice, somebody who buys, somebody refused, somebody whom nothing reaches."""
    await stack.person("anna", "push", "email", "sms")
    await stack.person("kolya", "push")
    await stack.person("boris", "email", consent=False)
    await stack.person("dina", "email")
    await stack.stock("pepperoni", 5)
    for user in ("anna", "kolya", "boris"):
        await stack.cart(user)
    await stack.cart("dina", price=300)
    await stack.at(timedelta(minutes=30))
    await stack.track("kolya", "Order Completed", source="store", order_id="o1", total=900, place="store", store="L5")
    for hours in (0.5, 3, 8, 13, 48, 24):
        await stack.at(timedelta(hours=hours))
        await stack.tills()
        for journey in ("abandoned_cart", "thank_you"):
            await stack.run(journey)


async def test_every_decision_is_made_the_same_again(stack: Stack) -> None:
    await a_week(stack)
    replayed = await replay(stack.runtime)
    (kept,) = await stack.rows("SELECT count(*) AS decisions FROM decision WHERE seen IS NOT NULL")
    (kinds,) = await stack.rows("SELECT count(DISTINCT kind) AS kinds FROM decision")
    assert kinds["kinds"] >= 5, "entered, refused, queued, dropped and left at the least"
    assert (replayed.decisions, replayed.unrecorded, replayed.differences) == (kept["decisions"], 0, [])
    anna = await replay(stack.runtime, "anna", "abandoned-cart")
    assert 0 < anna.decisions < replayed.decisions


async def test_files_published_later_do_not_change_what_was(stack: Stack) -> None:
    await a_week(stack)
    strict = stack.project.policy.model_copy(update={"caps": (Cap(at_most=0, per="day", over="skip"),)})
    await publish.publish(stack.runtime, stack.project.model_copy(update={"policy": strict}), compiled())
    assert (await replay(stack.runtime)).differences == []


def compiled() -> Mapping[str, CompiledMessage]:
    return shipped_draft().compiled


async def test_what_comes_out_otherwise_is_told(stack: Stack) -> None:
    """As if an engine of then had not cared for consent."""
    await a_week(stack)
    granted = json.dumps([[None, True, to_microseconds(NOON), "email"]])
    await stack.rows(
        """UPDATE decision d SET seen = jsonb_set(seen, '{consents}', %(granted)s::jsonb) FROM identity i
                WHERE i.customer_id = d.customer_id AND i.value = 'boris' AND seen ? 'contacts'
                  AND d.journey = 'abandoned_cart' AND d.seen #>> '{to,1}' LIKE 'wait:%%'""",
        granted=granted,
    )
    replayed = await replay(stack.runtime, "boris")
    (difference,) = replayed.differences
    assert "dropped send:cart_reminder (no_consent)" in difference.then
    assert 'queued send:cart_reminder {"channel": "email"}' in difference.now
    assert (await replay(stack.runtime, "anna")).differences == []


async def test_only_what_came_since_then(stack: Stack) -> None:
    await a_week(stack)
    everything = await replay(stack.runtime)
    lately = await replay(stack.runtime, since=stack.now - timedelta(hours=1))
    assert 0 < lately.decisions < everything.decisions


async def test_what_kept_nothing_is_counted(stack: Stack) -> None:
    await a_week(stack)
    before = (await replay(stack.runtime)).decisions
    await stack.rows("UPDATE decision SET seen = NULL WHERE kind = 'refused'")
    replayed = await replay(stack.runtime)
    assert replayed.unrecorded == 1
    assert replayed.decisions == before - 1
    with pytest.raises(NotFound, match="no customer is known as 'no-one'"):
        await replay(stack.runtime, "no-one")


def held_by_a_cap(project: Project) -> Project:
    return project.model_copy(
        update={"policy": project.policy.model_copy(update={"caps": (Cap(at_most=1, per="day", over="wait"),)})}
    )


async def test_a_cap_is_full_again(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=held_by_a_cap)
    await a_week(stack)
    (held,) = await stack.rows("SELECT count(*) AS held FROM decision WHERE reason = 'cap'")
    assert held["held"] >= 1
    assert (await replay(stack.runtime)).differences == []
