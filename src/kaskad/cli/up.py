"""`kaskad up`: everything on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio

from rich.console import Console

from kaskad.cli.house import standing
from kaskad.settings import Settings


def run(settings: Settings, console: Console, *, sandbox: bool = True, workers: int = 1) -> None:
    """Starts the house, publishes the journeys, and keeps it running. Ctrl-C ends everything within five seconds."""
    asyncio.run(_up(settings, console, sandbox=sandbox, workers=workers))


async def _up(settings: Settings, console: Console, *, sandbox: bool, workers: int) -> None:
    def tell(name: str, what: str) -> None:
        console.print(f"  {name:<9} {what}", highlight=False)

    console.print("Starting …")
    async with standing(settings, tell, sandbox=sandbox) as house:
        api = f"http://{settings.host}:{settings.api_port}"
        if sandbox:
            await house.start("sandbox", ready=f"http://{settings.host}:{settings.sandbox_http_port}/_summary")
            tell("sandbox", f"http://{settings.host}:{settings.sandbox_http_port}/_received")
        await house.command("publish")
        await house.start("api", ready=f"{api}/healthz")
        tell("api", api)
        for number in range(1, workers + 1):
            await house.start("worker", number=number)
        tell("worker", "runs the journeys" if workers == 1 else f"{workers} of them run the journeys")
        keys = {source: key for key, source in settings.write_keys().items()}
        console.print(f"\nStands. Prefect UI: [bold]{settings.prefect_api_url.removesuffix('/api')}[/]")
        for source, key in sorted(keys.items()):
            tell("key", f"{source}: {key}")
        tell("admin", settings.admin_key())
        console.print("Ctrl-C ends everything.")
        await house.wait()
    console.print("Ended.")
