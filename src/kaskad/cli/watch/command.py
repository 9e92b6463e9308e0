"""`kaskad watch`: the server, until Ctrl-C."""

from __future__ import annotations

import asyncio
import webbrowser
from pathlib import Path

from kaskad.api.server import serve_api
from kaskad.cli import output
from kaskad.cli.authoring.validate import cache_folder
from kaskad.cli.session import find_project_folder
from kaskad.cli.watch.project_state import ProjectState
from kaskad.cli.watch.server import create_watch_app
from kaskad.domain.errors import Unavailable
from kaskad.services.links import Links
from kaskad.settings import load_settings


def watch(project: Path | None, port: int, browse: bool) -> None:
    """Serves the project's pages on this machine only. Raises Unavailable if the port is in use."""
    root = find_project_folder(project)
    desk = ProjectState(root, cache_folder(root), Links(load_settings(root).public_url, ""))
    try:
        asyncio.run(_serve(desk, port, browse))
    except KeyboardInterrupt:
        output.warn("stopped")


async def _serve(desk: ProjectState, port: int, browse: bool) -> None:
    try:
        async with serve_api(create_watch_app(desk), "127.0.0.1", port) as url:
            output.print_lines([f"{url} shows {desk.root}, and again each time something is saved; Ctrl-C ends it"])
            if browse:
                webbrowser.open(url)
            await asyncio.Event().wait()
    except OSError as error:
        raise Unavailable(f"port {port} is taken: --port 0 takes any that is free") from error
