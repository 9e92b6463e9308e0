"""How far in time an entry looks for others: as far as `again_after` reaches, and no further."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.rules import Edit, enrollments, event_journey, send, wait, with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LETTERS = "SELECT together FROM message WHERE status = 'sent' ORDER BY decided_at, id"
BERLIN = "Europe/Berlin"


def ask(again_after: Any, steps: list[dict[str, Any]] | None = None) -> Edit:
    enter = {"once_per": "order", "again_after": again_after}
    leave = [{"when": "order_cancelled", "same": "order"}]
    steps = steps or [send("how_was_it")]
    return with_journeys(event_journey("ask", "order_completed", steps=steps, enter=enter, leave=leave))


async def ended(stack: Stack) -> dict[str, str | None]:
    return {row["key"]: row["reason"] for row in await enrollments(stack, "ask")}


async def orders(stack: Stack, ordered: dict[str, datetime]) -> None:
    """Each is decided about when it comes."""
    for id_, at in ordered.items():
        await stack.at(at)
        await stack.track("anna", "order_completed", order_id=id_)
        await stack.run("ask")


@pytest.mark.parametrize(
    ("again_after", "apart", "let_in"),
    [
        ({"seconds": 3600}, HOUR - timedelta(seconds=1), False),
        ({"seconds": 3600}, HOUR, True),
        ({"days": 30}, 30 * DAY + HOUR / 2, False),
        ({"days": 30}, 30 * DAY + 2 * HOUR, True),
        ("never", 300 * DAY, False),
        ("always", timedelta(seconds=1), True),
    ],
)
async def test_others_count_to_the_last_instant_that_it_reaches(
    again_after: Any, apart: timedelta, let_in: bool, open_stack: OpenStack
) -> None:
    """Thirty calendar days are longer by an hour where clocks are set back, as here, before the 1st of November."""
    begin = datetime(2027, 10, 2, 10, tzinfo=NOON.tzinfo) if again_after == {"days": 30} else NOON
    stack = await open_stack(edit=ask(again_after))
    await stack.person("anna", "email", timezone=BERLIN)
    await orders(stack, {"o1": begin, "o2": begin + apart})
    assert (await ended(stack))["o2"] == ("finished" if let_in else "again_too_soon")
    assert (await ended(stack))["o1"] == "finished"


async def test_who_was_written_for_has_had_its_turn_however_far_apart_they_came(open_stack: OpenStack) -> None:
    """One letter for all three, then one for each: the third came close to the second, and not to the first."""
    together = send("how_was_it", together={"seconds": 86_400})
    steps = [wait(3600), together, wait(2 * 86_400), send("how_was_it", name="more")]
    stack = await open_stack(edit=ask({"seconds": 3600}, steps))
    await stack.person("anna", "email")
    await orders(stack, {"o1": NOON, "o2": NOON + 5 * HOUR, "o3": NOON + 5.5 * HOUR})
    for hours in (6, 7, 25, 26, 27):
        await stack.at(NOON + hours * HOUR)
        await stack.run("ask")
    await stack.track("anna", "order_cancelled", order_id="o1")  # so the others are decided without it
    for hours in (28, 74, 75, 76):
        await stack.at(NOON + hours * HOUR)
        await stack.run("ask")
    assert await ended(stack) == {"o1": "left", "o2": "finished", "o3": "finished"}
    assert [len(row["together"] or ()) for row in await stack.rows(LETTERS)] == [2, 0, 0]
