"""`kaskad pause` and `kaskad resume`."""

from __future__ import annotations

from pathlib import Path

from kaskad.cli import output
from kaskad.cli.session import open_prefect, run_with_runtime
from kaskad.domain.errors import Unavailable
from kaskad.runtime import Runtime
from kaskad.services.operations import pausing
from kaskad.services.operations.pausing import PauseResult


def pause(project: Path | None, journey: str, no_prefect: bool, as_json: bool) -> None:
    """Pauses the journey. If Prefect does not answer, that is only a warning: nothing is sent any more in any case."""

    async def work(runtime: Runtime) -> PauseResult:
        name = await pausing.set_paused(runtime, journey, True)  # first: the import of Prefect's client takes a second
        if no_prefect:
            return PauseResult(name, deployed=True)
        async with open_prefect(runtime.settings) as gateway:
            try:
                return await pausing.pause(runtime, gateway, name)
            except Unavailable as error:
                output.warn(f"{error}: its page there does not show that '{name}' is paused")
                return PauseResult(name, deployed=True)

    _show(run_with_runtime(project, work), True, as_json)


def resume(project: Path | None, journey: str, no_prefect: bool, as_json: bool) -> None:
    """Resumes the journey. Raises Unavailable if Prefect does not answer; then nothing has changed."""

    async def work(runtime: Runtime) -> PauseResult:
        if no_prefect:
            return PauseResult(await pausing.set_paused(runtime, journey, False), deployed=True)
        async with open_prefect(runtime.settings) as gateway:
            try:
                return await pausing.resume(runtime, gateway, journey)
            except Unavailable as error:
                hint = "--no-prefect resumes it without"
                raise Unavailable(f"'{journey}' stays paused, because {error}: {hint}") from error

    _show(run_with_runtime(project, work), False, as_json)


def _show(switched: PauseResult, paused: bool, as_json: bool) -> None:
    name = switched.journey
    if as_json:
        output.print_json({"journey": name, "paused": paused})
    else:
        output.print_lines(
            [f"'{name}' {'is paused: it takes nobody in and sends nothing' if paused else 'runs again'}"]
        )
    if not switched.deployed:
        output.warn(f"'{name}' has no deployment in Prefect yet: `kaskad publish` makes it")
