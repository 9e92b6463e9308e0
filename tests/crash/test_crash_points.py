"""kill -9 at each point of a message's life. What is left is what the table of crashes says, and it heals."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from delivering import CART, everybody, leave_carts
from house import House, house
from judging import barracks, calls, judge, rest

from kaskad.sandbox.providers import Outcome

pytestmark = [pytest.mark.anyio, pytest.mark.crash]
EACH = 3
BEGUN, DECIDED = {"tasks": ["deliver"], "limit": EACH, "channels": ["push"]}, {"tasks": ["advance"], "limit": EACH}
# (what it does and where it dies, what is left of its messages, calls that the sandbox got of them)
POINTS = [
    ("before advance commits", DECIDED | {"point": "commit-", "nth": 1}, {}, 0),
    ("after advance has", DECIDED | {"point": "commit+", "nth": 1}, {"queued": EACH}, 0),
    ("before the claim commits", BEGUN | {"point": "commit-", "nth": 1}, {}, 0),
    ("claimed", BEGUN | {"point": "commit+", "nth": 1}, {"claimed": EACH}, 0),
    ("before the look commits", BEGUN | {"point": "commit-", "nth": 2}, {"claimed": EACH}, 0),
    ("sending, nobody called", BEGUN | {"point": "commit+", "nth": 2}, {"sending": EACH}, 0),
    ("sending, in the first call", BEGUN | {"point": "call", "nth": 1}, {"sending": EACH}, 0),
    ("answered, not settled", BEGUN | {"point": "commit-", "nth": 3}, {"sending": EACH}, EACH),
    ("settled", BEGUN | {"point": "commit+", "nth": 3}, {"sent": EACH}, EACH),
]


async def test_what_is_left_at_each_point(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, edit=everybody) as home, barracks(home, CART) as workers:
        await leave_carts(home, *(f"n{number}" for number in range(EACH * 6)))
        for point, plan, wanted, sent in POINTS:
            if point == "before the claim commits":
                await home.decide(CART)
            before, received = await _statuses(home), len(home.sandbox.received)
            assert await workers.death(await workers.start(**plan)) == -9, point
            after = await _statuses(home)
            assert Counter(what for key, what in after.items() if before.get(key) != what) == wanted, point
            assert len(home.sandbox.received) - received == sent, point
        begun = {key for key, what in after.items() if what == "sending"}
        await workers.start()
        await rest(home)
        assert await judge(home) == {"sent": EACH * 6}
        assert {tuple(calls(home, key)) for key in begun} == {(Outcome.ACCEPTED,)}, "looked up, and called once"


async def test_what_nobody_can_tell_is_shown_as_unknown_and_not_sent_again(database_url: str, tmp_path: Path) -> None:
    """By mail there is nothing to look up: called or not, it stays unknown, and its customer goes on."""
    plan = {"tasks": ["deliver"], "channels": ["email"], "limit": EACH}
    async with house(database_url, tmp_path, edit=everybody) as home, barracks(home, CART) as workers:
        await leave_carts(home, *(f"n{number}" for number in range(EACH * 3)), channels=("email",))
        await home.decide(CART)
        assert await workers.death(await workers.start(**plan, point="commit+", nth=2)) == -9  # looked, not called
        assert await workers.death(await workers.start(**plan, point="commit-", nth=3)) == -9  # answered, not settled
        await workers.start()
        await rest(home)
        assert await judge(home) == {"unknown": EACH * 2, "sent": EACH}
        rows = await home.rows("SELECT id FROM message WHERE status = 'unknown'")
        told = Counter(len(calls(home, str(row["id"]))) for row in rows)
        assert told == {0: EACH, 1: EACH}, "half of them did arrive, and nobody could know"


async def _statuses(home: House) -> dict[str, str]:
    rows = await home.rows("SELECT id, status::text AS status FROM message")
    return {str(row["id"]): row["status"] for row in rows}
