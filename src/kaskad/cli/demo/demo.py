"""`kaskad demo`: the command, and the local stack of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from contextlib import suppress
from dataclasses import replace
from typing import Annotated

import typer

from kaskad.cli.options import StackProject
from kaskad.cli.session import load_stack_settings
from kaskad.domain.errors import Unavailable
from kaskad.settings import Settings

FIRST_OWN_PORT = 20_000

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    project: StackProject = None,
    people: Annotated[int, typer.Option(min=1, max=100_000, help="Customers of the shop.")] = 2_000,
    days: Annotated[int, typer.Option(min=1, max=14, help="Days to play.")] = 4,
    *,
    seed: Annotated[int, typer.Option(help="Another seed makes another shop.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object, the last line of stdout.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the stack running afterwards, to look around in Prefect.")
    ] = False,
) -> None:
    """Play four days of a shop, in a local stack of its own, and print what the journeys did.

    Example: kaskad demo --json | tail -n 1 | jq .journeys.abandoned_cart
    """
    from rich.console import Console

    try:
        from kaskad.cli.demo.run import run_demo
    except ModuleNotFoundError as error:
        missing = (error.name or "kaskad").partition(".")[0]
        if missing == "kaskad":
            raise
        why = f"the demo needs the package {missing!r}: pip install 'kaskad[demo]' brings it"
        raise Unavailable(why) from error
    from kaskad.storage import embedded

    own, console = _own_stack(load_stack_settings(project)), Console(stderr=as_json)
    try:
        asyncio.run(run_demo(own, console, people=people, days=days, seed=seed, as_json=as_json, keep=keep))
    finally:
        embedded.delete_database(own.home / "postgres")
        shutil.rmtree(own.home, ignore_errors=True)


def _own_stack(settings: Settings) -> Settings:
    """Settings with their own folder and ports: the demo never touches the data of a running `kaskad up`."""
    home = settings.home / f"demo-{os.getpid()}"
    ports = _free_ports(4)
    quick = {"KASKAD_LINGER_SECONDS": "0", "KASKAD_ARTIFACTS_SECONDS": "30", "PREFECT_LOGGING_LEVEL": "WARNING"}
    environment = {key: value for key, value in settings.environment.items() if key != "PREFECT_API_URL"} | quick
    return replace(
        settings,
        home=home,
        database_url=None,
        environment=environment,
        api_port=ports[0],
        prefect_port=ports[1],
        sandbox_http_port=ports[2],
        sandbox_smtp_port=ports[3],
    )


def _free_ports(count: int) -> list[int]:
    """Free ports below those that the system assigns itself: nobody takes them between the check and the use."""
    found: list[int] = []
    for port in range(FIRST_OWN_PORT + os.getpid() % 1000 * 4, 32_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise Unavailable("there are no free ports on 127.0.0.1")
