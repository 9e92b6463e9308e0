"""Renames a step of a journey in its file: customers who are at the step stay there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kaskad.channels.options import AdapterCatalog
from kaskad.config import JourneySourceMap, check_project
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.config.yaml.rewriter import YamlRewriter, flow_mapping
from kaskad.config.yaml.scalars import NAME
from kaskad.domain.errors import InvalidFiles, NotFound, Rejected
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.program import step_id
from kaskad.domain.journeys.step import SplitStep
from kaskad.services.projects.step_paths import PlacedStep, walk_steps

MOVED_KEY = "moved"


@dataclass(frozen=True, slots=True)
class RenameResult:
    """The step's id before and after, and the changed file, relative to the project."""

    path: str
    old: str
    new: str


def rename_step(root: Path, name: str, step: str, *, to: str) -> RenameResult:
    """Renames the step of journey `name` to `to`; `moved:` maps the old name to it, for the customers who are there.

    Nothing else in the file changes. Raises InvalidFiles if the project has errors, before or after: then the file
    stays as it was; NotFound and Rejected for names that cannot be used.
    """
    journey = _checked(root, name)
    placed = _find_step(journey, step)
    if not NAME.match(to):
        raise Rejected(f"'{to}' is not a name: small letters a–z, digits and _, beginning with a letter")
    old, new = step_id(placed.step), f"{placed.step.kind}:{to}"
    if new == old:
        raise Rejected(f"the step is called '{new}' already")
    if new in {step_id(other.step) for other in walk_steps(journey)}:
        raise Rejected(f"another step of '{name}' is called '{new}' already: choose a name that none has")
    files = JourneySourceMap(root)
    path = root / files.path(name)
    before = path.read_bytes()
    text = _rewrite(before.decode("utf-8-sig"), files, name, placed=placed, to=to, ids=(old, new))
    path.write_bytes(text.encode("utf-8-sig" if before.startswith(b"\xef\xbb\xbf") else "utf-8"))
    try:
        _checked(root, name)
    except InvalidFiles:
        path.write_bytes(before)
        raise
    return RenameResult(files.path(name), old, new)


def _checked(root: Path, name: str) -> Journey:
    project, problems = check_project(root, adapters=AdapterCatalog())
    if project is None:
        raise InvalidFiles(problems)
    if name not in project.journeys:
        raise NotFound(unknown_name("journey", name, project.journeys))
    return project.journeys[name]


def _find_step(journey: Journey, step: str) -> PlacedStep:
    """Returns the step with that id, or with that name or message, if no other step has it."""
    steps = {step_id(placed.step): placed for placed in walk_steps(journey)}
    alike = [identity for identity in steps if step in (identity, identity.partition(":")[2])]
    if len(alike) != 1:
        raise NotFound(unknown_name("step", step, steps) if not alike else f"'{step}' may be {' or '.join(alike)}")
    return steps[alike[0]]


def _rewrite(
    text: str, files: JourneySourceMap, name: str, *, placed: PlacedStep, to: str, ids: tuple[str, str]
) -> str:
    """Returns the file's text with the step's new name and the new `moved:`."""
    old, new = ids
    at = (*placed.at, "split") if isinstance(placed.step, SplitStep) else placed.at
    rewriting = YamlRewriter(text)
    if label := files.found(name, (*at, "name")):
        rewriting.replace(label, to)
    elif step := files.found(name, at):
        rewriting.insert(step, "name", to)
    moved = files.found(name, (MOVED_KEY,))
    if moved is None:
        rewriting.insert_above(files.place(name, ("steps",)), f"{MOVED_KEY}: {flow_mapping([(old, new)])}")
        return rewriting.text()
    for target in moved.mapping().values():
        if target.value == old:
            rewriting.replace(target, new)
    rewriting.insert(moved, old, new)
    return rewriting.text()
