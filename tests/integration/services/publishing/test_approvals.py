"""A second person's word: what it is asked for, and what it lets go on."""

from __future__ import annotations

import pytest

from kaskad.domain.errors import InvalidFiles, Rejected
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.policy import ApprovalPolicy, Policy
from kaskad.services.publishing.approvals import approve
from kaskad.storage.publishing import publications
from kaskad.storage.publishing.publications import Author
from tests.support.edited import NAME, enter, inside_of, letter, pause
from tests.support.rules import published_anew, send, with_journeys
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio

OLD = letter(pause(3600), send("how_was_it"))
NEW = letter(pause(7200, "rest"), send("how_was_it"), moved={"wait:pause": "wait:rest"})


async def rule(stack: Stack, journey: Journey, **asked: object) -> None:
    """From now on the policy asks for it; what is live stays so."""
    stack.project = stack.project.model_copy(update={"policy": Policy(approval=ApprovalPolicy.model_validate(asked))})
    await published_anew(stack, journey)


async def test_the_audience_is_who_has_an_address_and_consents(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(OLD))
    await stack.person("anna", "email")
    await stack.person("boris", "email", consent=False)
    await stack.person("vera", "push")
    await stack.person("oleg", "email")
    await stack.track("oleg", "consent_withdrawn", purpose="marketing", channel="email")
    async with stack.runtime.database.transaction() as connection:
        await connection.execute(
            """INSERT INTO contact (customer_id, channel, address, address_key, updated_at)
                   SELECT 0, channel, address, address_key, updated_at FROM contact
                    WHERE channel = 'email' LIMIT 1"""
        )  # customer 0 is nobody
        assert await publications.count_audience(connection, ["email"], consent=True) == 1
        assert await publications.count_audience(connection, ["email"], consent=False) == 3
        assert await publications.count_audience(connection, ["email", "push"], consent=True) == 2
    await rule(stack, OLD, audience_over=1)
    assert (await published_anew(stack, NEW)).proposals == ()
    await stack.person("inna", "email")
    (proposal,) = (await published_anew(stack, OLD.model_copy(update={"priority": 7}))).proposals
    assert proposal.needs == ("an audience over 1: 2 people",)


async def test_those_inside_go_over_when_it_is_approved_and_not_before(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(OLD))
    await enter(stack, "anna")
    await rule(stack, OLD, audience_over=0)
    published = await published_anew(stack, NEW)
    assert [journey.number for journey in published.journeys] == [1], "the live one goes on"
    assert await inside_of(stack) == [("active", "wait:pause")]
    with pytest.raises(Rejected, match="it takes another person"):
        await approve(stack.runtime, NAME, None, author=Author(""))
    await approve(stack.runtime, NAME, published.proposals[0].hash, author=Author("boris"))
    assert await inside_of(stack) == [("active", "wait:rest")]


async def test_people_who_came_to_stand_there_meanwhile_are_not_forgotten(open_stack: OpenStack) -> None:
    """Proposed while nobody stood at the step that goes; by the time of the approval somebody does."""
    stack = await open_stack(edit=with_journeys(OLD))
    await stack.person("anna", "email")
    await rule(stack, OLD, audience_over=0)
    await published_anew(stack, letter(send("how_was_it")))
    await enter(stack, "anna")
    with pytest.raises(InvalidFiles, match="1 person stands at wait an hour"):
        await approve(stack.runtime, NAME, None, author=Author("boris"))
    assert await inside_of(stack) == [("active", "wait:pause")]
