"""Resolves identities to customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from kaskad.domain.cleaning import is_storable
from kaskad.storage.database import Connection

Identity = tuple[str, str]  # (kind, value)
USER_ID_KIND = "user_id"


class IdentityRace(Exception):
    """Another transaction just created the same customer, or forgot it: roll back and try again."""


async def resolve_customers(connection: Connection, people: Sequence[Sequence[Identity]], now: datetime) -> list[int]:
    """The customer of each list of identities, strongest first; unknown ones get new customers.

    Raises IdentityRace when another transaction created one of them at the same moment.
    """
    wanted = sorted({identity for identities in people for identity in identities})
    known, users = await _load_owners(connection, wanted)
    assigned = _assign(people, known, users)
    newcomers = sorted({owner for owner in assigned if owner < 0}, reverse=True)  # in the order in which they arrived
    made = dict(zip(newcomers, await _create(connection, len(newcomers), now), strict=True))
    customers = [made.get(owner, owner) for owner in assigned]
    fresh: dict[Identity, int] = {}
    for identities, customer in zip(people, customers, strict=True):
        for identity in identities:
            if identity not in known:
                fresh.setdefault(identity, customer)
    await _attach(connection, fresh)
    return customers


async def load_time_zones(connection: Connection, customers: Sequence[int]) -> dict[int, str | None]:
    """The time zone of each customer's profile; None if it is not known."""
    cursor = await connection.execute(
        "SELECT id, time_zone FROM customer WHERE id = ANY(%(ids)s) ORDER BY id", {"ids": sorted(set(customers))}
    )
    return {row["id"]: row["time_zone"] for row in await cursor.fetchall()}


def _assign(people: Sequence[Sequence[Identity]], known: Mapping[Identity, int], users: Mapping[int, str]) -> list[int]:
    """An owner for each: a customer's id, or a negative number for a new customer.

    A shared device or card does not merge two customers: a customer who signs in is that one only.
    """
    owners: dict[Identity, int] = dict(known)
    signed_in = dict(users)
    assigned: list[int] = []
    newcomers = 0
    for identities in people:
        user = next((value for kind, value in identities if kind == USER_ID_KIND), None)
        owner = next(
            (
                owners[identity]
                for identity in identities
                if identity in owners and _can_be_same_person(identity, user, owners, signed_in=signed_in)
            ),
            None,
        )
        if owner is None:
            newcomers += 1
            owner = -newcomers
        if user is not None:
            signed_in.setdefault(owner, user)
        for identity in identities:
            owners.setdefault(identity, owner)
        assigned.append(owner)
    return assigned


def _can_be_same_person(
    identity: Identity, user: str | None, owners: Mapping[Identity, int], *, signed_in: Mapping[int, str]
) -> bool:
    return identity[0] == USER_ID_KIND or user is None or signed_in.get(owners[identity], user) == user


async def _load_owners(
    connection: Connection, identities: Sequence[Identity]
) -> tuple[dict[Identity, int], dict[int, str]]:
    """The owners of known identities, and the user id of each owner."""
    cursor = await connection.execute(
        """SELECT i.kind, i.value, coalesce(c.merged_into, c.id) AS customer_id,
                  (SELECT min(u.value) FROM identity u
                    WHERE u.customer_id = coalesce(c.merged_into, c.id) AND u.kind = 'user_id') AS user_id
             FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS w(kind, value)
             JOIN identity i USING (kind, value) JOIN customer c ON c.id = i.customer_id""",
        {"kinds": [kind for kind, _ in identities], "values": [value for _, value in identities]},
    )
    rows = await cursor.fetchall()
    owners = {(row["kind"], row["value"]): row["customer_id"] for row in rows}
    return owners, {row["customer_id"]: row["user_id"] for row in rows if row["user_id"] is not None}


async def _create(connection: Connection, count: int, now: datetime) -> list[int]:
    if not count:
        return []
    cursor = await connection.execute(
        "INSERT INTO customer (created_at) SELECT %(now)s FROM generate_series(1, %(count)s) RETURNING id",
        {"now": now, "count": count},
    )
    return sorted(row["id"] for row in await cursor.fetchall())


async def _attach(connection: Connection, fresh: Mapping[Identity, int]) -> None:
    """Stores new identities, sorted, so that two parallel transactions lock them in the same order."""
    if not fresh:
        return
    rows = sorted((kind, value, customer) for (kind, value), customer in fresh.items())
    cursor = await connection.execute(
        """INSERT INTO identity (kind, value, customer_id)
           SELECT * FROM unnest(%(kinds)s::text[], %(values)s::text[], %(customers)s::bigint[])
           ON CONFLICT DO NOTHING""",
        {"kinds": [r[0] for r in rows], "values": [r[1] for r in rows], "customers": [r[2] for r in rows]},
    )
    if cursor.rowcount < len(rows):
        raise IdentityRace


async def find_customer(connection: Connection, external_id: str) -> int | None:
    """The customer with that user id, card or other external id; a user id comes first."""
    if not is_storable(external_id):
        return None
    cursor = await connection.execute(
        """SELECT coalesce(c.merged_into, c.id) AS id FROM identity i JOIN customer c ON c.id = i.customer_id
            WHERE i.value = %(value)s ORDER BY (i.kind = 'user_id') DESC, i.kind LIMIT 1""",
        {"value": external_id},
    )
    row = await cursor.fetchone()
    return row["id"] if row else None
