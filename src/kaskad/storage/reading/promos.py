"""One promo code: found as somebody typed it, and redeemed once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kaskad.domain.promo_code import code_key
from kaskad.storage.database import Connection
from kaskad.storage.queries import query


@dataclass(frozen=True, slots=True)
class Redemption:
    """Where and when a code was redeemed, and by which request of whom."""

    place: str
    store: str | None
    order_id: str | None
    request: str
    redeemed_at: datetime


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A code. `owner` is the customer who was given it, None if nobody was, or if their entry was let go."""

    promo: str
    code: str
    taken_at: datetime | None
    valid_until: datetime | None
    given: bool
    exact: bool
    owner: int | None
    journey: str | None
    redeemed: Redemption | None


async def find_codes(connection: Connection, written: str) -> list[FoundCode]:
    """The codes that this may be: those that are written just so, else those that differ in case and blanks."""
    cursor = await connection.execute(query("find_promo_codes"), {"key": code_key(written), "written": written})
    found = []
    for row in await cursor.fetchall():
        told = {name: row.pop(name) for name in ("place", "store", "order_id", "request", "redeemed_at")}
        found.append(FoundCode(**row, redeemed=Redemption(**told) if told["redeemed_at"] else None))
    return [code for code in found if code.exact] or found


async def redeem(connection: Connection, code: FoundCode, redemption: Redemption, *, source: str) -> bool:
    """Stores that the code was redeemed; False if it was before."""
    cursor = await connection.execute(
        query("redeem_promo_code"),
        {
            "promo": code.promo,
            "code": code.code,
            "place": redemption.place,
            "store": redemption.store,
            "order_id": redemption.order_id,
            "source": source,
            "request": redemption.request,
            "redeemed_at": redemption.redeemed_at,
        },
    )
    return await cursor.fetchone() is not None
