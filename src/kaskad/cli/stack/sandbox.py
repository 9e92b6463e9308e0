"""`kaskad sandbox`: local replacements of the providers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from kaskad.cli.options import StackProject
from kaskad.cli.session import load_stack_settings
from kaskad.settings import SANDBOX_SECRET, Settings

if TYPE_CHECKING:
    from kaskad.sandbox.providers import Behaviour


app = typer.Typer(add_completion=False)


@app.command()
def sandbox(project: StackProject = None) -> None:
    """Replace the providers: take messages, keep them, and answer as customers would.

    Example: kaskad sandbox
    """
    run_sandbox(load_stack_settings(project))


def run_sandbox(settings: Settings, behaviour: Behaviour | None = None) -> None:
    """Runs the sandbox on the engine's clock until SIGINT or SIGTERM; without `behaviour`, with the usual one."""
    from kaskad.cli.stack.sandbox_behaviour import DEFAULT_BEHAVIOUR, sandbox_providers
    from kaskad.orchestration.signals import run_until_signal
    from kaskad.runtime import open_runtime
    from kaskad.sandbox.providers import serve

    async def main(stop: asyncio.Event) -> None:
        async with open_runtime(settings) as runtime:
            serving = asyncio.create_task(
                serve(
                    settings.home / "sandbox",
                    runtime.engine_now,
                    behaviour or DEFAULT_BEHAVIOUR,
                    http_port=settings.sandbox_http_port,
                    smtp_port=settings.sandbox_smtp_port,
                    hooks_url=f"http://{settings.host}:{settings.api_port}/hooks",
                    secret=settings.provider_secret(SANDBOX_SECRET),
                    providers=sandbox_providers(),
                )
            )
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            serving.cancel()
            await asyncio.gather(serving, stopping, return_exceptions=True)

    run_until_signal(main)
