"""A stack where one push has gone out, and the provider that tells of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from kaskad.channels import webhook_signature
from kaskad.settings import SANDBOX_SECRET
from tests.integration.api.front import PUSH, ApiClient
from tests.support.stack import Stack


@dataclass
class Hooked:
    """The stack, its API, and the message's id."""

    stack: Stack
    api: ApiClient
    message: str

    def receipt_line(self, kind: str, **more: Any) -> dict[str, Any]:
        """A line about the message."""
        return {"key": self.message, "kind": kind, "at": self.stack.now.isoformat(), **more}

    async def post(
        self, *lines: Any, provider: str = PUSH, secret: str = "", at: datetime | None = None, raw: bytes | None = None
    ) -> httpx.Response:
        """Posts these lines, or `raw`, signed as the provider signs."""
        body = json.dumps(lines).encode() if raw is None else raw
        own = self.api.settings.provider_secret(SANDBOX_SECRET)
        signature = webhook_signature.sign(body, secret or own, at or datetime.now(UTC))
        return await self.api.client.post(
            f"/hooks/{provider}", content=body, headers={webhook_signature.HEADER: signature}
        )

    async def state(self) -> list[list[dict[str, Any]]]:
        """Everything that a receipt may change."""
        tables = ("event", "message", "consent", "contact", "enrollment", "suppression")
        return [await self.stack.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


def codes(answer: httpx.Response) -> dict[int, str]:
    """Which lines were refused, and why."""
    return {rejected["index"]: rejected["code"] for rejected in answer.json()["rejected"]}
