"""Who was set aside during an edit, and is released after it: nothing is sent twice."""

from __future__ import annotations

import pytest

from kaskad.services.operations import quarantine
from tests.support.edited import HOUR, NAME, enter, inside_of, letter, pause, sent
from tests.support.rules import published_anew, send, with_journeys
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio
SET_ASIDE = "UPDATE enrollment SET status = 'quarantined', fault = 'a fault'"


async def test_what_was_sent_before_counts_at_the_step_in_its_place(open_stack: OpenStack) -> None:
    """Also where two edits came meanwhile."""
    old = letter(send("how_was_it", name="a"), pause(3600))
    middle = letter(pause(3600), send("how_was_it", name="b"), moved={"send:a": "send:b"})
    new = letter(pause(3600), send("how_was_it", name="c"), moved={"send:b": "send:c"})
    stack = await open_stack(edit=with_journeys(old))
    await enter(stack, "anna")
    await stack.run(NAME)
    await stack.rows(SET_ASIDE)
    await published_anew(stack, middle)
    await published_anew(stack, new)
    await quarantine.release(stack.runtime, NAME)
    await stack.at(HOUR)
    await stack.run(NAME)
    assert await inside_of(stack) == [("done", None)]
    assert await sent(stack) == [("email", "send:a")]
