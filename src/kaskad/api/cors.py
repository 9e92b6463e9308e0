"""CORS: web pages of any origin may send events and ask how, and may do nothing else.

What is read and written about customers, stock and codes needs a key that no page may have: no page gets it.
"""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/v1/"
CLOSED = ("/v1/customers", "/v1/products", "/v1/promos", "/v1/suppress-and-delete")
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
        path = scope.get("path", "")
        mine = scope["type"] == "http" and path.startswith(PREFIX) and not path.startswith(CLOSED)
        await (self._open if mine else self._app)(scope, receive, send)
