"""Workers killed again and again at moments that nobody chose, against providers that refuse, lose and put off."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest

from kaskad.domain.channel import Channel
from kaskad.sandbox.providers import Behaviour, Rates
from tests.crash.judging import judge, on, received, rest, workers_of
from tests.support.delivering import CART, everybody, leave_carts, phone_of
from tests.support.stack import running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.crash]
PEOPLE = 80
MOODY = Behaviour(
    seed=3,
    default=Rates(delay_s=0.02, retry=0.1, lose=0.05),
    channels={Channel.PUSH: Rates(refuse=0.15), Channel.EMAIL: Rates(refuse=0.15)},
)


@pytest.mark.parametrize("seed", [1, 2])
async def test_nobody_is_written_to_twice_and_nobody_is_stuck(database_url: str, tmp_path: Path, seed: int) -> None:
    moments = random.Random(seed)
    people = [f"n{number}" for number in range(PEOPLE)]
    async with (
        running_stack(database_url, tmp_path, behaviour=MOODY, edit=everybody) as stack,
        workers_of(stack, CART) as workers,
    ):
        await leave_carts(stack, *people, channels=("push", "email", "viber"))
        in_the_middle = 0
        for _ in range(6):
            pair = [await workers.start(limit=7), await workers.start(limit=7)]
            with suppress(TimeoutError):  # where nothing is left to call
                await received(stack, len(stack.sandbox.received) + moments.randrange(1, 8), seconds=3)
            for worker in pair:
                await workers.kill(worker)
            in_the_middle += len(await stack.rows("SELECT id FROM message WHERE status IN ('claimed', 'sending')"))
        await workers.start()
        await workers.start()
        await rest(stack)
        assert in_the_middle, "else nothing was tried"
        await judge(stack)
        await on(stack, 2)  # silence falls through to the e-mail, and after a refused one to Viber
        await rest(stack)
        statuses = await judge(stack)
        phones = {phone_of(user): user for user in people}
        names = [record.to.removeprefix("push-").partition("@")[0] for record in stack.reached]
        reached_names = {phones.get(name, name) for name in names}
        unknown = await stack.rows("SELECT id FROM message WHERE status = 'unknown' AND channel = 'email'")
        assert statuses["unknown"] == len(unknown), "a look-up tells of everything but mail"
        assert len(reached_names) + len(unknown) >= PEOPLE
