"""Makes another version current: the part that `kaskad approve` and `kaskad rollback` share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from kaskad.cli import output
from kaskad.cli.publishing import plan_output
from kaskad.cli.publishing.git_author import read_author
from kaskad.cli.session import open_prefect, run_with_runtime
from kaskad.domain.errors import Unavailable
from kaskad.runtime import Runtime
from kaskad.services.publishing.approvals import ActivationResult
from kaskad.services.publishing.deploy import update_deployment
from kaskad.services.publishing.plan import Plan
from kaskad.storage.publishing.publications import Author

Work = Callable[[Runtime, Author], Awaitable[ActivationResult]]


@dataclass(frozen=True, slots=True)
class Activated:
    """The version that is current now. `unreached`: why Prefect could not be updated; None if it was."""

    made: ActivationResult
    unreached: str | None

    def print(self, became: str, as_json: bool) -> None:
        """Prints what was done, and a warning if Prefect was not reached."""
        name, number = self.made.plan.name, self.made.published.number
        if as_json:
            output.print_json({"journey": name, "version": number, "hash": self.made.published.version.hash})
        else:
            plan = plan_output.format_plan(Plan((self.made.plan,)))
            output.print_lines([*plan, f"version {number} of '{name}' is {became}"])
        if self.unreached:
            output.warn(f"done in the database; {self.unreached}: `kaskad publish` updates it later")


def activate(project: Path | None, work: Work, *, by: str | None, no_prefect: bool) -> Activated:
    """The result of `work`, which makes a version current, and then of updating its deployment in Prefect."""

    async def inside(runtime: Runtime) -> Activated:
        made = await work(runtime, await read_author(runtime.settings.project, by))
        return Activated(made, None if no_prefect else await _update_prefect(runtime, made))

    return run_with_runtime(project, inside)


async def _update_prefect(runtime: Runtime, made: ActivationResult) -> str | None:
    """Why Prefect could not be updated; None if it was."""
    async with open_prefect(runtime.settings) as gateway:
        try:
            await update_deployment(runtime, made.published, gateway)
        except Unavailable as error:
            return str(error)
    return None
