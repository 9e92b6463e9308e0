"""One customer, for whoever serves them: the profile, the history, the carts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from kaskad.api.dependencies import TheRuntime, require
from kaskad.api.fields import Storable
from kaskad.api.problems import document_errors
from kaskad.api.reading_examples import CUSTOMER, TIMELINE, describe
from kaskad.domain.api_key import Scope
from kaskad.services.reading.customer import CustomerView, load_customer
from kaskad.services.reading.kinds import EntryKind
from kaskad.services.reading.timeline import MAX_PAGE, PAGE, PageRequest, TimelinePage, load_timeline
from kaskad.storage.reading.timeline import Filter

NAMED = (
    "The customer's `user_id`, or `kind:value`: `card:C1`, `email:anna@customer.example`, `phone:+79161234567`. "
    "An address finds whoever has it, in any spelling."
)
CustomerName = Annotated[str, Path(min_length=1, max_length=500, description=NAMED)]


def router() -> APIRouter:
    """The routes `/v1/customers/…`; keys of public sources open none of them."""
    routes = APIRouter(
        prefix="/v1/customers",
        tags=["Customers"],
        dependencies=[Depends(require(Scope.READ)), Depends(forbid_caching)],
        responses=document_errors(401, 403, 404, 409, 422, 503),
    )
    routes.get(
        "/{customer:path}/timeline",
        summary="What happened to a customer, in every channel",
        description="The latest first: what they did, what they were sent, what they said, conversations too. `next` "
        "is the `before` of the following page; what comes in meanwhile neither repeats nor hides an entry.",
        operation_id="customer_timeline",
        responses={200: describe(TIMELINE), **document_errors(400)},
    )(_timeline)
    routes.get(
        "/{customer:path}",
        summary="A customer",
        description="One person, whichever ids, devices and cards told of them: profile, addresses, consents, carts, "
        "last orders, journeys. No internal number is ever shown.",
        operation_id="customer",
        responses={200: describe(CUSTOMER)},
    )(_customer)
    return routes


async def forbid_caching(response: Response) -> None:
    """Personal data stay in no cache between us and whoever asked."""
    response.headers["Cache-Control"] = "no-store"


async def _customer(customer: CustomerName, runtime: TheRuntime) -> CustomerView:
    return await load_customer(runtime, customer)


async def _timeline(
    customer: CustomerName,
    runtime: TheRuntime,
    *,
    before: Annotated[str | None, Query(max_length=200, description="The last page's `next`, or a time.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE,
    channel: Annotated[
        Storable | None, Query(max_length=100, description="A channel or a source: `email`, `vk`, `store`.")
    ] = None,
    kind: EntryKind | None = None,
) -> TimelinePage:
    return await load_timeline(runtime, customer, PageRequest(before, limit, Filter(channel, kind)))
