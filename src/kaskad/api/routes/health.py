"""Whether this process works, and whether the other processes do."""

from __future__ import annotations

import asyncio
from datetime import datetime
from importlib.metadata import version
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from psycopg.errors import UndefinedTable
from pydantic import BaseModel, Field

from kaskad.api.dependencies import TheRuntime
from kaskad.api.problems import document_errors
from kaskad.domain.errors import Unavailable
from kaskad.services.health import HealthCheck, ProblemCode
from kaskad.storage import clock

PATIENCE = 3.0  # seconds; callers have timeouts of their own


class Reason(BaseModel):
    """One thing that keeps the house from its work."""

    code: ProblemCode
    detail: str = Field(examples=["Prefect does not answer: nothing is sent, events are taken"])


class Health(BaseModel):
    """Events are taken. `degraded`: and not all else is well."""

    status: Literal["ok", "degraded"] = "ok"
    why: list[Reason] = Field(default=[], description="What is wrong, where it is degraded.")
    database: Literal["ok"] = "ok"
    now: datetime = Field(description="The engine's clock.")
    version: str = Field(description="Kaskad's own.", examples=["0.1.0"])


async def _condition(request: Request) -> HealthCheck:
    found: HealthCheck = request.app.state.condition
    return found


def router() -> APIRouter:
    """`/healthz`."""
    routes = APIRouter(tags=["Health"])
    summary = "Is the API alive, and its database? And is the house at its work?"
    routes.get("/healthz", summary=summary, responses=document_errors(503))(_health)
    return routes


async def _health(runtime: TheRuntime, house: Annotated[HealthCheck, Depends(_condition)]) -> Health:
    try:
        async with asyncio.timeout(PATIENCE), runtime.database.transaction() as connection:
            here, wanted = await house.here(connection)
            now = await clock.read_now(connection)
    except TimeoutError as error:
        raise Unavailable(f"the database does not answer within {PATIENCE:.0f} s") from error
    except UndefinedTable as error:
        raise Unavailable("the database has no tables yet: `kaskad migrate`") from error
    why = [Reason(code=reason.code, detail=reason.detail) for reason in (*here, *await house.check_prefect(wanted))]
    return Health(status="degraded" if why else "ok", why=why, now=now, version=version("kaskad"))
