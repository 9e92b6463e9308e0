"""Outages: what calls tell of their provider's health, and what is passed over because of it. For all workers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Protocol, TypeVar

from kaskad.channels.base import Provider
from kaskad.domain.channel import Channel, Retry, Sent, Unknown
from kaskad.domain.errors import Unavailable
from kaskad.domain.shop import ChannelSpec, Project
from kaskad.services.pace import Pace
from kaskad.storage import carriers, messages
from kaskad.storage.database import Connection, Database

Told = TypeVar("Told")


class HearDeps(Protocol):
    """What noting outages needs."""

    @property
    def database(self) -> Database: ...
    @property
    def pace(self) -> Pace: ...


def usable(spec: ChannelSpec | None, providers: Mapping[str, Provider]) -> tuple[str, ...]:
    """The channel's providers that this process may call, in order; all where it has the secret of none."""
    names = spec.providers if spec else ()
    return tuple(name for name in names if name in providers) or names


async def hear(deps: HearDeps, told: Iterable[tuple[str, object]]) -> frozenset[str]:
    """Notes what calls told of their providers, before it is settled; those that are passed over now.

    One message that went is proof of health, a run of outages of the opposite; a refusal speaks of the message alone.
    Where everything is well the database is not asked; where it is away, nothing is noted.
    """
    failed, went = defaultdict[str, list[str]](list), set[str]()
    for name, result in told:
        if isinstance(result, Sent):
            went.add(name)
        elif isinstance(result, Retry | Unknown) and result.outage:
            failed[name].append(result.why)
    recovered = went & deps.pace.troubled
    if not failed and not recovered:
        return frozenset()
    ill = {name: whys for name, whys in failed.items() if name not in went}
    for name in ill:
        deps.pace.forget(name)
    with suppress(Unavailable):
        return await _note(deps.database, ill, recovered)
    return frozenset()


async def _note(database: Database, ill: Mapping[str, list[str]], recovered: AbstractSet[str]) -> frozenset[str]:
    async with database.transaction() as connection:
        for name in sorted({*ill, *recovered}):
            if name in ill:
                await carriers.count_outages(connection, name, len(ill[name]), ill[name][-1])
            else:
                await carriers.is_well(connection, name)
        return await carriers.down(connection)


def rerouted(result: Told, provider: str, names: Sequence[str], down: AbstractSet[str]) -> Told | Retry:
    """The result, without its pause where waiting helps nobody: the message goes elsewhere, or is decided anew."""
    if not isinstance(result, Retry) or not result.outage:
        return result
    another = any(name != provider and name not in down for name in names)
    return replace(result, after=timedelta()) if another or provider in down else result


async def channels_down(
    connection: Connection, project: Project, providers: Mapping[str, Provider]
) -> frozenset[Channel]:
    """The channels of which every provider is passed over for its outages. What was stopped by hand does not count."""
    down = await carriers.down(connection)
    if not down:
        return frozenset()
    stopped = {name for scope, name in (await messages.stops(connection)).scopes if scope == "provider"}
    left = {channel: set(usable(spec, providers)) - stopped for channel, spec in project.channels.items()}
    return frozenset(channel for channel, names in left.items() if names and names <= down)
