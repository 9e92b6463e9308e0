"""`kaskad pause` and `kaskad resume`: in the database, which decides, and in Prefect, where people see it."""

from __future__ import annotations

from pathlib import Path

from kaskad.cli import output
from kaskad.cli.session import prefect, run
from kaskad.domain.errors import NotFound, Unavailable
from kaskad.runtime import Runtime
from kaskad.services import trigger


def pause(project: Path | None, journey: str, no_prefect: bool, as_json: bool) -> None:
    """Pauses the journey. That Prefect cannot be told is a warning: nothing is sent any more in any case."""

    async def work(runtime: Runtime) -> tuple[str, str | None]:
        name = await trigger.set_paused(runtime, journey, True)
        if no_prefect:
            return name, None
        try:
            await _in_prefect(runtime, name, True)
        except Unavailable as error:
            return name, str(error)
        return name, None

    name, unreached = run(project, work)
    _show(name, True, as_json)
    if unreached:
        output.warn(f"{unreached}: its page there does not show that '{name}' is paused")


def resume(project: Path | None, journey: str, no_prefect: bool, as_json: bool) -> None:
    """Resumes the journey, in Prefect first: what is paused there pauses the journey again.

    Raises Unavailable where Prefect cannot be told; then nothing has changed.
    """

    async def work(runtime: Runtime) -> str:
        name = await _known(runtime, journey)
        if not no_prefect:
            try:
                await _in_prefect(runtime, name, False)
            except Unavailable as error:
                raise Unavailable(f"'{name}' stays paused, because {error}: --no-prefect resumes it without") from error
        return await trigger.set_paused(runtime, name, False)

    _show(run(project, work), False, as_json)


async def _known(runtime: Runtime, journey: str) -> str:
    async with runtime.database.transaction() as connection:
        await runtime.catalogue.refresh(connection)
        return (await runtime.catalogue.current_of(connection, journey)).version.journey.name


async def _in_prefect(runtime: Runtime, name: str, paused: bool) -> None:
    async with prefect(runtime.settings) as gateway:
        try:
            await gateway.set_paused(name, paused)
        except NotFound:
            output.warn(f"'{name}' has no deployment in Prefect yet: `kaskad publish` makes it")


def _show(name: str, paused: bool, as_json: bool) -> None:
    if as_json:
        output.as_json({"journey": name, "paused": paused})
    else:
        output.lines([f"'{name}' {'is paused: it takes nobody in and sends nothing' if paused else 'runs again'}"])
