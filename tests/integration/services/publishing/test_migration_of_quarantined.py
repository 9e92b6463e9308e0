"""Who was set aside during an edit, and is released after it: nothing is sent twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.services.operations import quarantine
from tests.support.edited import HOUR, NAME, enter, inside_of, letter, pause, sent
from tests.support.rules import published_anew, send, with_journeys
from tests.support.stack import stack

pytestmark = pytest.mark.anyio
SET_ASIDE = "UPDATE enrollment SET status = 'quarantined', fault = 'a fault'"


async def test_what_was_sent_before_counts_at_the_step_in_its_place(database_url: str, tmp_path: Path) -> None:
    """Also where two edits came meanwhile."""
    old = letter(send("how_was_it", name="a"), pause(3600))
    middle = letter(pause(3600), send("how_was_it", name="b"), moved={"send:a": "send:b"})
    new = letter(pause(3600), send("how_was_it", name="c"), moved={"send:b": "send:c"})
    async with stack(database_url, tmp_path, edit=with_journeys(old)) as home:
        await enter(home, "anna")
        await home.run(NAME)
        await home.rows(SET_ASIDE)
        await published_anew(home, middle)
        await published_anew(home, new)
        await quarantine.release(home.runtime, NAME)
        await home.at(HOUR)
        await home.run(NAME)
        assert await inside_of(home) == [("done", None)]
        assert await sent(home) == [("email", "send:a")]
