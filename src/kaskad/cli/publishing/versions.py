"""`kaskad versions`, `kaskad approve` and `kaskad rollback`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from kaskad.cli import output
from kaskad.cli.publishing import plan_output
from kaskad.cli.publishing.git_author import read_author
from kaskad.cli.session import open_prefect, run_with_runtime
from kaskad.domain.errors import Rejected, Unavailable
from kaskad.runtime import Runtime
from kaskad.services.publishing import approvals
from kaskad.services.publishing.approvals import ActivationResult
from kaskad.services.publishing.deploy import update_deployment
from kaskad.services.publishing.plan import Plan
from kaskad.services.publishing.version_history import VersionEntry, list_versions
from kaskad.storage.publishing.publications import Author

Work = Callable[[Runtime, Author], Awaitable[ActivationResult]]


def versions(project: Path | None, journey: str, as_json: bool) -> None:
    """Prints every version of the journey, the newest first."""

    async def work(runtime: Runtime) -> list[VersionEntry]:
        return await list_versions(runtime, journey)

    found = run_with_runtime(project, work)
    if as_json:
        output.print_json({"versions": [asdict(one) for one in found]})
        return
    columns = ("version", "hash", "state", "first published (UTC)", "by", "commit", "inside", "approved")
    output.print_table(columns, [_row(one) for one in found])


def approve(
    project: Path | None, journey: str, version: str | None, by: str | None, no_prefect: bool, as_json: bool
) -> None:
    """Approves the proposed version, which makes it live."""

    async def work(runtime: Runtime, who: Author) -> ActivationResult:
        return await approvals.approve(runtime, journey, version, who)

    _change(project, work, "approved and live", by, no_prefect, as_json)


def rollback(
    project: Path | None,
    journey: str,
    to: int | None,
    moved: Sequence[str],
    by: str | None,
    no_prefect: bool,
    as_json: bool,
) -> None:
    """Makes an older version current again."""
    paths = dict(_path(said) for said in moved)

    async def work(runtime: Runtime, who: Author) -> ActivationResult:
        return await approvals.roll_back(runtime, journey, to, paths, who)

    _change(project, work, "live again", by, no_prefect, as_json)
    output.warn("the files say something else: the next `kaskad publish` makes what they say live")


def _change(project: Path | None, work: Work, became: str, by: str | None, no_prefect: bool, as_json: bool) -> None:
    async def told(runtime: Runtime) -> tuple[ActivationResult, str | None]:
        made = await work(runtime, await read_author(runtime.settings.project, by))
        return made, None if no_prefect else await _tell(runtime, made)

    made, unreached = run_with_runtime(project, told)
    name, number = made.plan.name, made.published.number
    if as_json:
        output.print_json({"journey": name, "version": number, "hash": made.published.version.hash})
    else:
        output.print_lines([*plan_output.format_plan(Plan((made.plan,))), f"version {number} of '{name}' is {became}"])
    if unreached:
        output.warn(f"done in the database; {unreached}: `kaskad publish` tells it later")


async def _tell(runtime: Runtime, made: ActivationResult) -> str | None:
    """Why Prefect could not be updated; None if it was."""
    async with open_prefect(runtime.settings) as gateway:
        try:
            await update_deployment(runtime, made.published, gateway)
        except Unavailable as error:
            return str(error)
    return None


def _path(said: str) -> tuple[str, str]:
    old, equals, new = said.partition("=")
    if not (old and equals and new):
        raise Rejected(f"'{said}' is not OLD=NEW: two steps by their ids, or a step and `end`")
    return old, new


def _row(one: VersionEntry) -> tuple[object, ...]:
    commit = f"{one.commit[:10]}{' + edits' if one.edited else ''}" if one.commit else "–"
    approved = f"{one.approved_by}, {one.approved_at:%Y-%m-%d %H:%M}" if one.approved_at else "–"
    waits = f"waits: {'; '.join(one.needs)}" if one.state == "proposed" else approved
    return (one.number, one.hash[:12], one.state, f"{one.at:%Y-%m-%d %H:%M}", one.by or "–", commit, one.inside, waits)
