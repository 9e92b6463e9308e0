"""What is stored of one customer: given out, or erased."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from kaskad.api.dependencies import TheRuntime, require
from kaskad.api.fields import Storable
from kaskad.api.problems import RETRY_AFTER, document_errors
from kaskad.domain.api_key import Scope
from kaskad.services.operations import personal_data

CustomerName = Annotated[Storable, Field(min_length=1, max_length=500)]
NAMED = "An id of the customer, as events name it; or `kind:value`. An address finds whoever has it, in any spelling."


class ForgetRequest(BaseModel):
    """Who is to be forgotten."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"customer": "card:4276-11"}})

    customer: CustomerName = Field(description=NAMED)


class ForgottenShown(BaseModel):
    """What was erased, by table; `pseudonym` is the number under which the rest stays counted."""

    pseudonym: int
    counts: dict[str, int] = Field(examples=[{"identity": 3, "event": 41}])


def router() -> APIRouter:
    """The routes of personal data; all of them ask for the admin key."""
    routes = APIRouter(
        tags=["Personal data"],
        dependencies=[Depends(require(Scope.ADMIN))],
        responses=document_errors(401, 403, 404, 409, 503),
    )
    routes.get("/customers/{customer}/export", summary="Everything that is stored of a customer")(_export)
    routes.post(
        "/v1/suppress-and-delete",
        summary="Forget a customer",
        description="Erases everything that names the customer, and drops what is unsent. Messages and orders stay "
        "counted under a pseudonym, refusals of the address still hold, and an event that comes later begins a new "
        "customer. 409 while a message is on its way: ask again in two minutes. 409 too if several customers are known "
        "by that name: `candidates` are ids that tell them apart.",
        responses=document_errors(422),
    )(_forget)
    return routes


async def _export(
    customer: Annotated[Storable, Path(min_length=1, max_length=500, description=NAMED)], runtime: TheRuntime
) -> dict[str, Any]:
    return await personal_data.export(runtime, customer)


async def _forget(asked: ForgetRequest, runtime: TheRuntime) -> ForgottenShown:
    try:
        done = await personal_data.forget(runtime, asked.customer, by="API")
    except personal_data.StillSending as error:
        raise HTTPException(409, str(error), RETRY_AFTER) from error
    return ForgottenShown(pseudonym=done.customer, counts=dict(done.counts))
