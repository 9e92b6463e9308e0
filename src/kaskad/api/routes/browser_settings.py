"""What Segment's client for browsers asks before it sends anything: with it, only its host has to be changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from kaskad.api.dependencies import TheKeys, TheRuntime
from kaskad.api.problems import document_errors
from kaskad.domain.api_key import Scope
from kaskad.domain.errors import NotFound
from kaskad.runtime import Runtime

CACHED_FOR = 300  # seconds: the client asks at every page


class BrowserSettings(BaseModel):
    """The settings of one write key, as Segment's CDN answers them: events go to this host, and to nobody else."""

    integrations: dict[str, dict[str, Any]] = Field(
        examples=[{"Segment.io": {"apiKey": "KEY", "apiHost": "events.shop.example/v1", "protocol": "https"}}]
    )
    plan: dict[str, Any] = {"track": {"__default": {"enabled": True, "integrations": {}}}}
    metrics: dict[str, Any] = {"sampleRate": 0}  # else the client reports itself to Segment


def router() -> APIRouter:
    """The route `/v1/projects/{key}/settings`."""
    routes = APIRouter(prefix="/v1/projects", tags=["Events"])
    routes.get(
        "/{key}/settings",
        summary="How a browser's client sends events",
        description="Segment's client for browsers asks this of its `cdnURL`, which may be this host.",
        operation_id="browser_settings",
        responses=document_errors(404, 503),
    )(_shown)
    return routes


async def _shown(
    key: str, request: Request, response: Response, *, runtime: TheRuntime, keys: TheKeys
) -> BrowserSettings:
    """The settings of a key that may send events."""
    holder = await keys.find(runtime, key)
    if holder is None or not holder.has(Scope.INGEST):
        raise NotFound("no write key is known by this name")
    response.headers["Cache-Control"] = f"public, max-age={CACHED_FOR}"
    protocol, host = _own_address(runtime, request)
    return BrowserSettings(integrations={"Segment.io": {"apiKey": key, "apiHost": f"{host}/v1", "protocol": protocol}})


def _own_address(runtime: Runtime, request: Request) -> tuple[str, str]:
    """The scheme, and the host with its path, that browsers reach this API at: as configured, else as it was asked."""
    configured = runtime.settings.environment.get("KASKAD_PUBLIC_URL")
    parts = urlsplit(configured or str(request.base_url))
    return parts.scheme, f"{parts.netloc}{parts.path}".rstrip("/")
