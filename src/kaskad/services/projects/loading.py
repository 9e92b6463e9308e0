"""Reads and compiles the files of a project's folder for publishing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from kaskad.channels.options import AdapterCatalog
from kaskad.config import check_project
from kaskad.content import CompiledMessage, compile_message
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.domain.journeys.campaign import Campaign
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.program import message_names
from kaskad.domain.journeys.project import Project
from kaskad.services.projects import message_references


@dataclass(frozen=True, slots=True)
class LoadedProject:
    """A project that has no errors, with every message that its journeys name."""

    project: Project
    compiled: dict[str, CompiledMessage]


def load_project(root: Path, cache: Path | None = None) -> LoadedProject:
    """Returns the project in the folder. Raises InvalidFiles with all problems of all files, paths relative to `root`.

    Unchanged messages come out of `cache`: MJML takes a hundred times longer than everything else.
    """
    return load_project_with(root, (), cache)


def load_project_with(root: Path, names: Collection[str], cache: Path | None = None) -> LoadedProject:
    """Returns the project with these messages too, even if no journey names them. Raises like `load_project`."""
    project, problems = check_project(root, adapters=AdapterCatalog())
    known = message_folders(root)
    compiled: dict[str, CompiledMessage] = {}
    for name in sorted(_used_messages(project) | set(names) & known if project else known):
        try:
            compiled[name] = compile_message(root / "templates" / name, cache=cache)
        except InvalidFiles as error:
            problems += [make_relative(problem, root) for problem in error.problems]
    if project:
        problems += [
            make_relative(problem, root) for problem in message_references.find_problems(root, project, compiled)
        ]
    if project is None or problems:
        raise InvalidFiles(problems)
    return LoadedProject(project, compiled)


def _used_messages(project: Project) -> set[str]:
    writing: list[Journey | Campaign] = [*project.journeys.values(), *project.campaigns.values()]
    return {name for journey in writing for name in message_names(journey)}


def message_folders(root: Path) -> set[str]:
    """Returns the messages that have a folder in `templates/`, named by a journey or not."""
    templates = root / "templates"
    if not templates.is_dir():
        return set()
    return {folder.name for folder in templates.iterdir() if folder.is_dir() and not folder.name.startswith("_")}


def make_relative(problem: Problem, root: Path) -> Problem:
    """Returns the problem with its path relative to `root`."""
    path = Path(problem.path)
    return replace(problem, path=path.relative_to(root).as_posix()) if path.is_relative_to(root) else problem
