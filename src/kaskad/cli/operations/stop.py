"""`kaskad stop`: the emergency stop."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import run_with_runtime
from kaskad.domain.errors import Rejected

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.inspect.overview import EmergencyStop

app = typer.Typer(add_completion=False)


class Scope(StrEnum):
    """What an emergency stop covers."""

    ALL = "all"
    JOURNEY = "journey"
    CHANNEL = "channel"
    SENDER = "sender"
    PROVIDER = "provider"


@app.command(epilog="Example: kaskad stop channel sms     and later: kaskad stop channel sms --lift")
def stop(
    scope: Annotated[Scope, typer.Argument(help="What to stop.")],
    name: Annotated[str, typer.Argument(help="Its name; none for all.")] = "",
    lift: Annotated[bool, typer.Option("--lift", help="Lift the stop.")] = False,
    *,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Emergency stop: after this command, nothing in its scope is sent until the stop is lifted."""
    from kaskad.services.inspect import overview
    from kaskad.services.operations import emergency_stops

    async def work(runtime: Runtime) -> tuple[bool, list[EmergencyStop]]:
        lifted = True
        if lift:
            lifted = await emergency_stops.lift(runtime, scope.value, name)
            if not lifted:  # a slip leaves standing what was to be lifted
                await _check(runtime, scope.value, name, done="nothing was lifted")
        else:
            await _check(runtime, scope.value, name, done="nothing was stopped")
            _warn_of_unknown_sender(runtime, scope.value, name)
            await emergency_stops.stop(runtime, scope.value, name, by=getpass.getuser())
        return lifted, await overview.list_stops(runtime)

    changed, standing = run_with_runtime(project, work)
    if not changed:
        output.warn(f"there was no stop of {scope} {name}".rstrip())
    _show(standing, as_json)


async def _check(runtime: Runtime, scope: str, name: str, *, done: str) -> None:
    """Rejects an unknown name, which would stop nothing. Senders may come from events, so any sender is allowed."""
    if scope == "all" and name:
        raise Rejected(f"'all' takes no name; to stop '{name}' alone, say whether it is a journey, a channel, …")
    async with runtime.database.transaction() as connection:
        await runtime.catalogue.refresh(connection)
    project = runtime.catalogue.project
    known: dict[str, list[str]] = {
        "journey": sorted(runtime.catalogue.current),
        "channel": sorted(project.channels),
        "provider": sorted(project.providers),
    }
    spelt = name.replace("-", "_") if scope == "journey" else name
    if name and scope in known and spelt not in known[scope]:
        names = ", ".join(known[scope]) or "none is published"
        raise Rejected(f"there is no {scope} '{name}' (there are: {names}); {done}")


def _warn_of_unknown_sender(runtime: Runtime, scope: str, name: str) -> None:
    """Says that the files have no such sender: the stop holds, and perhaps not for whom it was meant."""
    known = sorted(runtime.catalogue.project.senders)
    if scope == "sender" and name and name not in known:
        near = get_close_matches(name, known, n=1)
        meant = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known[:10])}"
        output.warn(f"no file has a sender '{name}' ({meant}); the stop holds for messages of that name alone")


def _show(standing: Sequence[EmergencyStop], as_json: bool) -> None:
    if as_json:
        stops = [
            {
                "scope": emergency_stop.scope,
                "name": emergency_stop.name,
                "by": emergency_stop.by,
                "at": emergency_stop.at.isoformat(),
            }
            for emergency_stop in standing
        ]
        output.print_json({"stops": stops})
        return
    shown = [
        f"stopped: {emergency_stop.scope} {emergency_stop.name}".rstrip()
        + f" (by {emergency_stop.by}, {emergency_stop.at:%Y-%m-%d %H:%M} UTC)"
        for emergency_stop in standing
    ]
    output.print_lines(shown or ["nothing is stopped"])
