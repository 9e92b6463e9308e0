"""Reads a project's folder: all its files, or all problems in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from kaskad.config.journey_files.campaign import read_campaign
from kaskad.config.journey_files.cascades import read_named_cascade
from kaskad.config.journey_files.journey import read_journey
from kaskad.config.journey_files.scope import Catalogs
from kaskad.config.project_files.events import read_attribute, read_events
from kaskad.config.project_files.feeds import read_feed
from kaskad.config.project_files.files import PROJECT_FILES, ProjectFiles
from kaskad.config.project_files.identities import read_identities
from kaskad.config.project_files.policy import read_policy
from kaskad.config.project_files.promos import read_promo
from kaskad.config.project_files.providers import ReadContext, read_channel_spec, read_provider_spec
from kaskad.config.project_files.segments import read_segments
from kaskad.config.project_files.senders import read_senders
from kaskad.config.project_files.shop import read_shop, read_source, read_topic
from kaskad.config.project_files.webhooks import read_webhook_spec
from kaskad.config.yaml.catalog import Catalog, read_catalog
from kaskad.config.yaml.node import InvalidNode, Node
from kaskad.domain.adapters import AdapterRegistry
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.domain.identities.rules import IdentityRules
from kaskad.domain.journeys.campaign import Campaign
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.policy import Policy
from kaskad.domain.journeys.project import Project, Sender, ShopInfo
from kaskad.domain.journeys.providers import ProviderSpec
from kaskad.domain.journeys.start_cycles import find_start_cycles

T = TypeVar("T")


def load_project(root: Path, environment: Mapping[str, str] | None = None) -> Project:
    """The project in the folder `root`. Raises InvalidFiles with every problem of every file.

    `environment` is used to check `${NAME}` in providers.yaml; by default the process's own.
    """
    project, problems = check_project(root, environment)
    if project is None:
        raise InvalidFiles(problems)
    return project


def check_project(
    root: Path, environment: Mapping[str, str] | None = None, adapters: AdapterRegistry | None = None
) -> tuple[Project | None, list[Problem]]:
    """The project, None if there are problems; and the problems, by file and line.

    `adapters` are those that providers may name; without them, their names and options are not checked.
    """
    files = ProjectFiles(root)
    named, journeys, campaigns = files.named(), files.journeys(), files.campaigns()
    around = ReadContext(os.environ if environment is None else environment, adapters)
    project = None
    if len(named) == len(PROJECT_FILES):  # else every name of the missing file would be called unknown
        project = _read_project(files, named, journeys, campaigns=campaigns, around=around)
    problems = sorted(set(files.problems))
    return (None if problems else project), problems


def _read_project(
    files: ProjectFiles,
    named: Mapping[str, Node],
    journeys: Mapping[str, Node],
    *,
    campaigns: Mapping[str, Node],
    around: ReadContext,
) -> Project:
    providers = read_catalog("provider", named["providers"], lambda name, node: read_provider_spec(name, node, around))
    read_webhook = partial(read_webhook_spec, environment=around.environment)
    catalogs = _read_catalogs(files, named, providers, adapters=around.adapters)
    read_one_feed = partial(
        read_feed, environment=around.environment, sources=catalogs.sources.broken | catalogs.sources.items.keys()
    )
    policy = _read_or_default(lambda: read_policy(named["policy"], catalogs.topics), None)
    catalogs = replace(
        catalogs,
        policy=policy,
        webhooks=read_catalog("webhook", named["webhooks"], read_webhook),
        journeys=Catalog("journey", dict.fromkeys(journeys), files.journey_names() - set(journeys)),
    )
    return Project(
        shop=catalogs.shop,
        providers=providers.items,
        webhooks=catalogs.webhooks.items,
        channels={spec.channel: spec for spec in catalogs.channels.items.values()},
        cascades=catalogs.cascades.items,
        topics=catalogs.topics.items,
        senders=_all_senders(catalogs),
        sender_lists={name: tuple(listed) for name, listed in catalogs.sender_lists.items.items()},
        promos=catalogs.promos.items,
        sources=catalogs.sources.items,
        feeds=read_catalog("feed", named["feeds"], read_one_feed).items,
        policy=policy or Policy(),
        identities=_read_or_default(lambda: read_identities(named["identities"]), IdentityRules()),
        events=catalogs.events.items,
        attributes=catalogs.attributes.items,
        segments=catalogs.segments.items,
        journeys=_read_journeys(journeys, catalogs),
        campaigns=_read_campaigns(campaigns, catalogs),
    )


def _read_catalogs(
    files: ProjectFiles,
    named: Mapping[str, Node],
    providers: Catalog[ProviderSpec],
    *,
    adapters: AdapterRegistry | None,
) -> Catalogs:
    """The catalogs for journeys; `shop` is read first, because its currency is that of every price."""
    the_shop = _read_or_default(lambda: read_shop(named["shop"]), None)
    currency = the_shop.currency if the_shop else None
    single, lists = read_senders(named["senders"], files.configs)
    read_channel = partial(read_channel_spec, providers=providers, currency=currency, adapters=adapters)
    channels = read_catalog("channel", named["channels"], read_channel)
    catalogs = Catalogs(
        shop=the_shop or ShopInfo(),
        channels=channels,
        cascades=read_catalog(
            "cascade", named["cascades"], lambda name, node: read_named_cascade(name, node, channels)
        ),
        topics=read_catalog("topic", named["topics"], read_topic),
        senders=single,
        sender_lists=lists,
        promos=read_catalog("promo", named["promos"], lambda name, node: read_promo(name, node, files.configs)),
        sources=read_catalog("source", named["sources"], read_source),
        events=read_events(named["events"]),
        attributes=read_catalog("attribute", named["attributes"], read_attribute),
        templates=Catalog("message", files.templates()),
    )
    return replace(catalogs, segments=read_segments(named["segments"], catalogs))


def _read_journeys(nodes: Mapping[str, Node], catalogs: Catalogs) -> dict[str, Journey]:
    found: dict[str, Journey] = {}
    for name, node in nodes.items():
        with suppress(InvalidNode):
            found[name] = read_journey(name, node, catalogs)
    for *way, first in find_start_cycles(found):
        last = nodes[way[-1]]
        place = next((started for started in last.under("start") if started.value == first), last)
        place.error(f"this goes round without an end: {' → '.join([*way, first])}; let somebody wait on the way")
    return found


def _read_campaigns(nodes: Mapping[str, Node], catalogs: Catalogs) -> dict[str, Campaign]:
    found: dict[str, Campaign] = {}
    for name, node in nodes.items():
        with suppress(InvalidNode):
            found[name] = read_campaign(name, node, catalogs)
    return found


def _all_senders(catalogs: Catalogs) -> dict[str, Sender]:
    """Senders with an entry of their own come first: messages without a sender use one of them."""
    listed = [senders for _, senders in sorted(catalogs.sender_lists.items.items())]
    return {name: sender for senders in (catalogs.senders.items, *listed) for name, sender in senders.items()}


def _read_or_default(read: Callable[[], T], otherwise: T) -> T:
    """The result, or `otherwise` if the node is invalid."""
    try:
        return read()
    except InvalidNode:
        return otherwise
