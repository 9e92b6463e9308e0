"""Brings a till's history into a stack with a child process that is killed, and holds the result against pandas."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from tests.support.paths import ROOT
from tests.support.stack import Stack

MAP = """\
kind: orders
source: store
zone: UTC
who: {user_id: household_id}
id: basket_id
time: transaction_timestamp
properties:
  total: {sum: sales_value}
  place: store_id
lines:
  fields: {product_id: product_id, quantity: quantity, amount: sales_value}
"""
WAITS = 300.0  # seconds


@dataclass
class History:
    """One file, and the child processes that import it."""

    stack: Stack
    folder: Path
    file: Path

    async def start(self, *more: str) -> asyncio.subprocess.Process:
        """A process of `kaskad import`."""
        (self.folder / "map.yaml").write_text(MAP)
        config = self.stack.runtime.settings
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "kaskad.cli.main",
            *("import", "orders", str(self.file), "--map", str(self.folder / "map.yaml"), "--json"),
            *("--rejects", str(self.folder / "rejects"), "--project", str(ROOT), *more),
            env={**os.environ, **config.environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def kill_at(self, rows: int, *more: str) -> int:
        """Starts an import and kills it once so many rows are stored. Returns how many are."""
        child = await self.start(*more)
        try:
            deadline = time.monotonic() + WAITS
            while await self.stored() < rows and child.returncode is None and time.monotonic() < deadline:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            assert child.returncode is None, await child.communicate()
        finally:
            if child.returncode is None:
                child.send_signal(signal.SIGKILL)
            await child.communicate()
        return await self.stored()

    async def finish(self, *more: str) -> dict[str, Any]:
        """Imports all that is left; what the command says."""
        out, err = await (await self.start(*more)).communicate()
        said: dict[str, Any] = orjson.loads(out.splitlines()[-1])
        assert "error" not in said, err
        return said

    async def stored(self) -> int:
        """The rows that the last import has stored so far."""
        rows = await self.stack.rows("SELECT counts->>'rows' AS rows FROM import_run ORDER BY id DESC LIMIT 1")
        return int(rows[0]["rows"] or 0) if rows else 0


def made_up(path: Path, *, baskets: int, households: int, until: datetime, seed: int = 1) -> None:
    """Writes a till's history of two years in the form of the data set: some households came long ago, some lately."""
    import pandas

    chance = random.Random(seed)
    rest = [chance.uniform(0, 400) for _ in range(households)]  # days since when a household bought nothing
    rows = []
    for basket in range(baskets):
        who = chance.randrange(households)
        at = until - timedelta(days=rest[who] + chance.uniform(0, 300), minutes=1)
        for line in range(chance.randrange(1, 6)):
            price = chance.randrange(50, 5_000) / 100
            rows.append(
                (
                    who + 1,
                    who % 5 + 1,
                    basket + 1,
                    chance.randrange(1, 500),
                    line % 3 + 1,
                    price,
                    at.replace(tzinfo=None),
                )
            )
    names = ["household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value", "transaction_timestamp"]
    table = pandas.DataFrame(rows, columns=names)
    table["transaction_timestamp"] = table["transaction_timestamp"].astype("datetime64[us]")
    table.to_parquet(path)


def absent(path: Path, now: datetime, days: int) -> set[str]:
    """Whoever bought, and nothing for so many days, by pandas."""
    import pandas

    table = pandas.read_parquet(path, columns=["household_id", "transaction_timestamp"])
    last = table.groupby("household_id")["transaction_timestamp"].max()
    border = pandas.Timestamp(now.astimezone(UTC).replace(tzinfo=None)) - pandas.Timedelta(days=days)
    return {str(who) for who in last[last <= border].index}


def baskets(path: Path) -> dict[str, float]:
    """What each basket cost, by pandas."""
    import pandas

    table = pandas.read_parquet(path, columns=["basket_id", "sales_value"])
    sums = table.groupby("basket_id")["sales_value"].sum().round(2)
    return {str(basket): float(value) for basket, value in sums.items()}
