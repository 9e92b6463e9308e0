"""Receipts from providers, over signed webhooks."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from kaskad.api.dependencies import TheRuntime, refresh_catalogue
from kaskad.api.problems import document_errors
from kaskad.channels.base import WebhookRequest
from kaskad.domain.errors import NotFound
from kaskad.services.ingestion import receipts


class RejectedReceipt(BaseModel):
    """A line that counted for nothing."""

    model_config = ConfigDict(from_attributes=True)

    index: int = Field(description="Its number in the body, from 0.", examples=[1])
    code: str = Field(description="Why, in a word.", examples=["other_provider"])
    detail: str = Field(description="Why, in a sentence.", examples=["another provider carried this message"])


class Received(BaseModel):
    """What was in the webhook, how much of it was new, and what counted for nothing."""

    received: int = Field(examples=[2])
    new: int = Field(examples=[1])
    rejected: list[RejectedReceipt]


def router() -> APIRouter:
    """The route `/hooks/{provider}`, with the provider's name as in `configs/providers.yaml`."""
    routes = APIRouter(prefix="/hooks", tags=["Receipts"])
    routes.post(
        "/{provider}",
        summary="What became of messages",
        description="200 once it is stored; the same receipt twice counts once. A line that cannot be read, or that is "
        "about a message of another provider, is `rejected`, and the others count. Anything else than 200: send it "
        "again later.",
        responses=document_errors(400, 401, 404, 413, 503),
    )(_hear)
    return routes


async def _hear(provider: str, request: Request, runtime: TheRuntime) -> Received:
    await refresh_catalogue(runtime)
    carrier = runtime.providers.get(provider)
    if carrier is None:
        raise NotFound(f"no provider '{provider}' is configured here")
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{runtime.settings.public_url}{request.url.path}{query}"  # as the provider sent it, also through proxies
    webhook = WebhookRequest(await request.body(), dict(request.headers), url)
    lines = await asyncio.to_thread(carrier.receipts, webhook)  # thousands of lines must not block other requests
    heard = await receipts.apply_provider_receipts(runtime, provider, lines)
    rejected = [RejectedReceipt.model_validate(rejection) for rejection in heard.rejected]
    return Received(received=len(lines), new=heard.new, rejected=rejected)
