"""Events of imports: which are new, and storing many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from kaskad.storage.database import Connection, to_json
from kaskad.storage.growth.partitions import EVENTS, list_months
from kaskad.storage.queries import query

EVENT_COLUMNS = ("message_id", "customer_id", "name", "source", "occurred_at", "received_at", "properties", "spoiled")


async def commit_lazily(connection: Connection) -> None:
    """The transaction's commit waits for no disk: what a crash loses is lost with its progress, and imported again."""
    await connection.execute("SET LOCAL synchronous_commit = off")


async def add_digests(connection: Connection, digests: Collection[UUID], run: int) -> set[UUID]:
    """Stores these digests; returns those that were not known. Others wait for whoever adds the same ones."""
    cursor = await connection.execute(query("add_imported_rows"), {"digests": sorted(set(digests)), "run": run})
    return {row["digest"] for row in await cursor.fetchall()}


async def find_digests(connection: Connection, digests: Collection[UUID]) -> dict[UUID, int]:
    """Which of these digests are known, and by which run."""
    cursor = await connection.execute(
        "SELECT digest, import_id FROM imported_row WHERE digest = ANY(%(digests)s) ORDER BY digest",
        {"digests": sorted(set(digests))},
    )
    return {row["digest"]: row["import_id"] for row in await cursor.fetchall()}


async def tell_again(connection: Connection, digests: Collection[UUID], run: int) -> None:
    """Notes that this run has stored what was known of these digests once more."""
    await connection.execute(
        "UPDATE imported_row SET import_id = %(run)s WHERE digest = ANY(%(digests)s)",
        {"digests": sorted(set(digests)), "run": run},
    )


async def find_spoken_against(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """The numbers of those noes after which their customer agreed again.

    `rows`: number, customer_id, purpose, channel, topic, sender of each.
    """
    cursor = await connection.execute(query("find_spoken_against"), {"rows": Jsonb(list(rows))})
    return {row["number"] for row in await cursor.fetchall()}


async def copy_events(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Stores the rows. They must be new: nothing is looked up."""
    cursor = connection.cursor()
    columns = ", ".join(EVENT_COLUMNS)
    async with cursor.copy(f"COPY event ({columns}) FROM STDIN") as copy:
        for row in rows:
            said = to_json(row["properties"])
            values = [*(row[name] for name in EVENT_COLUMNS[:6]), said if isinstance(said, str) else str(said, "utf-8")]
            await copy.write_row([*values, row["spoiled"]])


async def find_cart_owners(connection: Connection, customers: Sequence[int]) -> set[int]:
    """Those of these customers who have, or had, a cart: only theirs can change by an order."""
    cursor = await connection.execute(
        "SELECT DISTINCT customer_id FROM cart WHERE customer_id = ANY(%(customers)s) ORDER BY customer_id",
        {"customers": sorted(customers)},
    )
    return {row["customer_id"] for row in await cursor.fetchall()}


async def list_event_months(connection: Connection) -> set[date]:
    """The months of events that have a partition."""
    return set(await list_months(connection, EVENTS))
