"""What was refused is told as what it is: in what a decision saw, to whoever asks why, and in what is to come."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.channel import Channel
from kaskad.services.explaining.explain import explain
from kaskad.services.inspect.replay import replay
from kaskad.services.inspect.send_calendar import build_calendar
from kaskad.storage import preview_data
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import stack
from tests.support.stopping_by import ALL, STEPS, a_day_later, channel_steps, click, complain, enter

pytestmark = pytest.mark.anyio


async def test_decisions_about_who_refused_are_made_the_same_again(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=ALL) as home:
        for user in ("anna", "olga", "boris"):
            await home.person(user, "email", "push")
        await enter(home, "asked", "anna")
        await click(home, "asked")
        await enter(home, "must", "olga")
        await complain(home, "must")
        await enter(home, "sells", "boris")
        await click(home, "sells")
        for _ in range(2):
            await a_day_later(home)
            for user in ("anna", "olga", "boris"):
                await enter(home, "asked", user)
                await enter(home, "sells", user)
        told = await replay(home.runtime)
        assert told.decisions > 20
        assert told.differences == []


async def test_why_nothing_came_is_explained(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=ALL) as home:
        await home.person("anna", "email")
        await enter(home, "asked", "anna")
        await click(home, "asked")
        await a_day_later(home, "asked")
        told = str(await explain(home.runtime, "anna", "asked"))
        for said in (
            "sent through sandbox_email, the customer unsubscribed",
            "somebody at this address complained, or unsubscribed from this journey",
            "it would have been sent if the customer had not refused it at this address by e-mail",
            "e-mail (suppressed)",
        ):
            assert said in told, told
        reach = {one.channel: one for one in (await explain(home.runtime, "anna")).reach}
        assert reach[Channel.EMAIL].reason is None, "it was one journey that was refused"
        await complain(home, "asked")
        reach = {one.channel: one for one in (await explain(home.runtime, "anna")).reach}
        assert reach[Channel.EMAIL].reason == "suppressed"


async def test_nothing_is_foretold_and_no_test_goes_where_somebody_refused(database_url: str, tmp_path: Path) -> None:
    asked = event_journey(
        "asked", "signed_up", steps=STEPS, purpose="requested", topic=None, cascade=channel_steps("email")
    )
    async with stack(database_url, tmp_path, edit=with_journeys(asked)) as home:
        for user in ("anna", "olga"):
            await home.identify(user, email=f"{user}@customer.example")
            await enter(home, "asked", user)
            await home.at(timedelta(minutes=1))
        foretold = [sum(one.people for one in (await build_calendar(home.runtime, 3)).hours)]
        await click(home, "asked")
        await home.run("asked")
        foretold.append(sum(one.people for one in (await build_calendar(home.runtime, 3)).hours))
        assert foretold == [2, 1]
        (olga,) = await home.rows("SELECT customer_id AS id FROM identity WHERE value = 'olga'")
        async with home.runtime.database.transaction() as connection:
            assert await preview_data.load_contacts(connection, olga["id"]), "one journey"
        await complain(home, "asked")
        async with home.runtime.database.transaction() as connection:
            assert await preview_data.load_contacts(connection, olga["id"]) == {}
