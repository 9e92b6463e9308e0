"""The commands for live journeys: publish, versions, approve, roll back, pause."""

from __future__ import annotations

from typing import Annotated

import typer

from kaskad.cli.options import AsJson, Journey, NoPrefect, Project

By = Annotated[str | None, typer.Option("--by", help="Who does it; else git's user, else the account's.")]


def publish(
    plan: Annotated[
        bool, typer.Option("--plan", help="Only say what would be done; exits with 3 where that is something.")
    ] = False,
    by: By = None,
    project: Project = None,
    no_prefect: NoPrefect = False,
    as_json: AsJson = False,
) -> None:
    """Check and compile the project, store its versions, and bring Prefect's deployments up to date.

    Where policy asks for a second person, a version is proposed, and `kaskad approve` makes it live. Where Prefect is
    our own child (no PREFECT_API_URL) and does not run, that is a warning: it is told when it starts.
    """
    from kaskad.cli.publishing import publish as command

    if plan:
        command.plan(project, as_json)
    else:
        command.publish(project, no_prefect, by, as_json)


def versions(journey: Journey, project: Project = None, as_json: AsJson = False) -> None:
    """List a journey's versions: when, by whom and from which commit, who approved, how many are inside."""
    from kaskad.cli.publishing.versions import versions as run

    run(project, journey, as_json)


def approve(
    journey: Journey,
    version: Annotated[str | None, typer.Option(help="The hash of what is approved, or its beginning.")] = None,
    by: By = None,
    project: Project = None,
    no_prefect: NoPrefect = False,
    as_json: AsJson = False,
) -> None:
    """Make a proposed version live. It takes another person than the one who proposed it.

    An approval is of a content: any edit needs a new one.
    """
    from kaskad.cli.publishing.versions import approve as run

    run(project, journey, version, by, no_prefect, as_json)


def rollback(
    journey: Journey,
    to: Annotated[int | None, typer.Option(help="The version's number; else the one that was live before.")] = None,
    moved: Annotated[
        list[str] | None, typer.Option(metavar="OLD=NEW", help="Where those go whose step that version has not.")
    ] = None,
    by: By = None,
    project: Project = None,
    no_prefect: NoPrefect = False,
    as_json: AsJson = False,
) -> None:
    """Make an older version of a journey the current one again, at once, without touching the files.

    Those inside finish as they began, or go over, as that version's `edits` says.
    """
    from kaskad.cli.publishing.versions import rollback as run

    run(project, journey, to, tuple(moved or ()), by, no_prefect, as_json)


def pause(journey: Journey, project: Project = None, no_prefect: NoPrefect = False, as_json: AsJson = False) -> None:
    """Pause a journey: it takes nobody in and sends nothing. Clocks run on; what expires is dropped."""
    from kaskad.cli.publishing.pause import pause as run

    run(project, journey, no_prefect, as_json)


def resume(journey: Journey, project: Project = None, no_prefect: NoPrefect = False, as_json: AsJson = False) -> None:
    """Let a paused journey run again."""
    from kaskad.cli.publishing.pause import resume as run

    run(project, journey, no_prefect, as_json)


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.command(epilog="Example: kaskad publish --plan     and then: kaskad publish")(publish)
    app.command(epilog="Example: kaskad versions abandoned_cart")(versions)
    app.command(epilog="Example: kaskad approve abandoned_cart --version 3f2a91 --by boris@shop.example")(approve)
    app.command(epilog="Example: kaskad rollback abandoned_cart     or: kaskad rollback cart --to 3")(rollback)
    app.command(epilog="Example: kaskad pause abandoned_cart")(pause)
    app.command(epilog="Example: kaskad resume abandoned_cart")(resume)
