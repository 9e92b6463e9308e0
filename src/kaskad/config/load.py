"""A project's folder → everything that its files say, or every problem of every file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from kaskad.config.carriers import channel, provider
from kaskad.config.cascades import named_cascade
from kaskad.config.catalog import Catalog, read_catalog
from kaskad.config.events import attribute, events
from kaskad.config.files import FILES, Files
from kaskad.config.journeys import journey
from kaskad.config.node import Node, Unreadable
from kaskad.config.policy import policy
from kaskad.config.scope import Catalogs
from kaskad.config.shop_files import sender, shop, source, topic
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.domain.journey import Journey
from kaskad.domain.shop import Policy, Project, ProviderSpec, ShopInfo

T = TypeVar("T")


def load_project(root: Path, environment: Mapping[str, str] | None = None) -> Project:
    """The project in the folder `root`. Raises InvalidFiles with every problem of every file.

    `environment` is what `${NAME}` in providers.yaml is taken from; the process's own unless given.
    """
    project, problems = check(root, environment)
    if project is None:
        raise InvalidFiles(problems)
    return project


def check(root: Path, environment: Mapping[str, str] | None = None) -> tuple[Project | None, list[Problem]]:
    """The project, None where there are problems; and the problems, by file and line."""
    files = Files(root)
    named, journeys = files.named(), files.journeys()
    project = None
    if len(named) == len(FILES):  # else every name of the missing one would be called unknown
        project = _read(files, named, journeys, os.environ if environment is None else environment)
    problems = sorted(set(files.problems))
    return (None if problems else project), problems


def _read(
    files: Files, named: Mapping[str, Node], journeys: Mapping[str, Node], environment: Mapping[str, str]
) -> Project:
    providers = read_catalog("provider", named["providers"], lambda name, node: provider(name, node, environment))
    catalogs = _catalogs(files, named, providers)
    return Project(
        shop=catalogs.shop,
        providers=providers.items,
        channels={spec.channel: spec for spec in catalogs.channels.items.values()},
        cascades=catalogs.cascades.items,
        topics=catalogs.topics.items,
        senders=catalogs.senders.items,
        sources=catalogs.sources.items,
        policy=_or(lambda: policy(named["policy"], catalogs.topics), Policy()),
        events=catalogs.events.items,
        attributes=catalogs.attributes.items,
        journeys=_journeys(journeys, catalogs),
    )


def _catalogs(files: Files, named: Mapping[str, Node], providers: Catalog[ProviderSpec]) -> Catalogs:
    """What journeys refer to; `shop` comes first, its currency is that of every price."""
    the_shop = _or(lambda: shop(named["shop"]), None)
    currency = the_shop.currency if the_shop else None
    channels = read_catalog("channel", named["channels"], lambda name, node: channel(name, node, providers, currency))
    return Catalogs(
        shop=the_shop or ShopInfo(),
        channels=channels,
        cascades=read_catalog("cascade", named["cascades"], lambda name, node: named_cascade(name, node, channels)),
        topics=read_catalog("topic", named["topics"], topic),
        senders=read_catalog("sender", named["senders"], sender),
        sources=read_catalog("source", named["sources"], source),
        events=events(named["events"]),
        attributes=read_catalog("attribute", named["attributes"], attribute),
        templates=Catalog("message", files.templates()),
    )


def _journeys(nodes: Mapping[str, Node], catalogs: Catalogs) -> dict[str, Journey]:
    found: dict[str, Journey] = {}
    for name, node in nodes.items():
        with suppress(Unreadable):
            found[name] = journey(name, node, catalogs)
    return found


def _or(read: Callable[[], T], otherwise: T) -> T:
    """What was read, or the other where it could not be."""
    try:
        return read()
    except Unreadable:
        return otherwise
