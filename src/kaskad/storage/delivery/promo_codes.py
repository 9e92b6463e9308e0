"""Promo codes: loaded from their files, given once, counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from psycopg.errors import UniqueViolation

from kaskad.domain.journeys.project import Promo
from kaskad.domain.promo_code import code_key
from kaskad.storage.arrays import array
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

CodeKey = tuple[str, int]  # promo, enrollment


class CodeRace(Exception):
    """Another transaction has just taken a code for the same entry: a retry will see it."""


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """A request for a code that must be valid until then."""

    promo: str
    enrollment: int
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class AssignedCode:
    """A code that was given to an enrollment."""

    code: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class CodePool:
    """How many codes a promo has had, how many are left, and how many were redeemed, by place."""

    promo: str
    codes: int
    left: int
    redeemed: Mapping[str, int] = field(default_factory=dict)


async def sync_codes(connection: Connection, promo: Promo, codes: Sequence[str], *, now: datetime) -> None:
    """Makes the pool equal to the file; given codes stay. If enough codes are left, the alert is closed."""
    await connection.execute(
        query("load_promo_codes"),
        {"promo": promo.name, "codes": list(codes), "keys": [code_key(code) for code in codes]},
    )
    await connection.execute(
        """UPDATE alert SET closed_at = %(now)s, tell_at = NULL
            WHERE kind = 'promo' AND reason = %(promo)s AND closed_at IS NULL AND %(enough)s <= (
                  SELECT count(*) FROM promo_code WHERE promo = %(promo)s AND enrollment_id IS NULL)""",
        {"promo": promo.name, "enough": promo.warn_below, "now": now},
    )


async def assign_codes(
    connection: Connection, wanted: Sequence[CodeRequest], now: datetime
) -> dict[CodeKey, AssignedCode]:
    """The code of each request, always the same one; requests without a code are left out. Raises CodeRace."""
    params = {
        "promos": [request.promo for request in wanted],
        "enrollments": array(request.enrollment for request in wanted),
        "untils": array(request.valid_until for request in wanted),
    }
    try:
        await connection.execute(query("assign_promo_codes"), params | {"now": now})
    except UniqueViolation as error:
        raise CodeRace from error
    cursor = await connection.execute(
        """SELECT c.promo, c.enrollment_id, c.code, c.valid_until
             FROM unnest(%(promos)s::text[], %(enrollments)s::bigint[]) AS r(promo, enrollment_id)
             JOIN promo_code c USING (enrollment_id, promo)""",
        params,
    )
    rows = await cursor.fetchall()
    return {(row["promo"], row["enrollment_id"]): AssignedCode(row["code"], row["valid_until"]) for row in rows}


async def wait_for_codes(connection: Connection, promos: Sequence[str]) -> bool:
    """Whether these promos have codes left, after waiting for the transactions that are taking some."""
    cursor = await connection.execute(
        """SELECT code FROM promo_code WHERE promo = ANY(%(promos)s) AND enrollment_id IS NULL
            ORDER BY promo, code FOR UPDATE""",
        {"promos": sorted(promos)},
    )
    return bool(await cursor.fetchone())


async def warn_low_pools(connection: Connection, journey: str, promos: Sequence[Promo], *, now: datetime) -> None:
    """Alerts the owner of the journey about each promo that runs low."""
    advice = "Add codes to configs/{} and publish; when they run low again, you are told again."
    texts = [advice.format(promo.codes) for promo in promos]
    params = {
        "journey": journey,
        "promos": [promo.name for promo in promos],
        "warn_below": [promo.warn_below for promo in promos],
        "texts": texts,
        "now": now,
    }
    await connection.execute(query("warn_low_promos"), params)


async def list_pools(connection: Connection) -> list[CodePool]:
    """Every promo that has ever had a code, by name."""
    cursor = await connection.execute(
        """SELECT c.promo, c.codes, c.left, coalesce(r.redeemed, '{}') AS redeemed
             FROM (SELECT promo, count(*) AS codes, count(*) FILTER (WHERE enrollment_id IS NULL) AS left
                     FROM promo_code GROUP BY promo) c
             LEFT JOIN (SELECT promo, jsonb_object_agg(place, count ORDER BY place) AS redeemed
                          FROM (SELECT promo, place, count(*) AS count FROM promo_redemption GROUP BY promo, place) p
                         GROUP BY promo) r USING (promo)
            ORDER BY c.promo"""
    )
    return [CodePool(**row) for row in await cursor.fetchall()]
