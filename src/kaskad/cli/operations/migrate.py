"""`kaskad migrate`."""

from __future__ import annotations

import asyncio

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import find_project_folder, open_database, prepare_addresses
from kaskad.settings import load_settings

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: KASKAD_DATABASE_URL=postgresql://… kaskad migrate")
def migrate(project: Project = None, as_json: AsJson = False) -> None:
    """Migrate the database to this version of Kaskad. Running it again changes nothing."""
    from kaskad.storage.migrate import read_current_revision, upgrade

    with open_database(load_settings(find_project_folder(project)), command="migrate") as settings:
        assert settings.database_url is not None
        before = read_current_revision(settings.database_url)
        upgrade(settings.database_url)
        asyncio.run(prepare_addresses(settings))
        after = read_current_revision(settings.database_url)
    if as_json:
        output.print_json({"before": before, "after": after})
    elif before == after:
        output.print_lines([f"the database is at revision {after}, the newest"])
    else:
        output.print_lines([f"the database was at {before or 'no revision'} and is at {after}, the newest"])
