"""Promo codes: whether one is good, and redeeming it once, in the store and on the site."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from kaskad.api.dependencies import TheKeys, TheRuntime, require
from kaskad.api.examples import SECURITY
from kaskad.api.fields import Storable
from kaskad.api.guesses import GuessLimit
from kaskad.api.problems import document_errors
from kaskad.api.reading_examples import PROMO, REDEEMED, describe
from kaskad.api.routes.customers import forbid_caching
from kaskad.api.writers import find_writer
from kaskad.domain.api_key import Scope
from kaskad.domain.errors import Rejected
from kaskad.domain.permission import Permission
from kaskad.domain.promo_code import PromoProblem
from kaskad.services.operations.api_keys import hash_key
from kaskad.services.reading.promos import (
    CodeRefused,
    PromoShown,
    Redeemed,
    RedeemRequest,
    UnknownCode,
    check_code,
    redeem_code,
)

GUESSES = (PromoProblem.UNKNOWN, PromoProblem.SEVERAL, PromoProblem.NOT_GIVEN)  # what somebody finds who has no code
Code = Annotated[
    str, Path(min_length=1, max_length=200, description="As somebody typed it: case and blanks do not matter.")
]
Caller = Annotated[
    str,
    Header(
        max_length=200, description="Who asks you: a session or a login. Ten wrong codes in ten minutes are enough."
    ),
]
Short = Annotated[Storable, Field(min_length=1, max_length=200)]


class RedeemAsked(BaseModel):
    """Where a code is redeemed, and for what. One of `order_id` and `idempotency_key` is needed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"place": "store", "store": "lenina-5", "order_id": "till-7/4711"}},
    )

    place: Short = Field(description="The place, as `where` in promos.yaml calls it: `site`, `app`, `store`.")
    store: Short | None = Field(None, description="Which store.")
    order_id: Short | None = Field(None, description="The order or receipt that it is for.")
    idempotency_key: Short | None = Field(None, description="As the header: the same request gets the same answer.")


def router() -> APIRouter:
    """The routes `/v1/promos/…`; keys of public sources open none of them."""
    routes = APIRouter(prefix="/v1/promos", tags=["Promo codes"], dependencies=[Depends(forbid_caching)])
    errors = document_errors(401, 403, 404, 409, 422, 429, 503)
    routes.post(
        "/{code:path}/redeem",
        summary="Redeem a code, once",
        description="409 with the `type` of what is wrong: `promo-redeemed`, `promo-expired`, `promo-elsewhere`, "
        "`promo-not-given`, `promo-ended`, `promo-several`. The same request (place, store, order, key) gets the same "
        "answer again. It needs the write key of a private source that may tell orders.",
        operation_id="redeem_promo",
        responses={200: describe(REDEEMED, "Redeemed, by this request."), **errors},
        openapi_extra={"security": SECURITY},
    )(_redeem)
    routes.get(
        "/{code:path}",
        summary="Is a code good?",
        description="Where, until when, and for whom, in as much of a name as may be said aloud.",
        operation_id="promo",
        dependencies=[Depends(require(Scope.READ))],
        responses={200: describe(PROMO), **errors},
    )(_check)
    return routes


async def _check(
    code: Code,
    request: Request,
    runtime: TheRuntime,
    *,
    place: Annotated[str | None, Query(min_length=1, max_length=200, description="Also: is it good there?")] = None,
    kaskad_caller: Caller = "",
) -> PromoShown:
    async with _guess(request, kaskad_caller) as limit:
        shown = await check_code(runtime, code, place)
        if shown.problem in GUESSES:
            limit.miss(*_caller(request, kaskad_caller))
        return shown


async def _redeem(
    code: Code,
    asked: RedeemAsked,
    request: Request,
    *,
    runtime: TheRuntime,
    keys: TheKeys,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    kaskad_caller: Caller = "",
) -> Redeemed:
    source = await find_writer(request, runtime, keys, needs=Permission.ORDERS)
    if idempotency_key and asked.idempotency_key not in (None, idempotency_key):
        raise Rejected("the header and the body name two different idempotency keys")
    key = idempotency_key or asked.idempotency_key
    if key is None and asked.order_id is None:
        raise HTTPException(
            422, "give 'order_id', or an idempotency key: else nobody can tell a repeat from a second try"
        )
    wanted = RedeemRequest(asked.place, asked.store, asked.order_id, key)
    async with _guess(request, kaskad_caller):
        return await redeem_code(runtime, source, code, request=wanted)


@asynccontextmanager
async def _guess(request: Request, caller: str) -> AsyncIterator[GuessLimit]:
    """Lets the caller try a code, and counts it if it is none. Raises 429 after too many."""
    limit: GuessLimit = request.app.state.guesses
    who = _caller(request, caller)
    if wait := limit.wait(*who):
        raise HTTPException(429, "too many codes that are none: wait", {"Retry-After": str(math.ceil(wait))})
    try:
        yield limit
    except (UnknownCode, CodeRefused) as error:
        if error.problem in GUESSES:
            limit.miss(*who)
        raise


def _caller(request: Request, caller: str) -> tuple[str, str]:
    return hash_key(request.headers.get("authorization", "")), caller.strip()
