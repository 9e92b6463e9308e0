"""Builds the HTTP API from its routes, middleware and error handlers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from kaskad.api import problems
from kaskad.api.auth import ApiKeys
from kaskad.api.body_limits import BodyLimit
from kaskad.api.cors import EventCors
from kaskad.api.examples import SCHEME
from kaskad.api.guesses import GuessLimit
from kaskad.api.routes import (
    browser_settings,
    carts,
    confirm,
    customers,
    health,
    images,
    ingest,
    journeys,
    personal_data,
    preferences,
    products,
    promos,
    receipts,
    unsubscribe,
)
from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.runtime import Runtime, open_runtime
from kaskad.services.health import HealthCheck
from kaskad.settings import Settings

PREFECT_PATIENCE = 5.0  # seconds
DESCRIPTION = """Events come in, journeys run, receipts and unsubscriptions are heard.

Events are in Segment's format: a stock client works with nothing but its host changed.
Every error is `application/problem+json` (RFC 9457). Nothing that was answered with 200 is lost."""
TAGS = [
    {"name": "Events", "description": "What customers do, from the site, the app, the tills and the call centre."},
    {"name": "Journeys", "description": "One customer through one journey, now; pausing and resuming."},
    {
        "name": "Customers",
        "description": "Whom site, app, till or operator serve, with their history and carts.",
    },
    {"name": "Products", "description": "Which store has what, and when that was told."},
    {"name": "Promo codes", "description": "Whether a code is good, and redeeming it once, wherever that is."},
    {"name": "Personal data", "description": "What is stored of one customer: given out, or erased."},
    {"name": "Receipts", "description": "Providers tell what became of messages, over signed webhooks."},
    {"name": "Unsubscribe", "description": "Links in messages. POST acts, GET only asks (RFC 8058)."},
    {"name": "Preferences", "description": "What customers choose on their own page, and addresses that they confirm."},
    {"name": "Images", "description": "The pictures in messages: an address for good, cached for good."},
    {"name": "Health", "description": "For whoever watches the process."},
]


def create_app(settings: Settings, *, runtime: Runtime | None = None) -> FastAPI:
    """The API of one project. It opens and closes its own runtime, unless it gets one; that one stays open."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.runtime = runtime or await stack.enter_async_context(open_runtime(settings))
            gateway = PrefectGateway(settings.prefect_api_url, auth=settings.prefect_auth, patience=PREFECT_PATIENCE)
            app.state.prefect = await stack.enter_async_context(gateway)
            app.state.condition = HealthCheck(app.state.runtime, gateway)
            yield

    app = Api(
        title="Kaskad",
        version=version("kaskad"),
        description=DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=lifespan,
        docs_url=None,  # these two load scripts from other hosts; /openapi.json stays
        redoc_url=None,
    )
    app.state.keys = ApiKeys.of(settings)
    app.state.guesses = GuessLimit()
    for part in (
        *(ingest, browser_settings, carts, customers, products, promos, journeys, personal_data, receipts),
        *(unsubscribe, preferences, confirm, images, health),
    ):
        app.include_router(part.router())
    problems.install_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(EventCors)
    return app


class Api(FastAPI):
    """FastAPI; its OpenAPI document also names the key of the routes that read their body by hand."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = get_openapi(
                title=self.title,
                version=self.version,
                description=self.description,
                tags=self.openapi_tags,
                routes=self.routes,
            )
            document["components"].setdefault("securitySchemes", {})["write key"] = SCHEME
            self.openapi_schema = document
        return self.openapi_schema
