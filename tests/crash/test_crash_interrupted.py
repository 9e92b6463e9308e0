"""Ctrl-C ends an import with one sentence, and --resume goes on."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.crash.import_history import History, baskets, made_up
from tests.support.importing import keeping_long
from tests.support.stack import NOON, running_stack

pytest.importorskip("pandas")
pytest.importorskip("pyarrow")
pytestmark = [pytest.mark.anyio, pytest.mark.crash]


async def test_ctrl_c(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "till.parquet"
    made_up(path, baskets=4_000, households=100, until=NOON)
    async with running_stack(database_url, tmp_path / "home", edit=keeping_long) as stack:
        one = History(stack, tmp_path, path)
        child = await one.start()
        async with asyncio.timeout(120):
            while not await one.stored():  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.02)
        child.send_signal(signal.SIGINT)
        _, said = await child.communicate()
        assert child.returncode == 130
        assert said.decode().splitlines() == [
            "kaskad: the import was interrupted: nothing is lost, the same command with --resume goes on"
        ]
        done = await one.finish("--resume")
        assert (done["stored"], done["rows"]) == (len(baskets(path)), sum(1 for _ in lines(path)))


def lines(path: Path) -> list[int]:
    import pandas

    return list(pandas.read_parquet(path)["basket_id"])
