"""Whether this process can do its work."""

from __future__ import annotations

import asyncio
from datetime import datetime
from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from kaskad.api.parts import TheRuntime
from kaskad.api.problems import documented
from kaskad.domain.errors import Unavailable
from kaskad.storage import clock

PATIENCE = 3.0  # seconds; whoever asks has an impatience of its own


class Health(BaseModel):
    """All is well."""

    status: Literal["ok"] = "ok"
    database: Literal["ok"] = "ok"
    now: datetime = Field(description="The engine's clock.")
    version: str = Field(description="Kaskad's own.", examples=["0.1.0"])


def router() -> APIRouter:
    """`/healthz`."""
    routes = APIRouter(tags=["Health"])
    routes.get("/healthz", summary="Is the API alive, and its database?", responses=documented(503))(_health)
    return routes


async def _health(runtime: TheRuntime) -> Health:
    try:
        async with asyncio.timeout(PATIENCE), runtime.database.transaction() as connection:
            return Health(now=await clock.read(connection), version=version("kaskad"))
    except TimeoutError as error:
        raise Unavailable(f"the database does not answer within {PATIENCE:.0f} s") from error
