"""`kaskad api`."""

from __future__ import annotations

import typer

from kaskad.cli.options import StackProject
from kaskad.cli.session import load_stack_settings
from kaskad.cli.stack.garbage import collect_rarely
from kaskad.settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def api(project: StackProject = None) -> None:
    """Serve the API.

    Example: KASKAD_API_PORT=9000 kaskad api
    """
    run_api(load_stack_settings(project))


def run_api(settings: Settings) -> None:
    """Serves the API until SIGINT or SIGTERM."""
    import uvicorn

    from kaskad.api.app import create_app

    app = create_app(settings)
    collect_rarely()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.api_port,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
