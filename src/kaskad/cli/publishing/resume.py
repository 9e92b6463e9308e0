"""`kaskad resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from kaskad.cli.options import AsJson, Journey, NoPrefect, Project
from kaskad.cli.publishing.pause import print_state
from kaskad.cli.session import open_prefect, run_with_runtime
from kaskad.domain.errors import Unavailable

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.operations.pausing import PauseResult

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad resume abandoned_cart")
def resume(
    journey: Journey, project: Project = None, no_prefect: NoPrefect = False, *, as_json: AsJson = False
) -> None:
    """Let a paused journey run again."""

    async def work(runtime: Runtime) -> PauseResult:
        return await _resume(runtime, journey, no_prefect)

    print_state(run_with_runtime(project, work), False, as_json)


async def _resume(runtime: Runtime, journey: str, no_prefect: bool) -> PauseResult:
    """Raises Unavailable if Prefect does not answer; then nothing has changed."""
    from kaskad.services.operations import pausing
    from kaskad.services.operations.pausing import PauseResult

    if no_prefect:
        return PauseResult(await pausing.set_paused(runtime, journey, False), deployed=True)
    async with open_prefect(runtime.settings) as gateway:
        try:
            return await pausing.resume(runtime, gateway, journey)
        except Unavailable as error:
            hint = "--no-prefect resumes it without"
            raise Unavailable(f"'{journey}' stays paused, because {error}: {hint}") from error
