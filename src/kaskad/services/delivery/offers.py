"""Offers in a message for one customer alone: a promo code, recommended products.

They are assigned after the claim, before rendering. A code stays with its entry whatever happens later: each channel
step and each step that asks for the promo gets the same code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from kaskad.content import DataSpec, PromoCode
from kaskad.domain.journeys.project import Promo
from kaskad.domain.outcome import Mode
from kaskad.services.delivery.rendering import MessageRenderer, MissingCode, build_product
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock
from kaskad.storage.database import Connection
from kaskad.storage.delivery import promo_codes, recommendations
from kaskad.storage.delivery.messages import ClaimedMessage
from kaskad.storage.delivery.promo_codes import AssignedCode, CodeKey, CodeRequest
from kaskad.storage.facts.profiles import resolve_time_zone
from kaskad.storage.publishing.versions import PublishedVersion

MAX_RECOMMENDED = 4  # products, if the message does not say
TemplateData = Mapping[int, Mapping[str, Any]]


class OfferDeps(HasDatabase, HasCatalogue, Protocol):
    """What offers need."""

    @property
    def message_renderer(self) -> MessageRenderer: ...


@dataclass(frozen=True, slots=True)
class _DataRequest:
    """One name in the `data:` of one message."""

    held: ClaimedMessage
    name: str
    spec: DataSpec


async def add_offers(
    deps: OfferDeps, held: Sequence[ClaimedMessage], published: Mapping[int, PublishedVersion], *, data: TemplateData
) -> TemplateData:
    """Returns each enrollment's data with `offers`: message → name → code, products, or why there is none."""
    asked = [
        _DataRequest(message, name, spec)
        for message in held
        for name, spec in deps.message_renderer.spec(message, published[message.version_id]).data.items()
        if spec.promo or spec.recommend
    ]
    if not asked:
        return data
    found = await run_in_transaction(deps.database, partial(_offers, deps=deps, asked=asked, data=data))
    return {id_: {**known, "offers": found.get(id_, {})} for id_, known in data.items()}


async def _offers(
    connection: Connection, *, deps: OfferDeps, asked: Sequence[_DataRequest], data: TemplateData
) -> dict[int, dict[str, dict[str, Any]]]:
    now = await clock.read_now(connection)
    found: dict[int, dict[str, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for request, value in [
        *await _codes(deps, connection, [request for request in asked if request.spec.promo], data=data, now=now),
        *await _products(
            deps, connection, [request for request in asked if request.spec.recommend], data=data, now=now
        ),
    ]:
        found[request.held.enrollment][request.held.claimed.message][request.name] = value
    return found


async def _codes(
    deps: OfferDeps, connection: Connection, asked: Sequence[_DataRequest], *, data: TemplateData, now: datetime
) -> list[tuple[_DataRequest, Any]]:
    if not asked:
        return []
    known, shop = deps.catalogue.project.promos, deps.catalogue.project.shop
    wanted: dict[CodeKey, CodeRequest] = {}
    for request in asked:
        promo = known.get(request.spec.promo or "")
        zone = resolve_time_zone(data[request.held.enrollment]["time_zone"], shop)
        if promo and request.held.mode is Mode.LIVE and not clock.is_simulation():
            key = (promo.name, request.held.enrollment)
            wanted[key] = CodeRequest(*key, promo.valid_for.after(now, zone))
    taken = await _take_codes(connection, wanted, now)
    given = sorted({promo for promo, _ in wanted})
    await promo_codes.warn_low_pools(connection, asked[0].held.journey, [known[name] for name in given], now=now)
    return [
        (request, _code_or_reason(known.get(request.spec.promo or ""), request, taken, now=now)) for request in asked
    ]


async def _take_codes(
    connection: Connection, wanted: Mapping[CodeKey, CodeRequest], now: datetime
) -> dict[CodeKey, AssignedCode]:
    """Assigns a code to each. If none is left while others are taking some, it waits for them: they may fail."""
    if not wanted:
        return {}
    taken = await promo_codes.assign_codes(connection, list(wanted.values()), now)
    missing = [request for key, request in wanted.items() if key not in taken]
    if missing and await promo_codes.wait_for_codes(connection, sorted({request.promo for request in missing})):
        taken |= await promo_codes.assign_codes(connection, missing, now)
    return taken


def _code_or_reason(
    promo: Promo | None, asked: _DataRequest, taken: Mapping[CodeKey, AssignedCode], *, now: datetime
) -> PromoCode | MissingCode | None:
    if promo is None:
        return MissingCode(f"'{asked.spec.promo}' is not in configs/promos.yaml any more")
    if asked.held.mode is not Mode.LIVE or clock.is_simulation():
        return placeholder_code(promo, now)
    mine = taken.get((promo.name, asked.held.enrollment))
    if mine and mine.valid_until > now:
        return PromoCode.of(mine.code, mine.valid_until, promo.where)
    if promo.when_empty == "send":
        return None
    if not mine:
        return MissingCode(f"no code of '{promo.name}' is left")
    return MissingCode(f"the customer's code of '{promo.name}' was good until {mine.valid_until:%Y-%m-%d %H:%M} UTC")


def placeholder_code(promo: Promo, now: datetime) -> PromoCode:
    """Returns the code for previews and tests: it looks like a code, but nobody can use it."""
    return PromoCode.of(f"{promo.name.upper()}-TEST", now + promo.valid_for.shortest, promo.where)


async def _products(
    deps: OfferDeps, connection: Connection, asked: Sequence[_DataRequest], *, data: TemplateData, now: datetime
) -> list[tuple[_DataRequest, Any]]:
    alike: dict[tuple[int, timedelta], list[_DataRequest]] = defaultdict(list)
    for request in asked:
        never = request.spec.never.longest if request.spec.never else timedelta(0)
        alike[request.spec.at_most or MAX_RECOMMENDED, never].append(request)
    shop, found = deps.catalogue.project.shop, []
    for (most, never), requests in alike.items():
        ids = [request.held.enrollment for request in requests]
        best = await recommendations.load_recommendations(connection, ids, now, most=most, never=never)
        for request in requests:
            language = (data[request.held.enrollment]["locale"] or shop.locale).partition("-")[0]
            found.append(
                (request, [build_product(each, language, shop) for each in best.get(request.held.enrollment, ())])
            )
    return found
