"""One customer's cart: read anywhere, and written by whoever has read it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from kaskad.api.dependencies import TheKeys, TheRuntime, require
from kaskad.api.examples import SECURITY
from kaskad.api.fields import Storable
from kaskad.api.problems import document_errors, problem_response
from kaskad.api.reading_examples import CART, describe
from kaskad.api.routes.customers import CustomerName, forbid_caching
from kaskad.api.writers import find_writer
from kaskad.domain.api_key import Scope
from kaskad.domain.permission import Permission
from kaskad.services.reading.cart_writing import ANY, CartChanged, CartRequest, write_cart
from kaskad.services.reading.carts import CartShown, load_cart

MAX_LINES = 500
PATH = "/{customer:path}/cart"
Text = Annotated[str, Field(max_length=500)]
Number = Annotated[int | float | str, Field(union_mode="left_to_right")]
CartId = Annotated[
    Storable | None, Query(min_length=1, max_length=200, description="Which cart; else the one that changed last.")
]
Key = Annotated[
    str | None, Header(min_length=1, max_length=200, description="The same request again does nothing more.")
]


class CartLine(BaseModel):
    """A line, in the words of `cart_updated` (docs/carts.md)."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    product_id: Text | None = None
    sku: Text | None = None
    variant: Text | None = None
    line_id: Text | None = None
    name: Text | None = None
    category: Text | None = None
    price: Number | None = None
    quantity: Number | None = None
    currency: Text | None = None
    url: Annotated[str, Field(max_length=2_000)] | None = None
    image_url: Annotated[str, Field(max_length=2_000)] | None = None


class CartWrite(BaseModel):
    """All that is to be in the cart."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra={
            "example": {"products": [{"product_id": "pepperoni", "name": "Pepperoni", "price": 1500, "quantity": 2}]}
        },
    )

    products: Annotated[list[CartLine], Field(max_length=MAX_LINES)]
    total: Number | None = None
    currency: Text | None = None

    def said(self) -> dict[str, Any]:
        """The properties of the event that tells it."""
        return self.model_dump(exclude_none=True)


def router() -> APIRouter:
    """The routes `/v1/customers/…/cart`. They stand before those of customers, whose names may have slashes."""
    routes = APIRouter(
        prefix="/v1/customers",
        tags=["Customers"],
        dependencies=[Depends(forbid_caching)],
        responses=document_errors(401, 403, 404, 409, 422, 503),
    )
    routes.get(
        PATH,
        summary="A customer's cart",
        description="As it is now, whichever place changed it last: a change in one place is there for all others as "
        "soon as it is stored. The `ETag` changes with each change; `If-None-Match` answers 304 until then.",
        operation_id="cart",
        response_model=CartShown,
        dependencies=[Depends(require(Scope.READ))],
        responses={200: describe(CART), 304: {"description": "It is the one that you know."}},
    )(_read)
    routes.put(
        PATH,
        summary="Change a customer's cart",
        description="Replaces all of the cart, if it still is the one that was read: `If-Match` with its `ETag`, "
        "`If-Match: *` for whatever it is, or `If-None-Match: *` for a cart that nobody told of. 412: somebody was "
        "faster, read it again. 428: say what you have read. It needs the write key of a private source.",
        operation_id="change_cart",
        response_model=CartShown,
        responses={200: describe(CART, "Changed."), **document_errors(400, 412, 428)},
        openapi_extra={"security": SECURITY},
    )(_write)
    return routes


async def _read(
    customer: CustomerName,
    runtime: TheRuntime,
    response: Response,
    *,
    cart_id: CartId = None,
    if_none_match: Annotated[str, Header(max_length=2_000)] = "",
) -> Response | CartShown:
    cart = await load_cart(runtime, customer, cart_id)
    response.headers["ETag"] = cart.etag
    if cart.etag in _tags(if_none_match):
        return Response(status_code=304, headers={"ETag": cart.etag, "Cache-Control": "no-store"})
    return cart


async def _write(
    customer: CustomerName,
    asked: CartWrite,
    request: Request,
    *,
    runtime: TheRuntime,
    keys: TheKeys,
    response: Response,
    cart_id: CartId = None,
    if_match: Annotated[str, Header(max_length=2_000, description="The `ETag` of the cart that was read.")] = "",
    if_none_match: Annotated[str, Header(max_length=10, description="`*`: only if there is no cart yet.")] = "",
    idempotency_key: Key = None,
) -> Response | CartShown:
    source = await find_writer(request, runtime, keys, needs=Permission.BEHAVIOUR)
    replaces, absent = frozenset(_tags(if_match)), if_none_match.strip() == ANY
    if not replaces and not absent:
        return problem_response(request, 428, "say which cart you have read: 'If-Match' with its ETag")
    wanted = CartRequest(asked.said(), cart_id, replaces, absent, key=idempotency_key)
    try:
        cart = await write_cart(runtime, source, customer, request=wanted)
    except CartChanged as error:
        return problem_response(request, 412, str(error), headers={"ETag": error.etag})
    response.headers["ETag"] = cart.etag
    return cart


def _tags(header: str) -> list[str]:
    """The tags of a condition. A weak tag is never the same as a cart's."""
    return [tag for part in header.split(",") if (tag := part.strip())]
