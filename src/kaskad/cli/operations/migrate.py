"""`kaskad migrate`."""

from __future__ import annotations

from pathlib import Path

from kaskad.cli import output
from kaskad.cli.session import find_project_folder, open_database
from kaskad.settings import load_settings
from kaskad.storage.migrate import read_current_revision, upgrade


def migrate(project: Path | None, as_json: bool) -> None:
    """Migrates the database to the newest schema, and prints the old and the new revision."""
    with open_database(load_settings(find_project_folder(project)), command="migrate") as settings:
        assert settings.database_url is not None
        before = read_current_revision(settings.database_url)
        upgrade(settings.database_url)
        after = read_current_revision(settings.database_url)
    if as_json:
        output.print_json({"before": before, "after": after})
    elif before == after:
        output.print_lines([f"the database is at revision {after}, the newest"])
    else:
        output.print_lines([f"the database was at {before or 'no revision'} and is at {after}, the newest"])
