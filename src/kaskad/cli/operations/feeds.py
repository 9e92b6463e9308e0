"""`kaskad feeds`: how the catalogue's feeds stand, and reading one now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import find_project_folder, run_with_runtime

if TYPE_CHECKING:
    from kaskad.domain.feeds import Feed
    from kaskad.runtime import Runtime
    from kaskad.services.feeds.feed_states import FeedStatus
    from kaskad.services.feeds.results import FeedResult

COLUMNS = ("feed", "state", "last read (UTC)", "next (UTC)", "offers", "changed", "gone", "owner")
PROBLEMS = 20  # of a dry run

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Example: kaskad feeds     and, before you publish one: kaskad feeds shop_yml --dry-run     "
    "and, to read it now: kaskad feeds shop_yml --run"
)
def feeds(
    name: Annotated[str | None, typer.Argument(help="The feed; without it, all are listed.")] = None,
    *,
    run: Annotated[bool, typer.Option("--run", help="Read the feed now, due or not.")] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Read the feed as these files have it, and show what it would change."),
    ] = False,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="Believe it that so many offers vanished, sold out, or cost something else."),
    ] = False,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """List the catalogue's feeds: when each was read, how many offers it holds, what keeps it from counting."""
    _check_options(name, run=run, dry_run=dry_run, accept=accept)
    if name is not None and dry_run:
        _try(project, name, accept=accept, as_json=as_json)
    elif name is not None and run:
        _run(project, name, accept=accept, as_json=as_json)
    else:
        _list(project, name, as_json=as_json)


def _check_options(name: str | None, *, run: bool, dry_run: bool, accept: bool) -> None:
    if run and dry_run:
        raise typer.BadParameter("--run reads the feed, --dry-run only shows what that would do: choose one of them")
    if name is None and (run or dry_run):
        raise typer.BadParameter("name the feed to read: kaskad feeds NAME --run")
    if accept and not (run or dry_run):
        raise typer.BadParameter("--accept is about a reading: add --run")


def _list(project: Path | None, name: str | None, *, as_json: bool) -> None:
    async def work(runtime: Runtime) -> Sequence[FeedStatus]:
        from kaskad.services.feeds import feed_states

        return await feed_states.list_feeds(runtime, name)

    found = run_with_runtime(project, work)
    if as_json:
        output.print_json({"feeds": [status.plain() for status in found]})
    elif not found:
        output.print_lines(["there is no feed yet: configs/feeds.yaml lists them, `kaskad publish` publishes it"])
    else:
        output.print_table(COLUMNS, [status.row() for status in found])
        output.print_lines(f"{status.name}: {status.detail}." for status in found if status.detail)


def _run(project: Path | None, name: str, *, accept: bool, as_json: bool) -> None:
    async def work(runtime: Runtime) -> FeedResult:
        from kaskad.services.feeds import feed_runs

        found = await feed_runs.read_feed(runtime, name, asked=True, accept=accept)
        assert found is not None  # it was asked for
        return found

    result = run_with_runtime(project, work)
    if as_json:
        output.print_json(_plain(result))
    else:
        output.print_lines([result.describe()])
    _exit(result)


def _try(project: Path | None, name: str, *, accept: bool, as_json: bool) -> None:
    from kaskad.config.project_files.load import load_project
    from kaskad.config.yaml.problem_text import unknown_name
    from kaskad.domain.errors import NotFound

    named = load_project(find_project_folder(project)).feeds
    if name not in named:
        raise NotFound(unknown_name("feed", name, named) if named else f"no feed '{name}': configs/feeds.yaml has none")
    result, changes = run_with_runtime(project, lambda runtime: _tried(runtime, named[name], accept))
    if as_json:
        output.print_json(_plain(result) | {"first_changes": list(changes)})
    else:
        output.print_lines([f"{result.describe()} Nothing was stored.", *(f"  {line}" for line in changes)])
        if result.remarks:
            output.print_lines(["", f"{result.remarked:,} remarks, the first {PROBLEMS}:"])
            output.print_lines(f"  {remark.code}: {remark.detail}" for remark in result.remarks[:PROBLEMS])
    _exit(result)


async def _tried(runtime: Runtime, feed: Feed, accept: bool) -> tuple[FeedResult, Sequence[str]]:
    from kaskad.services.feeds import feed_runs

    return await feed_runs.try_feed(runtime, feed, accept=accept)


def _plain(result: FeedResult) -> dict[str, Any]:
    return {
        "feed": result.feed,
        **result.counts(),
        "same": result.same,
        "busy": result.busy,
        "problem": result.problem,
        "detail": result.detail,
        "remarks": [{"code": remark.code, "detail": remark.detail} for remark in result.remarks[:PROBLEMS]],
    }


def _exit(result: FeedResult) -> None:
    """Exits with 1 if nothing of the feed counts."""
    if result.problem or result.busy:
        raise typer.Exit(1)
