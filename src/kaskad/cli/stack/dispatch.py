"""`kaskad dispatch`: only starts runs."""

from __future__ import annotations

import asyncio

import typer

from kaskad.cli.options import StackProject
from kaskad.cli.session import load_stack_settings
from kaskad.cli.stack.worker import connect

app = typer.Typer(add_completion=False)


@app.command()
def dispatch(project: StackProject = None) -> None:
    """Only start runs when a customer is due: for installations whose flows run on stock Prefect workers.

    Example: kaskad dispatch
    """
    from kaskad.orchestration.signals import run_until_signal
    from kaskad.runtime import open_runtime
    from kaskad.services.dispatcher import Dispatcher
    from kaskad.services.publishing.deployment_sync import DeploymentSync

    settings = load_stack_settings(project)

    async def main(stop: asyncio.Event) -> None:
        async with open_runtime(settings) as runtime, connect(settings) as gateway:
            deployments = DeploymentSync(runtime, gateway)
            await Dispatcher(runtime, gateway, lambda: None, deployments=deployments).serve(stop)

    run_until_signal(main)
