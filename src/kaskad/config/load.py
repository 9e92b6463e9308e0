"""A project's folder → everything that its files say, or every problem of every file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from kaskad.config.carriers import channel, provider
from kaskad.config.cascades import named_cascade
from kaskad.config.catalog import Catalog, read_catalog
from kaskad.config.events import attribute, events
from kaskad.config.files import Files
from kaskad.config.journeys import journey
from kaskad.config.node import Node, Place, Unreadable
from kaskad.config.scope import Catalogs
from kaskad.config.shop_files import policy, sender, shop, source, topic
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.domain.journey import Journey
from kaskad.domain.shop import Policy, Project, ProviderSpec, ShopInfo


def load_project(root: Path, environment: Mapping[str, str] | None = None) -> Project:
    """The project in the folder `root`. Raises InvalidFiles with every problem of every file.

    `environment` is what `${NAME}` in providers.yaml is taken from; the process's own unless given.
    """
    project, problems = check(root, environment)
    if project is None:
        raise InvalidFiles(problems)
    return project


def check(root: Path, environment: Mapping[str, str] | None = None) -> tuple[Project | None, list[Problem]]:
    """The project, or None where there are problems; the problems in the order of files and lines."""
    files = Files(root)
    project = _read(files, os.environ if environment is None else environment)
    return (None if files.problems else project), sorted(set(files.problems))


def _read(files: Files, environment: Mapping[str, str]) -> Project | None:
    files.check_names()
    ...
