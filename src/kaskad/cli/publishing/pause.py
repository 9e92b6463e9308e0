"""`kaskad pause`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Journey, NoPrefect, Project
from kaskad.cli.session import open_prefect, run_with_runtime
from kaskad.domain.errors import Unavailable

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.operations.pausing import PauseResult

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad pause abandoned_cart")
def pause(journey: Journey, project: Project = None, no_prefect: NoPrefect = False, *, as_json: AsJson = False) -> None:
    """Pause a journey: nobody enters, and nothing is sent. Time goes on, and what expires is dropped."""

    async def work(runtime: Runtime) -> PauseResult:
        return await _pause(runtime, journey, no_prefect)

    print_state(run_with_runtime(project, work), True, as_json)


async def _pause(runtime: Runtime, journey: str, no_prefect: bool) -> PauseResult:
    """If Prefect does not answer, that is only a warning: nothing is sent any more in any case."""
    from kaskad.services.operations import pausing
    from kaskad.services.operations.pausing import PauseResult

    name = await pausing.set_paused(runtime, journey, True)  # first: the import of Prefect's client takes a second
    if no_prefect:
        return PauseResult(name, deployed=True)
    async with open_prefect(runtime.settings) as gateway:
        try:
            return await pausing.pause(runtime, gateway, name)
        except Unavailable as error:
            output.warn(f"{error}: its page there does not show that '{name}' is paused")
            return PauseResult(name, deployed=True)


def print_state(switched: PauseResult, paused: bool, as_json: bool) -> None:
    """Prints whether the journey is paused now; warns if Prefect has no deployment of it."""
    name = switched.journey
    if as_json:
        output.print_json({"journey": name, "paused": paused})
    else:
        output.print_lines([f"'{name}' {'is paused: nobody enters, and nothing is sent' if paused else 'runs again'}"])
    if not switched.deployed:
        output.warn(f"'{name}' has no deployment in Prefect yet: `kaskad publish` makes it")
