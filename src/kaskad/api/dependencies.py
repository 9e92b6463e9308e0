"""The FastAPI dependencies of routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from kaskad.api.auth import ApiKeys
from kaskad.domain.api_key import Scope
from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.runtime import Runtime

_bearer = HTTPBearer(
    auto_error=False, scheme_name="admin key", description="`KASKAD_ADMIN_KEY`, or a key with the scope that is needed"
)


async def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


async def _prefect(request: Request) -> PrefectGateway:
    gateway: PrefectGateway = request.app.state.prefect
    return gateway


async def _keys(request: Request) -> ApiKeys:
    keys: ApiKeys = request.app.state.keys
    return keys


TheRuntime = Annotated[Runtime, Depends(_runtime)]
ThePrefect = Annotated[PrefectGateway, Depends(_prefect)]
TheKeys = Annotated[ApiKeys, Depends(_keys)]


def require(scope: Scope) -> Callable[..., Awaitable[None]]:
    """The dependency of a route that needs a key with this scope; it raises 401 or 403 otherwise."""

    async def check(
        request: Request, runtime: TheRuntime, keys: TheKeys, *, _: Annotated[object, Depends(_bearer)]
    ) -> None:
        await keys.require(runtime, request.headers.get("authorization"), scope)

    return check


async def refresh_catalogue(runtime: Runtime) -> None:
    """Refreshes the published files, for what is read before a service's own transaction."""
    async with runtime.database.transaction() as connection:
        await runtime.catalogue.refresh(connection)


def client_ip(request: Request) -> str | None:
    """The IP address that the request came from, as uvicorn knows it (behind a proxy that is trusted, the client's)."""
    return request.client.host if request.client else None
