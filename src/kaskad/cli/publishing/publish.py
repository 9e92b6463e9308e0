"""`kaskad publish`, and `kaskad publish --plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, By, NoPrefect, Project
from kaskad.cli.session import open_prefect, run_with_runtime
from kaskad.domain.errors import Unavailable

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.publishing.deploy import DeployPlan, DeployResult

PLAN_NOT_EMPTY = 3  # the exit code of a plan that is not empty

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad publish --plan     and then: kaskad publish")
def publish(
    plan: Annotated[
        bool, typer.Option("--plan", help="Only print what would be done; exit with 3 if that is anything.")
    ] = False,
    by: By = None,
    project: Project = None,
    *,
    no_prefect: NoPrefect = False,
    as_json: AsJson = False,
) -> None:
    """Check and compile the project, store its versions, and update the deployments in Prefect.

    If the policy asks for a second person, a version is only proposed, and `kaskad approve` makes it live. If Prefect
    is our own child process (no PREFECT_API_URL) and does not run, that is a warning: it is updated when it starts.
    """
    if plan:
        _plan(project, as_json)
    else:
        _publish(project, no_prefect, by, as_json=as_json)


def _publish(project: Path | None, no_prefect: bool, by: str | None, *, as_json: bool) -> None:
    """Publishes, and prints what it did. Raises Unavailable if a Prefect server that is configured does not answer."""

    async def work(runtime: Runtime) -> tuple[DeployResult, bool]:
        return await _deploy(runtime, no_prefect, by), runtime.settings.own_prefect

    with output.show_progress("Checking, compiling, publishing"):
        live, own_prefect = run_with_runtime(project, work)
    for remark in live.remarks:
        output.warn(remark)
    _show(live, as_json)
    if live.unreached and not own_prefect:
        raise Unavailable(f"published in the database, but {live.unreached}: publish again when it does")
    if live.unreached:
        output.warn(f"published in the database; {live.unreached}. `kaskad up` updates it when it starts it")


async def _deploy(runtime: Runtime, no_prefect: bool, by: str | None) -> DeployResult:
    from kaskad.cli.publishing.git_author import read_author
    from kaskad.services.publishing.deploy import deploy_project

    root = runtime.settings.project
    author = await read_author(root, by)
    if no_prefect:
        return await deploy_project(runtime, root, None, author=author)
    async with open_prefect(runtime.settings) as gateway:
        return await deploy_project(runtime, root, gateway, author=author)


def _plan(project: Path | None, as_json: bool) -> None:
    """Prints what publishing would do. Exits with 3 if there is something to do, with 1 if it is not possible."""
    from kaskad.cli.publishing import plan_output
    from kaskad.services.publishing.deploy import plan_deploy

    async def work(runtime: Runtime) -> DeployPlan:
        return await plan_deploy(runtime, runtime.settings.project)

    with output.show_progress("Checking, compiling, comparing"):
        found = run_with_runtime(project, work)
    for remark in found.remarks:
        output.warn(remark)
    if as_json:
        output.print_json(plan_output.plan_document(found.plan))
    else:
        output.print_lines(plan_output.format_plan(found.plan))
    if any(journey.stranded for journey in found.plan.journeys):
        raise typer.Exit(1)
    if found.plan.to_do:
        raise typer.Exit(PLAN_NOT_EMPTY)


def _show(live: DeployResult, as_json: bool) -> None:
    from kaskad.cli.publishing import plan_output

    publication = live.publication
    if as_json:
        output.print_json(_document(live))
        return
    output.print_lines(plan_output.format_plan(publication.plan))
    rows = [
        (
            journey.name,
            journey.number,
            "new" if journey.new else "as before",
            "paused" if journey.name in live.paused else "runs",
            "updated" if journey.name in live.deployments else "–",
        )
        for journey in publication.journeys
    ]
    output.print_table(("journey", "version", "", "state", "Prefect"), rows)
    for name in publication.ended:
        output.warn(f"'{name}' has no file any more: nobody enters, and nothing is sent")
    for proposal in publication.proposals:
        asks = f"kaskad approve {proposal.name} --version {proposal.hash[:12]} --by NAME"
        output.print_lines(
            [f"{proposal.name}: version {proposal.number} is proposed, not live: another person has to run `{asks}`"]
        )


def _document(live: DeployResult) -> dict[str, object]:
    from kaskad.cli.publishing import plan_output

    publication = live.publication
    journeys = {
        journey.name: {
            "version": journey.number,
            "new": journey.new,
            "paused": journey.name in live.paused,
            "deployment": _text(live.deployments.get(journey.name)),
        }
        for journey in publication.journeys
    }
    proposed = {
        proposal.name: {"version": proposal.number, "hash": proposal.hash, "needs": list(proposal.needs)}
        for proposal in publication.proposals
    }
    return {
        "generation": publication.generation,
        "journeys": journeys,
        "proposed": proposed,
        "ended": list(publication.ended),
        "plan": plan_output.plan_document(publication.plan),
        "prefect": live.unreached or ("told" if live.deployments else "not asked"),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
