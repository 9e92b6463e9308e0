"""The part `growth`: claims of a thousand, and a pass over a thousand, with ever more people waiting."""

from __future__ import annotations

import time
from datetime import timedelta
from statistics import median

from crowd import Crowd, leave_carts
from inside import Parts
from laps import JOURNEY, Progress
from part import Bar, Part, Sizes, table
from psycopg import sql
from stand import NOON, Stand

from kaskad.services.decisions import runner
from kaskad.storage import clock, enrollments
from kaskad.storage.database import Connection

CHUNK = 250_000  # rows in one insert
LATER = NOON + timedelta(minutes=20)  # than all other parts' noon, and than everybody is due
FIRST = 1_000_000_000  # the ids of those who only wait begin here
EARLY = timedelta(hours=2)  # before noon: those who are decided about are due before all others


class RolledBack(Exception):
    """Ends a transaction, so that the same people are due again."""


async def measure(stand: Stand, sizes: Sizes, bar: Bar) -> Part:
    """Median milliseconds of a warm claim, and of a pass, at each size."""
    claims, passes = dict[str, float](), dict[str, float]()
    waiting = 0
    progress = bar("Waiting", max(sizes.waiting))
    await leave_carts(stand.runtime, Crowd("pattern", 1).ids, NOON)
    for size in sizes.waiting:
        await _wait_in_line(stand, waiting, size, progress)
        waiting = size
        claims[_short(size)] = await _claim(stand, sizes)
        passes[_short(size)] = await _pass(stand, size, sizes.batch)
    made = table(f"With so many people due, of whom {sizes.batch:,} are taken", "", "claim, ms", "pass, ms")
    for name, ms in claims.items():
        made.add_row(name, f"{ms:,.1f}", f"{passes[name]:,.0f}")
    figures = {
        "claim_ms": {name: round(ms, 2) for name, ms in claims.items()},
        "pass_ms": {name: round(ms, 1) for name, ms in passes.items()},
    }
    return Part(figures, (made,))


def _short(size: int) -> str:
    """1000000 → 1M."""
    return f"{size // 1_000_000}M" if size >= 1_000_000 else f"{size // 1_000}k"


async def _wait_in_line(stand: Stand, there: int, wanted: int, progress: Progress) -> None:
    """As many are due in the journey as wanted: copies of the one who left a cart, who never did anything else.

    Nothing but the customer and the enrollment: a claim reads nothing else of those whom it does not take.
    """
    for start in range(there, wanted, CHUNK):
        end = min(start + CHUNK, wanted)
        async with stand.runtime.database.transaction() as connection:
            await _copy(connection, "customer", {"id": "{first} + s"}, start, end)
            own = {
                "id": "{first} + s",
                "uid": "gen_random_uuid()",
                "customer_id": "{first} + s",
                "due_at": "t.due_at + interval '1 second' * (s % 100000) / 1000",
            }
            await _copy(connection, "enrollment", own, start, end)
        progress(end)
    async with stand.runtime.database.transaction() as connection:
        await connection.execute("ANALYZE customer, enrollment")
        await clock.set_clock(connection, LATER)


async def _copy(connection: Connection, table: str, own: dict[str, str], start: int, end: int) -> None:
    """Rows like the pattern's, with these columns of their own; whatever columns the table has."""
    cursor = await connection.execute(
        """SELECT attname FROM pg_attribute WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped
              AND attgenerated = '' ORDER BY attnum""",
        {"table": table},
    )
    columns = [row["attname"] for row in await cursor.fetchall()]
    values = [own.get(name, f't."{name}"').format(first=FIRST) for name in columns]
    names, pattern = ", ".join(f'"{name}"' for name in columns), "id" if table == "customer" else "customer_id"
    await connection.execute(
        sql.SQL(
            f"""INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {", ".join(values)}
                  FROM (SELECT * FROM {table} WHERE {pattern} =
                         (SELECT customer_id FROM identity WHERE value = 'pattern-000000') LIMIT 1) t,
                       generate_series({start}, {end - 1}) s"""
        )
    )


async def _claim(stand: Stand, sizes: Sizes) -> float:
    """Median milliseconds: each claim is rolled back, and the first one only warms up."""
    took = []
    for _ in range(sizes.claims + 1):
        try:
            async with stand.runtime.database.transaction() as connection:
                began = time.perf_counter()
                people = await enrollments.lock_due_customers(connection, JOURNEY, LATER, limit=sizes.batch)
                took.append(1_000 * (time.perf_counter() - began))
                assert len(people) == sizes.batch
                raise RolledBack
        except RolledBack:
            pass
    return median(took[1:])


async def _pass(stand: Stand, size: int, people: int) -> float:
    """Milliseconds of deciding about so many, who have a history, while all the others wait."""
    await leave_carts(stand.runtime, Crowd(f"growth-{size}", people).ids, NOON - EARLY)
    began = time.perf_counter()
    done = await runner.decide_batch(Parts(stand.runtime), JOURNEY, limit=people)
    took = 1_000 * (time.perf_counter() - began)
    assert sum(sum(channels.values()) for channels in done.queued.values()) == people, done
    return took
