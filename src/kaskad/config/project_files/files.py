"""Finds and parses the files of a project."""

from __future__ import annotations

from pathlib import Path

from kaskad.config.yaml.node import Node, SourcePosition
from kaskad.config.yaml.parser import read_yaml_file
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.config.yaml.scalars import NAME
from kaskad.domain.errors import Problem

PROJECT_FILES = (
    "shop",
    "providers",
    "channels",
    "cascades",
    "topics",
    "senders",
    "policy",
    "sources",
    "identities",
    "events",
    "attributes",
    "promos",
    "segments",
    "webhooks",
    "feeds",
)


class ProjectFiles:
    """Reads `configs/` and `templates/` of the folder `root`; `problems` has all that were found."""

    def __init__(self, root: Path) -> None:
        self.problems: list[Problem] = []
        self._root = root
        self._configs = root / "configs"

    def named(self) -> dict[str, Node]:
        """The files besides journeys, by stem; a missing one is empty, an invalid one is left out."""
        self._check_names()
        nodes = {}
        for stem in PROJECT_FILES:
            path = self._configs / f"{stem}.yaml"
            node = self._parsed(path) if path.exists() else self._empty(path)
            if node:
                nodes[stem] = node
        return nodes

    def journeys(self) -> dict[str, Node]:
        """The journeys by name, without invalid ones."""
        return self._by_name("journeys", "journey")

    def campaigns(self) -> dict[str, Node]:
        """The campaigns by name, without invalid ones."""
        return self._by_name("campaigns", "campaign")

    @property
    def configs(self) -> Path:
        """The folder that file names are relative to."""
        return self._configs

    def journey_names(self) -> frozenset[str]:
        """The names of all journeys, including invalid ones."""
        return frozenset(path.stem for path in (self.configs / "journeys").glob("*.yaml"))

    def templates(self) -> dict[str, frozenset[str]]:
        """The folders of `templates/` with their file names."""
        folder = self._root / "templates"
        if not folder.is_dir():
            return {}
        folders = [each for each in sorted(folder.iterdir()) if each.is_dir() and NAME.match(each.name)]
        return {each.name: frozenset(file.name for file in each.iterdir()) for each in folders}

    def _by_name(self, folder: str, kind: str) -> dict[str, Node]:
        nodes = {}
        for path in self._yaml_in(folder):
            node = self._parsed(path)
            if not NAME.match(path.stem):
                self._problem(path, f"the file's name is the {kind}'s: small letters a–z, digits and _")
            elif node:
                nodes[path.stem] = node
        return nodes

    def _check_names(self) -> None:
        """Adds a problem for each file that no reader reads: it is a mistake, not a comment."""
        for path in self._yaml_in("."):
            if path.stem not in PROJECT_FILES:
                self._problem(path, unknown_name("file", path.name, [f"{stem}.yaml" for stem in PROJECT_FILES]))

    def _yaml_in(self, folder: str) -> list[Path]:
        paths = sorted(path for path in (self._configs / folder).glob("*") if path.suffix in (".yaml", ".yml"))
        for path in paths:
            if path.suffix == ".yml":
                self._problem(path, f"name the file '{path.stem}.yaml'")
        return [path for path in paths if path.suffix == ".yaml"]

    def _parsed(self, path: Path) -> Node | None:
        return read_yaml_file(path, self._name(path), self.problems)

    def _empty(self, path: Path) -> Node:
        place = SourcePosition(self._name(path))
        return Node(None, place, place, self.problems)

    def _problem(self, path: Path, text: str) -> None:
        self.problems.append(Problem(self._name(path), 1, 1, text))

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()
