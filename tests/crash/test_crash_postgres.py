"""kill -9 of PostgreSQL in the middle of sending: workers and sandbox live on, and so does every promise."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kaskad.sandbox.providers import Behaviour, Rates
from kaskad.storage.embedded import EmbeddedPostgres, start
from kaskad.storage.migrate import upgrade
from tests.crash.judging import judge, received, rest, workers_of
from tests.support.delivering import CART, everybody, leave_carts
from tests.support.postgres import memory
from tests.support.stack import running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.crash]
PEOPLE = 60
SLOW = Behaviour(default=Rates(delay_s=0.05))


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where a server of this test's own keeps its data; run by root, the server has another account: let it in."""
    outer = Path(tempfile.mkdtemp(prefix="kaskad-crash-", dir=memory()))
    outer.chmod(0o711)
    yield outer / "postgres"
    shutil.rmtree(outer)


async def test_the_database_is_killed_in_the_middle_of_sending(folder: Path, tmp_path: Path) -> None:
    server = start(folder)  # with the settings that people run: what was committed survives
    try:
        upgrade(server.url)
        async with (
            running_stack(server.url, tmp_path, behaviour=SLOW, edit=everybody) as stack,
            workers_of(stack, CART) as workers,
        ):
            await leave_carts(stack, *(f"n{number}" for number in range(PEOPLE)))
            for count in (10, 30):
                worker = await workers.start(limit=12)
                await received(stack, count)
                server = await _killed_and_started_again(server, folder)
                await workers.kill(worker)  # half of all crashes take both
            await workers.start(limit=12)
            await rest(stack)
            assert (await judge(stack)) == {"sent": PEOPLE}
            assert len(stack.reached) == PEOPLE
    finally:
        server.stop()


async def test_a_worker_outlives_the_database(folder: Path, tmp_path: Path) -> None:
    server = start(folder)
    try:
        upgrade(server.url)
        async with (
            running_stack(server.url, tmp_path, behaviour=SLOW, edit=everybody) as stack,
            workers_of(stack, CART) as workers,
        ):
            await leave_carts(stack, *(f"n{number}" for number in range(PEOPLE)))
            await workers.start(limit=12)
            await received(stack, 20)
            server = await _killed_and_started_again(server, folder)
            await rest(stack)
            assert (await judge(stack)) == {"sent": PEOPLE}
    finally:
        server.stop()


async def _killed_and_started_again(server: EmbeddedPostgres, folder: Path) -> EmbeddedPostgres:
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    return start(folder, port=urlsplit(server.url).port)
