"""`kaskad migrate`."""

from __future__ import annotations

from pathlib import Path

from kaskad.cli import output
from kaskad.cli.session import project_folder, with_database
from kaskad.settings import load
from kaskad.storage.migrate import current, upgrade


def migrate(project: Path | None, as_json: bool) -> None:
    """Brings the database to the newest schema, and says from which revision to which."""
    with with_database(load(project_folder(project)), command="migrate") as settings:
        assert settings.database_url is not None
        before = current(settings.database_url)
        upgrade(settings.database_url)
        after = current(settings.database_url)
    if as_json:
        output.as_json({"before": before, "after": after})
    elif before == after:
        output.lines([f"the database is at revision {after}, the newest"])
    else:
        output.lines([f"the database was at {before or 'no revision'} and is at {after}, the newest"])
