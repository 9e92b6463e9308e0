"""Journeys over the API: list, run for one customer, pause and resume."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from kaskad.api.dependencies import ThePrefect, TheRuntime, require
from kaskad.api.problems import RETRY_AFTER, document_errors
from kaskad.api.routes.versions import versions_shown
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.domain.api_key import Scope
from kaskad.domain.errors import NotFound, Rejected, Unavailable
from kaskad.domain.outcome import Mode
from kaskad.runtime import Runtime
from kaskad.services.naming import SeveralPeople, find_person
from kaskad.services.operations import pausing
from kaskad.settings import Settings
from kaskad.storage.database import Connection

Key = Annotated[str, Field(min_length=1, max_length=200)]


class RunRequest(BaseModel):
    """Whom to take through the journey, and how."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"customer": "kolya", "mode": "test", "idempotency_key": "42"}}
    )

    customer: Key = Field(description="An id of the customer, or `kind:value`.")
    mode: Literal["live", "test"] = Field(  # a `Mode`, spelled out: the document of the API has it in place
        "live", description="live sends to the customer; test sends to the journey's owner only."
    )
    idempotency_key: Key | None = Field(None, description="The same request with the same key makes one run.")


class RunStarted(BaseModel):
    """The run in Prefect, and the page where it can be watched."""

    run_id: UUID
    url: str


class JourneyShown(BaseModel):
    """A journey as published last."""

    name: str = Field(examples=["abandoned_cart"])
    version: int = Field(examples=[3])
    paused: bool


def router() -> APIRouter:
    """The routes of `/journeys`. Names may be written with `_` or `-`."""
    routes = APIRouter(prefix="/journeys", tags=["Journeys"], responses=document_errors(401, 403, 503))
    read, trigger, admin = ([Depends(require(scope))] for scope in (Scope.READ, Scope.TRIGGER, Scope.ADMIN))
    routes.get("", summary="All journeys", dependencies=read)(_shown)
    routes.post(
        "/{name}/runs",
        status_code=202,
        summary="Take one customer through the journey, now",
        description="Enrolls the customer now, whatever `when`, `where` and `quiet_for` say. "
        "Consent, policy, `again_after`, holdout and `leave` still hold.",
        responses=document_errors(404, 409, 422),
        dependencies=trigger,
    )(_run)
    missing = document_errors(404)
    routes.get("/{name}/versions", summary="All versions of a journey", responses=missing, dependencies=read)(
        versions_shown
    )
    routes.post("/{name}/pause", summary="Let nobody in and send nothing", responses=missing, dependencies=admin)(
        _pause
    )
    routes.post("/{name}/resume", summary="Go on", responses=missing, dependencies=admin)(_resume)
    return routes


async def _shown(runtime: TheRuntime) -> list[JourneyShown]:
    async with runtime.database.transaction() as connection:
        await runtime.catalogue.refresh(connection)
        return [
            JourneyShown(name=name, version=(await runtime.catalogue.version(connection, id_)).number, paused=paused)
            for name, (id_, paused) in sorted(runtime.catalogue.current.items())
        ]


async def _run(
    name: str,
    asked: RunRequest,
    runtime: TheRuntime,
    *,
    prefect: ThePrefect,
    idempotency_key: Annotated[Key | None, Header(description="As in the body.")] = None,
) -> RunStarted:
    """The run that was started in Prefect. An idempotency key counts only for an identical request."""
    if idempotency_key and asked.idempotency_key not in (None, idempotency_key):
        raise Rejected("the header and the body name two different idempotency keys")
    name, paused = await _journey(runtime, name, asked.customer)
    if paused:
        raise HTTPException(409, f"the journey '{name}' is paused: resume it first")
    key = idempotency_key or asked.idempotency_key
    run_id = await prefect.start_run(
        name,
        {"customer": asked.customer, "mode": Mode(asked.mode)},
        now=datetime.now(UTC),
        idempotency_key=_own_key(name, asked, key) if key else None,
    )
    return RunStarted(run_id=run_id, url=f"{_ui_url(runtime.settings)}/runs/flow-run/{run_id}")


async def _pause(name: str, runtime: TheRuntime, prefect: ThePrefect) -> JourneyShown:
    name, _ = await _journey(runtime, name)
    try:
        await pausing.pause(runtime, prefect, name)
    except Unavailable as error:
        detail = f"the journey '{name}' is paused, but {error}: ask again once it does"
        raise HTTPException(503, detail, RETRY_AFTER) from error
    return await _one(runtime, name)


async def _resume(name: str, runtime: TheRuntime, prefect: ThePrefect) -> JourneyShown:
    name, _ = await _journey(runtime, name)
    await pausing.resume(runtime, prefect, name)
    return await _one(runtime, name)


async def _journey(runtime: Runtime, name: str, customer: str | None = None) -> tuple[str, bool]:
    """The journey's name as in its file, and whether it is paused. Raises NotFound, for the customer too."""
    async with runtime.database.transaction() as connection:
        await runtime.catalogue.refresh(connection)
        current, own = runtime.catalogue.current, name.replace("-", "_")
        if own not in current:
            raise NotFound(unknown_name("journey", name, current))
        if customer is not None:
            await _check_customer(runtime, connection, customer)
        return own, current[own][1]


async def _check_customer(runtime: Runtime, connection: Connection, customer: str) -> None:
    """Raises NotFound and SeveralPeople; without the ids of the several: a key that only triggers reads nobody's."""
    try:
        await find_person(connection, customer, runtime.catalogue.project, any_kind=True)
    except SeveralPeople as error:
        raise SeveralPeople(error.named) from None


async def _one(runtime: Runtime, name: str) -> JourneyShown:
    return next(shown for shown in await _shown(runtime) if shown.name == name)


def _own_key(name: str, asked: RunRequest, key: str) -> str:
    """The key for Prefect, which includes the request: all journeys share Prefect's keys, since they share one flow."""
    said = orjson.dumps([name, asked.customer, asked.mode, key])
    return hashlib.blake2b(said, digest_size=16).hexdigest()


def _ui_url(settings: Settings) -> str:
    """The URL of the Prefect UI."""
    return settings.environment.get("PREFECT_UI_URL", settings.prefect_api_url.removesuffix("/api")).rstrip("/")
