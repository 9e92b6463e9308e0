"""Promo codes at the till and on the site: is it good here, and redeeming it once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import orjson

from kaskad.domain.errors import Conflict, NotFound
from kaskad.domain.journeys.project import Project
from kaskad.domain.promo_code import PromoProblem, is_good_at, place_key
from kaskad.domain.values.instants import LATEST
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ingestion import event_limits
from kaskad.services.ingestion.ingest import IngestDeps, ingest_within
from kaskad.services.ingestion.segment_events import IncomingEvent
from kaskad.services.reading.deps import ReadingDeps
from kaskad.storage import clock, enrollments
from kaskad.storage.database import Connection
from kaskad.storage.ingestion.identities import IdentityRace
from kaskad.storage.reading import people, promos
from kaskad.storage.reading.people import FoundPerson
from kaskad.storage.reading.promos import FoundCode, Redemption

REDEEMED_EVENT = "promo_redeemed"
UNKNOWN = "no such code is known: type it as it is in the message"
SEVERAL = "several codes look like this one: type it exactly as it is in the message, capitals too"


class RedeemDeps(IngestDeps, Protocol):
    """What redeeming needs."""


class UnknownCode(NotFound):
    """No code is written like that."""

    problem = PromoProblem.UNKNOWN


class CodeRefused(Conflict):
    """The code is known, and not good here and now; `problem` says why."""

    def __init__(self, problem: PromoProblem, text: str) -> None:
        super().__init__(text)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class RedemptionShown:
    """Where and when a code was redeemed."""

    place: str
    store: str | None
    redeemed_at: datetime


@dataclass(frozen=True, slots=True)
class PromoShown:
    """A code, as it stands now. `problem` says why it is not `valid`, in the word that redeeming would answer.

    `where`: the places where it can be used; empty means everywhere. `given_to`: a first name and an initial.
    """

    code: str
    promo: str
    valid: bool
    problem: PromoProblem | None
    text: str
    where: list[str]
    given_at: datetime | None
    valid_until: datetime | None
    given_to: str | None
    redeemed: RedemptionShown | None


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A code that was redeemed by this request; the same request gets the same answer again."""

    code: str
    promo: str
    place: str
    store: str | None
    order_id: str | None
    redeemed_at: datetime


@dataclass(frozen=True, slots=True)
class RedeemRequest:
    """Where a code is to be redeemed, and for which order; `key` is the caller's own for this request."""

    place: str
    store: str | None = None
    order_id: str | None = None
    key: str | None = None

    def digest(self, source: str) -> str:
        """What names this very request."""
        said = [source, place_key(self.place), self.store, self.order_id, self.key]
        return hashlib.blake2b(orjson.dumps(said), digest_size=16).hexdigest()


async def check_code(deps: ReadingDeps, written: str, place: str | None = None) -> PromoShown:
    """Returns whether the code is good now, at that place if one is named. Raises UnknownCode, or CodeRefused."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        code = await _find(connection, written)
        now, project = await clock.read_now(connection), deps.catalogue.project
        problem = _judge(code, project, place, now=now)
        promo, done = project.promos.get(code.promo), code.redeemed
        return PromoShown(
            code=code.code,
            promo=code.promo,
            valid=problem is None,
            problem=problem,
            text=_say(problem, code, project),
            where=list(promo.where) if promo else [],
            given_at=code.taken_at,
            valid_until=code.valid_until,
            given_to=await _public_name(connection, code),
            redeemed=RedemptionShown(done.place, done.store, done.redeemed_at) if done else None,
        )


async def redeem_code(deps: RedeemDeps, source: str, written: str, *, request: RedeemRequest) -> Redeemed:
    """Returns what was redeemed. Raises UnknownCode, and CodeRefused where the code is not good, or was redeemed."""
    return await run_in_transaction(
        deps.database, partial(_redeem, deps=deps, source=source, written=written, request=request)
    )


async def _redeem(
    connection: Connection, *, deps: RedeemDeps, source: str, written: str, request: RedeemRequest
) -> Redeemed:
    await deps.catalogue.refresh(connection)
    owner = await _lock_owner(connection, await _find(connection, written))
    code, now = await _find(connection, written), await clock.read_now(connection)  # after the lock
    asked = Redemption(place_key(request.place), request.store, request.order_id, request.digest(source), now)
    if code.redeemed is None:
        problem = _judge(code, deps.catalogue.project, request.place, now=now)
        if problem:
            raise CodeRefused(problem, _say(problem, code, deps.catalogue.project))
        if await promos.redeem(connection, code, asked, source=source):
            await _tell(connection, deps, code, owner=owner, redemption=asked, source=source)
            return _redeemed(code, asked)
        code = await _find(connection, written)  # somebody else has redeemed it meanwhile
    if code.redeemed is None or code.redeemed.request != asked.request:
        raise CodeRefused(PromoProblem.REDEEMED, _say(PromoProblem.REDEEMED, code, deps.catalogue.project))
    return _redeemed(code, code.redeemed)


def _redeemed(code: FoundCode, done: Redemption) -> Redeemed:
    return Redeemed(code.code, code.promo, done.place, done.store, done.order_id, done.redeemed_at)


async def _find(connection: Connection, written: str) -> FoundCode:
    """Returns the code that is meant. Raises UnknownCode, and CodeRefused rather than guess."""
    found = await promos.find_codes(connection, written) if event_limits.fits_index(written) else []
    found = [code for code in found if code.given] or found  # customers have only those
    if not found:
        raise UnknownCode(UNKNOWN)
    if len(found) > 1:
        raise CodeRefused(PromoProblem.SEVERAL, SEVERAL)
    return found[0]


async def _lock_owner(connection: Connection, code: FoundCode) -> FoundPerson | None:
    """Locks whoever was given the code; None if nobody was, or if they were forgotten."""
    owner = await people.find_owner(connection, code.owner) if code.owner is not None else None
    if owner is None:
        return None
    forgotten = await enrollments.lock_customers(connection, [owner.customer])
    now = await people.find_owner(connection, owner.customer)
    if not forgotten and (now is None or now.customer != owner.customer):
        raise IdentityRace  # merged meanwhile
    return None if forgotten else now


def _judge(code: FoundCode, project: Project, place: str | None, *, now: datetime) -> PromoProblem | None:
    """Returns why the code is not good; what cannot be told is not good."""
    promo = project.promos.get(code.promo)
    if code.redeemed:
        return PromoProblem.REDEEMED
    if not code.given or code.valid_until is None:
        return PromoProblem.NOT_GIVEN
    if promo is None:
        return PromoProblem.ENDED
    if code.valid_until <= now:
        return PromoProblem.EXPIRED
    if place is not None and not is_good_at(place, promo.where):
        return PromoProblem.ELSEWHERE
    return None


def _say(problem: PromoProblem | None, code: FoundCode, project: Project) -> str:
    promo, done = project.promos.get(code.promo), code.redeemed
    where = ", ".join(promo.where) if promo and promo.where else "everywhere"
    match problem:
        case PromoProblem.REDEEMED if done:
            store = f" ({done.store})" if done.store else ""
            return f"the code was redeemed at {done.redeemed_at:%Y-%m-%d %H:%M} UTC: {done.place}{store}"
        case PromoProblem.EXPIRED:
            return f"the code was good until {code.valid_until:%Y-%m-%d %H:%M} UTC"
        case PromoProblem.ELSEWHERE:
            return f"the code is good here only: {where}"
        case PromoProblem.NOT_GIVEN:
            return "the code was not given to anybody yet"
        case PromoProblem.ENDED:
            return f"the promo '{code.promo}' has ended"
    return f"good until {code.valid_until:%Y-%m-%d %H:%M} UTC: {where}"


async def _public_name(connection: Connection, code: FoundCode) -> str | None:
    """Returns as much of the owner's name as a clerk may say aloud: "Kolya I."."""
    owner = await people.find_owner(connection, code.owner) if code.owner is not None else None
    if owner is None:
        return None
    said = (await people.load_profile(connection, owner))["attributes"]
    first, last = (said.get(name) for name in ("first_name", "last_name"))
    if not isinstance(first, str) or not first.strip():
        return None
    return f"{first.strip()} {last.strip()[0]}." if isinstance(last, str) and last.strip() else first.strip()


async def _tell(
    connection: Connection,
    deps: RedeemDeps,
    code: FoundCode,
    *,
    owner: FoundPerson | None,
    redemption: Redemption,
    source: str,
) -> None:
    """Tells it as an event of whoever was given the code: so it counts for goals, segments and attribution."""
    if owner is None or owner.kind is None or owner.value is None:
        return
    said: Mapping[str, Any] = {
        "promo": code.promo,
        "code": code.code,
        "place": redemption.place,
        "store": redemption.store,
        "order_id": redemption.order_id,
        "journey": code.journey,
    }
    event = IncomingEvent(
        message_id=f"promo:{redemption.request}:{hashlib.blake2b(code.code.encode(), digest_size=8).hexdigest()}",
        name=REDEEMED_EVENT,
        identities=((owner.kind, owner.value),),
        occurred_at=LATEST,
        properties={name: value for name, value in said.items() if value is not None},
    )
    await ingest_within(connection, deps, source, events=[event])
