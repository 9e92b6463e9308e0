"""A project's folder → everything that its files say, or every problem of every file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from kaskad.config.brands import senders
from kaskad.config.campaigns import campaign
from kaskad.config.carriers import Surroundings, channel, provider
from kaskad.config.cascades import named_cascade
from kaskad.config.catalog import Catalog, read_catalog
from kaskad.config.events import attribute, events
from kaskad.config.files import FILES, Files
from kaskad.config.journeys import journey
from kaskad.config.node import Node, Unreadable
from kaskad.config.policy import policy
from kaskad.config.promos import promo
from kaskad.config.scope import Catalogs
from kaskad.config.segments import segments
from kaskad.config.shop_files import shop, source, topic
from kaskad.config.webhooks import webhook
from kaskad.domain.adapters import Adapters
from kaskad.domain.campaign import Campaign
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.domain.journey import Journey
from kaskad.domain.shop import Policy, Project, ProviderSpec, Sender, ShopInfo
from kaskad.domain.starting import circles

T = TypeVar("T")


def load_project(root: Path, environment: Mapping[str, str] | None = None) -> Project:
    """The project in the folder `root`. Raises InvalidFiles with every problem of every file.

    `environment` is what `${NAME}` in providers.yaml is checked with; the process's own unless given.
    """
    project, problems = check(root, environment)
    if project is None:
        raise InvalidFiles(problems)
    return project


def check(
    root: Path, environment: Mapping[str, str] | None = None, adapters: Adapters | None = None
) -> tuple[Project | None, list[Problem]]:
    """The project, None where there are problems; and the problems, by file and line.

    `adapters` are those that providers may name; without them nothing is said of what only they know.
    """
    files = Files(root)
    named, journeys, campaigns = files.named(), files.journeys(), files.campaigns()
    around = Surroundings(os.environ if environment is None else environment, adapters)
    project = None
    if len(named) == len(FILES):  # else every name of the missing one would be called unknown
        project = _read(files, named, journeys, campaigns, around)
    problems = sorted(set(files.problems))
    return (None if problems else project), problems


def _read(
    files: Files,
    named: Mapping[str, Node],
    journeys: Mapping[str, Node],
    campaigns: Mapping[str, Node],
    around: Surroundings,
) -> Project:
    providers = read_catalog("provider", named["providers"], lambda name, node: provider(name, node, around))
    read_webhook = partial(webhook, environment=around.environment)
    catalogs = replace(
        _catalogs(files, named, providers, around.adapters),
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
        policy=_or(lambda: policy(named["policy"], catalogs.topics), Policy()),
        events=catalogs.events.items,
        attributes=catalogs.attributes.items,
        segments=catalogs.segments.items,
        journeys=_journeys(journeys, catalogs),
        campaigns=_campaigns(campaigns, catalogs),
    )


def _catalogs(
    files: Files, named: Mapping[str, Node], providers: Catalog[ProviderSpec], adapters: Adapters | None
) -> Catalogs:
    """What journeys refer to; `shop` comes first, its currency is that of every price."""
    the_shop = _or(lambda: shop(named["shop"]), None)
    currency = the_shop.currency if the_shop else None
    single, lists = senders(named["senders"], files.configs)
    read_channel = partial(channel, providers=providers, currency=currency, adapters=adapters)
    channels = read_catalog("channel", named["channels"], read_channel)
    catalogs = Catalogs(
        shop=the_shop or ShopInfo(),
        channels=channels,
        cascades=read_catalog("cascade", named["cascades"], lambda name, node: named_cascade(name, node, channels)),
        topics=read_catalog("topic", named["topics"], topic),
        senders=single,
        sender_lists=lists,
        promos=read_catalog("promo", named["promos"], lambda name, node: promo(name, node, files.configs)),
        sources=read_catalog("source", named["sources"], source),
        events=events(named["events"]),
        attributes=read_catalog("attribute", named["attributes"], attribute),
        templates=Catalog("message", files.templates()),
    )
    return replace(catalogs, segments=segments(named["segments"], catalogs))


def _journeys(nodes: Mapping[str, Node], catalogs: Catalogs) -> dict[str, Journey]:
    found: dict[str, Journey] = {}
    for name, node in nodes.items():
        with suppress(Unreadable):
            found[name] = journey(name, node, catalogs)
    for *way, first in circles(found):
        last = nodes[way[-1]]
        place = next((started for started in last.under("start") if started.value == first), last)
        place.wrong(f"this goes round without an end: {' → '.join([*way, first])}; let somebody wait on the way")
    return found


def _campaigns(nodes: Mapping[str, Node], catalogs: Catalogs) -> dict[str, Campaign]:
    found: dict[str, Campaign] = {}
    for name, node in nodes.items():
        with suppress(Unreadable):
            found[name] = campaign(name, node, catalogs)
    return found


def _all_senders(catalogs: Catalogs) -> dict[str, Sender]:
    """Those with an entry of their own come first: what has no sender goes in the name of one of them."""
    listed = [senders for _, senders in sorted(catalogs.sender_lists.items.items())]
    return {name: sender for senders in (catalogs.senders.items, *listed) for name, sender in senders.items()}


def _or(read: Callable[[], T], otherwise: T) -> T:
    """What was read, or the other where it could not be."""
    try:
        return read()
    except Unreadable:
        return otherwise
