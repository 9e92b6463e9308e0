"""How far in time an entry looks for others: as far as `again_after` reaches, and no further."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.rules import Edit, enrollments, event_journey, send, wait, with_journeys
from tests.support.stack import NOON, Stack, stack

pytestmark = pytest.mark.anyio
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LETTERS = "SELECT together FROM message WHERE status = 'sent' ORDER BY decided_at, id"
BERLIN = "Europe/Berlin"


def ask(again_after: Any, steps: list[dict[str, Any]] | None = None) -> Edit:
    enter = {"once_per": "order", "again_after": again_after}
    leave = [{"when": "order_cancelled", "same": "order"}]
    steps = steps or [send("how_was_it")]
    return with_journeys(event_journey("ask", "order_completed", steps=steps, enter=enter, leave=leave))


async def ended(home: Stack) -> dict[str, str | None]:
    return {row["key"]: row["reason"] for row in await enrollments(home, "ask")}


async def orders(home: Stack, ordered: dict[str, datetime]) -> None:
    """Each is decided about when it comes."""
    for id_, at in ordered.items():
        await home.at(at)
        await home.track("anna", "order_completed", order_id=id_)
        await home.run("ask")


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
    database_url: str, tmp_path: Path, again_after: Any, apart: timedelta, let_in: bool
) -> None:
    """Thirty calendar days are longer by an hour where clocks are set back, as here, before the 1st of November."""
    begin = datetime(2027, 10, 2, 10, tzinfo=NOON.tzinfo) if again_after == {"days": 30} else NOON
    async with stack(database_url, tmp_path, edit=ask(again_after)) as home:
        await home.person("anna", "email", timezone=BERLIN)
        await orders(home, {"o1": begin, "o2": begin + apart})
        assert (await ended(home))["o2"] == ("finished" if let_in else "again_too_soon")
        assert (await ended(home))["o1"] == "finished"


async def test_who_was_written_for_has_had_its_turn_however_far_apart_they_came(
    database_url: str, tmp_path: Path
) -> None:
    """One letter for all three, then one for each: the third came close to the second, and not to the first."""
    together = send("how_was_it", together={"seconds": 86_400})
    steps = [wait(3600), together, wait(2 * 86_400), send("how_was_it", name="more")]
    async with stack(database_url, tmp_path, edit=ask({"seconds": 3600}, steps)) as home:
        await home.person("anna", "email")
        await orders(home, {"o1": NOON, "o2": NOON + 5 * HOUR, "o3": NOON + 5.5 * HOUR})
        for hours in (6, 7, 25, 26, 27):
            await home.at(NOON + hours * HOUR)
            await home.run("ask")
        await home.track("anna", "order_cancelled", order_id="o1")  # so the others are decided without it
        for hours in (28, 74, 75, 76):
            await home.at(NOON + hours * HOUR)
            await home.run("ask")
        assert await ended(home) == {"o1": "left", "o2": "finished", "o3": "finished"}
        assert [len(row["together"] or ()) for row in await home.rows(LETTERS)] == [2, 0, 0]
