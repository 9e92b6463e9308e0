"""What was refused is told as what it is: in what a decision saw, to whoever asks why, and in what is to come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.domain.channel import Channel
from kaskad.services.explaining.explain import explain
from kaskad.services.inspect.replay import replay
from kaskad.services.inspect.send_calendar import build_calendar
from kaskad.storage.outlook import preview_data
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import OpenStack
from tests.support.stopping_by import ALL, STEPS, a_day_later, channel_steps, click, complain, enter

pytestmark = pytest.mark.anyio


async def test_decisions_about_who_refused_are_made_the_same_again(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    for user in ("anna", "olga", "boris"):
        await stack.person(user, "email", "push")
    await enter(stack, "asked", "anna")
    await click(stack, "asked")
    await enter(stack, "must", "olga")
    await complain(stack, "must")
    await enter(stack, "sells", "boris")
    await click(stack, "sells")
    for _ in range(2):
        await a_day_later(stack)
        for user in ("anna", "olga", "boris"):
            await enter(stack, "asked", user)
            await enter(stack, "sells", user)
    replayed = await replay(stack.runtime)
    assert replayed.decisions > 20
    assert replayed.differences == []


async def test_why_nothing_came_is_explained(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await stack.person("anna", "email")
    await enter(stack, "asked", "anna")
    await click(stack, "asked")
    await a_day_later(stack, "asked")
    text = str(await explain(stack.runtime, "anna", "asked"))
    for said in (
        "sent through sandbox_email, the customer unsubscribed",
        "somebody at this address complained, or unsubscribed from this journey",
        "it would have been sent if the customer had not refused it at this address by e-mail",
        "e-mail (suppressed)",
    ):
        assert said in text, text
    reach = {channel_reach.channel: channel_reach for channel_reach in (await explain(stack.runtime, "anna")).reach}
    assert reach[Channel.EMAIL].reason is None, "it was one journey that was refused"
    await complain(stack, "asked")
    reach = {channel_reach.channel: channel_reach for channel_reach in (await explain(stack.runtime, "anna")).reach}
    assert reach[Channel.EMAIL].reason == "suppressed"


async def test_nothing_is_foretold_and_no_test_goes_where_somebody_refused(open_stack: OpenStack) -> None:
    asked = event_journey(
        "asked", "signed_up", steps=STEPS, purpose="requested", topic=None, cascade=channel_steps("email")
    )
    stack = await open_stack(edit=with_journeys(asked))
    for user in ("anna", "olga"):
        await stack.identify(user, email=f"{user}@customer.example")
        await enter(stack, "asked", user)
        await stack.at(timedelta(minutes=1))
    foretold = [sum(hour.people for hour in (await build_calendar(stack.runtime, 3)).hours)]
    await click(stack, "asked")
    await stack.run("asked")
    foretold.append(sum(hour.people for hour in (await build_calendar(stack.runtime, 3)).hours))
    assert foretold == [2, 1]
    (olga,) = await stack.rows("SELECT customer_id AS id FROM identity WHERE value = 'olga'")
    async with stack.runtime.database.transaction() as connection:
        assert await preview_data.load_contacts(connection, olga["id"]), "one journey"
    await complain(stack, "asked")
    async with stack.runtime.database.transaction() as connection:
        assert await preview_data.load_contacts(connection, olga["id"]) == {}
