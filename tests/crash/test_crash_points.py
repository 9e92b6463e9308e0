"""kill -9 at each point of a message's life. What is left is what the table of crashes says, and it heals."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from kaskad.sandbox.providers import Behaviour, Outcome, Rates
from kaskad.services.failures.failpoints import Failpoint
from tests.crash.judging import calls, judge, rest, workers_of
from tests.support.delivering import CART, everybody, leave_carts
from tests.support.stack import Stack, running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.crash]
EACH = 3
DECIDING = {"tasks": ["advance"], "limit": EACH}
SENDING = {"tasks": ["deliver"], "limit": EACH, "channels": ["push"]}
# (where it dies, what is left of its messages, between how many of them the sandbox got)
POINTS = [
    (Failpoint.DECIDING, {}, (0, 0)),
    (Failpoint.CLAIMED, {"claimed": EACH}, (0, 0)),
    (Failpoint.CHECKED, {"sending": EACH}, (0, 0)),
    (Failpoint.CALLING, {"sending": EACH}, (0, EACH)),
    (Failpoint.ANSWERED, {"sending": EACH}, (1, EACH)),
    (Failpoint.SETTLING, {"sending": EACH}, (EACH, EACH)),
]


async def test_what_is_left_at_each_point(database_url: str, tmp_path: Path) -> None:
    slow = Behaviour(default=Rates(delay_s=0.1))  # a call lasts longer than its caller
    async with (
        running_stack(database_url, tmp_path, behaviour=slow, edit=everybody) as stack,
        workers_of(stack, CART) as workers,
    ):
        await leave_carts(stack, *(f"n{number}" for number in range(EACH * 6)))
        for point, wanted, (least, most) in POINTS:
            if point is Failpoint.CLAIMED:
                await stack.decide(CART)
            before, received = await _statuses(stack), len(stack.sandbox.received)
            doing = DECIDING if point is Failpoint.DECIDING else SENDING
            assert await workers.death(await workers.start(**doing, point=point)) == -9, point
            after = await _statuses(stack)
            assert Counter(what for key, what in after.items() if before.get(key) != what) == wanted, point
            assert least <= len(stack.sandbox.received) - received <= most, point
        begun = {key for key, what in after.items() if what == "sending"}
        await workers.start()
        await rest(stack)
        assert await judge(stack) == {"sent": EACH * 6}
        assert {tuple(calls(stack, key)) for key in begun} == {(Outcome.ACCEPTED,)}, "looked up, and called once"


async def test_what_nobody_can_tell_is_shown_as_unknown_and_not_sent_again(database_url: str, tmp_path: Path) -> None:
    """By mail there is nothing to look up: called or not, it stays unknown, and its customer goes on."""
    plan = {**SENDING, "channels": ["email"]}
    async with running_stack(database_url, tmp_path, edit=everybody) as stack, workers_of(stack, CART) as workers:
        await leave_carts(stack, *(f"n{number}" for number in range(EACH * 3)), channels=("email",))
        await stack.decide(CART)
        for point in (Failpoint.CHECKED, Failpoint.SETTLING):
            assert await workers.death(await workers.start(**plan, point=point)) == -9
        await workers.start()
        await rest(stack)
        assert await judge(stack) == {"unknown": EACH * 2, "sent": EACH}
        rows = await stack.rows("SELECT id FROM message WHERE status = 'unknown'")
        attempts = Counter(len(calls(stack, str(row["id"]))) for row in rows)
        assert attempts == {0: EACH, 1: EACH}, "half of them did arrive, and nobody could know"


async def _statuses(stack: Stack) -> dict[str, str]:
    rows = await stack.rows("SELECT id, status::text AS status FROM message")
    return {str(row["id"]): row["status"] for row in rows}
