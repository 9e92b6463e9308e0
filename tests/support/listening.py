"""Another system that listens: a real HTTP server, which checks signatures and answers as it is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kaskad.channels import webhook_signature
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.providers import WebhookSpec
from kaskad.sandbox.providers.http_server import HttpServer, Request, Response
from kaskad.services.delivery import webhooks
from kaskad.settings import SANDBOX_SECRET
from tests.support.rules import Edit
from tests.support.stack import Stack

TOLD = "delete_account"


@dataclass
class Listener:
    """What it was told, and what it answers: a status for each call in turn, the last one again; None hangs up."""

    answers: list[int | None] = field(default_factory=lambda: [200])
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    secret: str = ""
    port: int = 0

    async def __call__(self, request: Request) -> Response | None:
        webhook_signature.verify(
            request.body, request.headers.get(webhook_signature.HEADER, ""), self.secret, now=datetime.now(UTC)
        )
        self.heard.append(json.loads(request.body))
        self.keys.append(request.headers["idempotency-key"])
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return None if status is None else Response(status, b"thanks", self.headers)


@asynccontextmanager
async def listening(answers: list[int | None] | None = None) -> AsyncIterator[Listener]:
    """A listener on a port of its own."""
    listener = Listener(answers or [200])
    server = HttpServer(listener)
    await server.start(0)
    listener.port = server.port
    try:
        yield listener
    finally:
        await server.close()


def with_listener(listener: Listener, edit: Edit, **said: Any) -> Callable[[Project], Project]:
    """The project with that webhook, which leads to the listener."""
    usual = {"url": f"http://127.0.0.1:{listener.port}/hooks", "secret_env": SANDBOX_SECRET}
    spec = WebhookSpec.model_validate(
        {"name": TOLD, "title": "Delete the account", "timeout": Duration(seconds=2), **usual, **said}
    )
    return lambda project: edit(project).model_copy(update={"webhooks": {TOLD: spec}})


async def call_all(stack: Stack, listener: Listener) -> dict[str, int]:
    """Makes every call that is due; what came of them."""
    listener.secret = stack.runtime.settings.provider_secret(SANDBOX_SECRET)
    return dict(await webhooks.make_calls(stack.runtime))
