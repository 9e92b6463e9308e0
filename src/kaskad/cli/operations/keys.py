"""`kaskad keys`: lists the API's keys, makes one, and revokes one."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, By, Project, refuse_options_before
from kaskad.cli.session import run_with_runtime
from kaskad.domain.api_key import Scope

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.operations.api_keys import NewKey
    from kaskad.storage.api_keys import KeyRow

COLUMNS = ("id", "name", "scopes", "source", "made (UTC)", "by", "last used (UTC)", "revoked")
NONE = "no key was made; those of the environment, and those that `kaskad up` prints, are not listed"

app = typer.Typer(
    help="List the API's keys: scopes, source, by whom and when each was made, its last use, whether it is revoked.",
    epilog="Example: kaskad keys new --source site --scope ingest     and later: kaskad keys revoke 3",
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def list_keys(context: typer.Context, project: Project = None, as_json: AsJson = False) -> None:
    refuse_options_before(context)
    if context.invoked_subcommand is None:
        _show(project, as_json)


def _show(project: Path | None, as_json: bool) -> None:
    from kaskad.services.operations import api_keys

    found = run_with_runtime(project, api_keys.list_keys)
    if as_json:
        output.print_json({"keys": [_plain(key) for key in found]})
    elif not found:
        output.print_lines([NONE])
    else:
        output.print_table(COLUMNS, [_row(key) for key in found])


@app.command(epilog="Example: kaskad keys new --source site --scope ingest --name 'pages of 2027'")
def new(
    scope: Annotated[list[Scope], typer.Option(help="What it opens; may be given several times.")],
    source: Annotated[str | None, typer.Option(help="Of the scope ingest: the source, as in sources.yaml.")] = None,
    name: Annotated[str, typer.Option(help="What it is for, in your words.")] = "",
    *,
    by: By = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Make a key, and show it once: only its hash is kept. Other keys of the same source stay good."""

    async def work(runtime: Runtime) -> NewKey:
        from kaskad.services.operations import api_keys

        return await api_keys.make_key(runtime, scope, source=source, name=name, by=by or getpass.getuser())

    made = run_with_runtime(project, work)
    if as_json:
        output.print_json({"id": made.id, "key": made.key})
    else:
        output.print_lines([made.key])
        output.warn(f"this is key {made.id}; it is shown only now. It is good within seconds")


@app.command(epilog="Example: kaskad keys revoke 3")
def revoke(
    key: Annotated[int, typer.Argument(metavar="ID", help="Its number, as `kaskad keys` shows it.")],
    *,
    by: By = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a key for good: within seconds no process takes it any more."""

    async def work(runtime: Runtime) -> bool:
        from kaskad.services.operations import api_keys

        return await api_keys.revoke_key(runtime, key, by=by or getpass.getuser())

    revoked = run_with_runtime(project, work)
    if as_json:
        output.print_json({"id": key, "revoked": revoked})
    else:
        output.print_lines([f"key {key} is revoked" if revoked else f"key {key} was revoked before"])


def _row(key: KeyRow) -> Sequence[object]:
    revoked = f"{_moment(key.revoked_at)} by {key.revoked_by}" if key.revoked_at else "–"
    made = (_moment(key.made_at), key.made_by, _moment(key.last_used_at), revoked)
    return (key.id, key.name or "–", ", ".join(key.scopes), key.source or "–", *made)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "–"


def _plain(key: KeyRow) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "source": key.source,
        "made_at": key.made_at,
        "made_by": key.made_by,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "revoked_by": key.revoked_by,
    }
