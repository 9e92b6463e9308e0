"""Promos: imports their codes from the files, and counts those that are left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kaskad.config import read_promo_codes
from kaskad.domain.journeys.project import Project
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock
from kaskad.storage.delivery import promo_codes


class PromoDeps(HasDatabase, HasCatalogue, Protocol):
    """What promos need."""


@dataclass(frozen=True, slots=True)
class PromoState:
    """The state of a promo. `codes` are those in the file and those that were given; `left` can still be given.

    `redeemed`: how many were redeemed, by place.
    """

    name: str
    codes: int
    given: int
    left: int
    warn_below: int
    when_empty: str  # "" if the promo is not in the files any more
    low: bool
    redeemed: Mapping[str, int]


async def store_codes(deps: HasDatabase, root: Path, project: Project) -> None:
    """Stores the codes of every promo, before publishing: no message may lack one. A repeat changes nothing.

    Raises InvalidFiles if a file changed since it was checked.
    """
    for promo in project.promos.values():
        codes = read_promo_codes(root, promo)
        async with deps.database.transaction() as connection:
            await promo_codes.sync_codes(connection, promo, codes, now=await clock.read_now(connection))


async def list_promos(deps: PromoDeps) -> list[PromoState]:
    """Returns every promo of the files, and those with codes that were given."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        pools = {pool.promo: pool for pool in await promo_codes.list_pools(connection)}
    known = deps.catalogue.project.promos
    states = []
    for name in sorted({*known, *pools}):
        pool, promo = pools.get(name, promo_codes.CodePool(name, 0, 0)), known.get(name)
        warn_below = promo.warn_below if promo else 0
        given, when_empty = pool.codes - pool.left, promo.when_empty if promo else ""
        low = pool.left < warn_below
        state = PromoState(name, pool.codes, given, pool.left, warn_below, when_empty, low, pool.redeemed)
        states.append(state)
    return states
