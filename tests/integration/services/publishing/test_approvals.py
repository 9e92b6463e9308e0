"""A second person's word: what it is asked for, and what it lets go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.domain.errors import InvalidFiles, Rejected
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.policy import ApprovalPolicy, Policy
from kaskad.services.publishing.approvals import approve
from kaskad.storage.publishing import publications
from kaskad.storage.publishing.publications import Author
from tests.support.edited import NAME, enter, inside_of, letter, pause
from tests.support.rules import published_anew, send, with_journeys
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio

OLD = letter(pause(3600), send("how_was_it"))
NEW = letter(pause(7200, "rest"), send("how_was_it"), moved={"wait:pause": "wait:rest"})


async def rule(home: Stack, journey: Journey, **asked: object) -> None:
    """From now on the policy asks for it; what is live stays so."""
    home.project = home.project.model_copy(update={"policy": Policy(approval=ApprovalPolicy.model_validate(asked))})
    await published_anew(home, journey)


async def test_the_audience_is_who_has_an_address_and_consents(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(OLD)) as home:
        await home.person("anna", "email")
        await home.person("boris", "email", consent=False)
        await home.person("vera", "push")
        await home.person("oleg", "email")
        await home.track("oleg", "consent_withdrawn", purpose="marketing", channel="email")
        async with home.runtime.database.transaction() as connection:
            await connection.execute(
                """INSERT INTO contact (customer_id, channel, address, address_key, updated_at)
                   SELECT 0, channel, address, address_key, updated_at FROM contact
                    WHERE channel = 'email' LIMIT 1"""
            )  # customer 0 is nobody
            assert await publications.count_audience(connection, ["email"], consent=True) == 1
            assert await publications.count_audience(connection, ["email"], consent=False) == 3
            assert await publications.count_audience(connection, ["email", "push"], consent=True) == 2
        await rule(home, OLD, audience_over=1)
        assert (await published_anew(home, NEW)).proposals == ()
        await home.person("inna", "email")
        (proposal,) = (await published_anew(home, OLD.model_copy(update={"priority": 7}))).proposals
        assert proposal.needs == ("an audience over 1: 2 people",)


async def test_those_inside_go_over_when_it_is_approved_and_not_before(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(OLD)) as home:
        await enter(home, "anna")
        await rule(home, OLD, audience_over=0)
        published = await published_anew(home, NEW)
        assert [one.number for one in published.journeys] == [1], "the live one goes on"
        assert await inside_of(home) == [("active", "wait:pause")]
        with pytest.raises(Rejected, match="it takes another person"):
            await approve(home.runtime, NAME, None, author=Author(""))
        await approve(home.runtime, NAME, published.proposals[0].hash, author=Author("boris"))
        assert await inside_of(home) == [("active", "wait:rest")]


async def test_people_who_came_to_stand_there_meanwhile_are_not_forgotten(database_url: str, tmp_path: Path) -> None:
    """Proposed while nobody stood at the step that goes; by the time of the approval somebody does."""
    async with stack(database_url, tmp_path, edit=with_journeys(OLD)) as home:
        await home.person("anna", "email")
        await rule(home, OLD, audience_over=0)
        await published_anew(home, letter(send("how_was_it")))
        await enter(home, "anna")
        with pytest.raises(InvalidFiles, match="1 person stands at wait an hour"):
            await approve(home.runtime, NAME, None, author=Author("boris"))
        assert await inside_of(home) == [("active", "wait:pause")]
