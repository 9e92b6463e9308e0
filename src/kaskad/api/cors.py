"""CORS: web pages of any origin may send events and ask how, and may do nothing else."""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/v1/"
DAY = 86_400  # seconds that a browser may cache the answer


class EventCors:
    """CORS on the paths of events only. Any origin is allowed: the write key decides, and no cookie is ever read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Content-Encoding"],
            max_age=DAY,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        mine = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        await (self._open if mine else self._app)(scope, receive, send)
