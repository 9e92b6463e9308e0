"""`kaskad watch`: the server, until Ctrl-C."""

from __future__ import annotations

import asyncio
import webbrowser
from pathlib import Path

from kaskad.api.serving import serving
from kaskad.cli import output
from kaskad.cli.session import project_folder
from kaskad.cli.validate import cache_folder
from kaskad.cli.watching.desk import Desk
from kaskad.cli.watching.server import app_of
from kaskad.domain.errors import Unavailable
from kaskad.services.links import Links
from kaskad.settings import load


def watch(project: Path | None, port: int, browse: bool) -> None:
    """Serves the project's desk on this machine alone. Raises Unavailable where the port is taken."""
    root = project_folder(project)
    desk = Desk(root, cache_folder(root), Links(load(root).public_url, ""))
    try:
        asyncio.run(_serve(desk, port, browse))
    except KeyboardInterrupt:
        output.warn("stopped")


async def _serve(desk: Desk, port: int, browse: bool) -> None:
    try:
        async with serving(app_of(desk), "127.0.0.1", port) as url:
            output.lines([f"{url} shows {desk.root}, and again each time something is saved; Ctrl-C ends it"])
            if browse:
                webbrowser.open(url)
            await asyncio.Event().wait()
    except OSError as error:
        raise Unavailable(f"port {port} is taken: --port 0 takes any that is free") from error
