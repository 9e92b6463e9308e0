"""`kaskad validate`."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from kaskad.cli import output
from kaskad.cli.session import project_folder
from kaskad.services.authoring import examining, workshop
from kaskad.services.authoring.variables import Variable, variables
from kaskad.services.authoring.workshop import Draft
from kaskad.services.links import Links
from kaskad.settings import HOME


def validate(project: Path | None, as_json: bool) -> None:
    """Says that no file has an error, what whoever sends needs, and what the content checks warn of.

    Raises InvalidFiles.
    """
    root = project_folder(project)
    draft = drafted(root)
    journeys, campaigns, messages = len(draft.project.journeys), len(draft.project.campaigns), len(draft.compiled)
    warnings = examining.look(draft, root, Links("https://images.example", ""), datetime.now(UTC))
    needed = variables(draft.project, os.environ)
    if as_json:
        counts = {"journeys": journeys, "campaigns": campaigns, "messages": messages}
        found = [output.document(one.problem) for one in warnings]
        output.as_json({"errors": [], "warnings": found, **counts, "variables": [asdict(one) for one in needed]})
    else:
        for one in warnings:
            output.warn(f"{one.check.severity}: {one}")
        mailings = [output.counted(campaigns, "campaign")] if campaigns else []
        said = [output.counted(journeys, "journey"), *mailings, output.counted(messages, "message")]
        output.lines([*map(_in_words, needed), f"{', '.join(said)}, no errors"])


def _in_words(one: Variable) -> str:
    here = "" if one.is_set else ", which is not set here"
    return f"{', '.join(one.needed_by)}: whoever sends needs {one.name}{here}"


def drafted(root: Path, messages: Collection[str] = ()) -> Draft:
    """The project's draft, with these messages too. Raises InvalidFiles."""
    return workshop.read_messages(root, messages, cache_folder(root))


def cache_folder(root: Path) -> Path:
    """Where compiled templates are kept, so that unchanged ones are not compiled again."""
    return Path(os.environ.get("KASKAD_HOME") or root / HOME) / "templates"
