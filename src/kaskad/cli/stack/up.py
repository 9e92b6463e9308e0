"""`kaskad up`: everything on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli.options import StackProject
from kaskad.cli.session import load_stack_settings

if TYPE_CHECKING:
    from rich.console import Console

    from kaskad.settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def up(
    project: StackProject = None,
    sandbox: Annotated[bool, typer.Option(help="Replace the providers on this machine.")] = True,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes; they share the work.")] = 1,
) -> None:
    """Start everything on this machine: Postgres, Prefect, sandbox, API, workers. Ctrl-C ends it.

    The files are published automatically only if nothing was ever published; later, use `kaskad publish`.

    Example: kaskad up --workers 2
    """
    from rich.console import Console

    asyncio.run(_up(load_stack_settings(project), Console(), sandbox=sandbox, workers=workers))


async def _up(settings: Settings, console: Console, *, sandbox: bool, workers: int) -> None:
    """Starts the stack and keeps it running; publishes the files if nothing was ever published.

    Ctrl-C ends everything within five seconds. Raises Unavailable at the end if Prefect could never start.
    """
    from kaskad.cli.stack import startup
    from kaskad.cli.stack.local_stack import start_local_stack
    from kaskad.cli.stack.prefect_process import raise_if_unreachable

    def tell(name: str, text: str) -> None:
        console.print(f"  {name:<9} {text}", highlight=False, markup=False, soft_wrap=True)

    console.print("Starting …")
    async with start_local_stack(settings, tell, sandbox=sandbox, patient=True) as stack:
        fresh = await startup.start_intake(stack, tell, sandbox=sandbox)
        watching = [asyncio.create_task(startup.report_failures(stack.settings, tell))]
        if not fresh:
            watching.append(asyncio.create_task(startup.report_unpublished(stack, tell)))
        try:
            await stack.run_unless_stopped(startup.run_journeys(stack, tell, workers))
            console.print(f"\nRunning. Prefect UI: [bold]{settings.prefect_api_url.removesuffix('/api')}[/]")
            console.print("Ctrl-C ends everything.")
            await stack.wait()
        finally:
            for task in watching:
                task.cancel()
    console.print("Ended.")
    raise_if_unreachable(stack.prefect)
