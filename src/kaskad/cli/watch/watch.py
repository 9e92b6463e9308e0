"""`kaskad watch`: the server, until Ctrl-C."""

from __future__ import annotations

import asyncio
import webbrowser
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import Project
from kaskad.cli.session import find_project_folder
from kaskad.domain.errors import Unavailable
from kaskad.settings import load_settings

if TYPE_CHECKING:
    from kaskad.cli.watch.project_state import ProjectState

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad watch --open")
def watch(
    project: Project = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes any free one.")] = 0,
    browse: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Show all problems, and a preview of what you saved last, in a browser tab. It needs no database."""
    from kaskad.cli.authoring.checked_project import cache_folder
    from kaskad.cli.watch.project_state import ProjectState
    from kaskad.services.links import Links

    root = find_project_folder(project)
    desk = ProjectState(root, cache_folder(root), Links(load_settings(root).public_url, ""))
    try:
        asyncio.run(_serve(desk, port, browse))
    except KeyboardInterrupt:
        output.warn("stopped")


async def _serve(desk: ProjectState, port: int, browse: bool) -> None:
    """Serves the project's pages on this machine only. Raises Unavailable if the port is in use."""
    from kaskad.api.server import serve_api
    from kaskad.cli.watch.server import create_watch_app

    try:
        async with serve_api(create_watch_app(desk), "127.0.0.1", port) as url:
            output.print_lines([f"{url} shows {desk.root}, and updates each time you save; Ctrl-C ends it"])
            if browse:
                webbrowser.open(url)
            await asyncio.Event().wait()
    except OSError as error:
        raise Unavailable(f"port {port} is in use: --port 0 takes any free one") from error
