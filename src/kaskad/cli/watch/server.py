"""The watcher's pages, for one browser on this machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from jinja2 import Environment, PackageLoader
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, Response, StreamingResponse

from kaskad.cli.watch.file_changes import watch_files
from kaskad.cli.watch.project_state import ProjectState
from kaskad.services.describing.diagram import build_diagram
from kaskad.services.describing.svg import render_svg
from kaskad.services.previews import build_example_reader, build_preview, render_page
from kaskad.services.previews.content_checks import CheckContext, list_languages
from kaskad.services.previews.example_customers import EXAMPLES, USUAL
from kaskad.services.previews.page import PageLink

ALLOWED_HOSTS = ["127.0.0.1", "localhost"]  # a request with another host name comes from another site's page
KEEPALIVE = 15.0  # seconds between two keep-alive messages


class WatchServer:
    """Notifies every open tab when something was saved. `saved` grows with each check."""

    def __init__(self, desk: ProjectState) -> None:
        self.desk = desk
        self.saved = 0
        self._news = asyncio.Condition()

    async def run(self) -> None:
        """Checks again whenever files change; never returns."""
        async for changed in watch_files(self.desk.root):
            await self.desk.check(datetime.now(UTC))
            self.desk.follow(changed)
            async with self._news:
                self.saved += 1
                self._news.notify_all()

    async def stream_changes(self) -> AsyncIterator[str]:
        """Server-sent events that say what to show now."""
        heard = self.saved
        yield ": here\n\n"
        while True:
            try:
                async with asyncio.timeout(KEEPALIVE), self._news:
                    while self.saved == heard:
                        await self._news.wait()
            except TimeoutError:
                yield ": still here\n\n"
                continue
            heard = self.saved
            yield f"data: {json.dumps({'show': self.desk.shown})}\n\n"


def create_watch_app(desk: ProjectState) -> FastAPI:
    """The app with the project's pages. The project is checked when the app starts and on each save."""
    watch = WatchServer(desk)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await desk.check(datetime.now(UTC))
        watching = asyncio.create_task(watch.run())
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=ALLOWED_HOSTS)
    app.state.watch = watch
    app.get("/")(_desk)
    app.get("/tidings")(_stream)
    app.get("/messages/{name}")(_message)
    app.get("/journeys/{name}")(_journey)
    return app


async def _desk(request: Request, show: str = "") -> Response:
    desk: ProjectState = request.app.state.watch.desk
    draft = desk.draft
    messages = sorted(draft.compiled) if draft else []
    journeys = sorted(draft.project.journeys) if draft else []
    shown = show or desk.shown or (f"messages/{messages[0]}" if messages else "")
    listed = [(f"messages/{name}", name) for name in messages], [(f"journeys/{name}", name) for name in journeys]
    return _page("desk.html.j2", desk=desk, shown=shown, messages=listed[0], journeys=listed[1])


async def _stream(request: Request) -> Response:
    watch: WatchServer = request.app.state.watch
    return StreamingResponse(
        watch.stream_changes(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


async def _message(name: str, request: Request, who: str = USUAL, *, locale: str = "") -> Response:
    desk: ProjectState = request.app.state.watch.desk
    message = desk.draft.compiled.get(name) if desk.draft else None
    if desk.draft is None or message is None or who not in EXAMPLES:
        return _page("nothing.html.j2", 404, desk=desk, name=name)
    shop, now = desk.draft.project.shop, datetime.now(UTC)
    reads = locale or shop.locale
    reader = build_example_reader(who, reads, shop, now=now)
    shown = build_preview(
        CheckContext(desk.draft.project, desk.root, desk.links, now), desk.draft, message, reader=reader
    )
    spoken = sorted(list_languages(desk.draft.compiled, shop))
    return HTMLResponse(render_page(shown, _choices(name, who, reads, spoken=spoken)))


def _choices(name: str, who: str, locale: str, *, spoken: Sequence[str]) -> list[PageLink]:
    asked = [(language, who, language) for language in spoken]
    asked += [(example.replace("_", " "), example, locale) for example in EXAMPLES]
    return [
        PageLink(
            label, f"/messages/{name}?{urlencode({'who': reader, 'locale': reads})}", (reader, reads) == (who, locale)
        )
        for label, reader, reads in asked
    ]


async def _journey(name: str, request: Request) -> Response:
    desk: ProjectState = request.app.state.watch.desk
    journey = desk.draft.project.journeys.get(name) if desk.draft else None
    if journey is None:
        return _page("nothing.html.j2", 404, desk=desk, name=name)
    return _page("journey.html.j2", journey=journey, picture=render_svg(build_diagram(journey)))


def _page(template: str, status: int = 200, **values: object) -> Response:
    return HTMLResponse(_environment().get_template(template).render(**values), status, {"Cache-Control": "no-store"})


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = PackageLoader("kaskad.cli.watch", "pages")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
