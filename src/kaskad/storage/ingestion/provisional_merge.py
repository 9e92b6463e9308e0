"""PROVISIONAL: the rows of a merge that later events need to find the person."""

from __future__ import annotations

from kaskad.storage.database import Connection


async def join_rows(connection: Connection, standing: int, joined: int) -> None:
    """Lets `joined` lead to `standing`, with its identities and members."""
    given = {"standing": standing, "joined": joined}
    for statement in (
        """UPDATE customer s SET members = (SELECT array_agg(DISTINCT m ORDER BY m)
               FROM unnest(coalesce(s.members, ARRAY[s.id]) || coalesce(j.members, ARRAY[j.id])) AS m)
             FROM customer j WHERE s.id = %(standing)s AND j.id = %(joined)s""",
        "UPDATE customer SET merged_into = %(standing)s WHERE id = %(joined)s",
        "UPDATE identity SET customer_id = %(standing)s WHERE customer_id = %(joined)s",
    ):
        await connection.execute(statement, given)
