"""Published journeys, how many customers are in them, and active emergency stops."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

from kaskad.channels.base import Provider
from kaskad.channels.unavailable import UnavailableProvider
from kaskad.domain.journeys.providers import ChannelSpec
from kaskad.services.ports import HasCatalogue, HasDatabase, HasProviders
from kaskad.storage.delivery import provider_health
from kaskad.storage.delivery.provider_health import ProviderHealth
from kaskad.storage.queries import query


class OverviewDeps(HasDatabase, Protocol):
    """What the overview needs."""


class ProvidersDeps(OverviewDeps, HasCatalogue, HasProviders, Protocol):
    """What listing providers needs."""


@dataclass(frozen=True, slots=True)
class JourneyState:
    """One published journey. `next_due_at` is when its next enrollment is due; None if it has none.

    `look_faults`: how often in a row the entrance scan failed, why the last time, and when it is tried again.
    """

    name: str
    title: str
    number: int
    paused: bool
    published_at: datetime
    candidates: int
    inside: int
    next_due_at: datetime | None
    queued: int
    unknown: int
    look_faults: int
    look_fault: str | None
    look_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProviderState:
    """A provider of a channel, in failover order. `state`: up, down (until `until`, on the machine's clock), tried.

    `unfit`: why this process, in its environment, cannot call it; None if it can, or lacks only the provider's secret.
    """

    name: str
    channel: str
    state: Literal["up", "down", "tried"]
    until: datetime | None
    rate: float
    failures: int
    failed_at: datetime | None
    failure: str | None
    unfit: str | None = None


@dataclass(frozen=True, slots=True)
class EmergencyStop:
    """An emergency stop; `name` is empty for everything."""

    scope: str
    name: str
    by: str
    at: datetime


async def list_journeys(deps: OverviewDeps) -> list[JourneyState]:
    """Returns every published journey, by name."""
    async with deps.database.transaction() as connection:
        cursor = await connection.execute(query("journeys_overview"))
        return [JourneyState(**row) for row in await cursor.fetchall()]


async def list_providers(deps: ProvidersDeps) -> list[ProviderState]:
    """Returns every provider of every channel, with its state for all workers."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        health = await provider_health.load_provider_health(connection)
    specs = deps.catalogue.project.channels.values()
    known = deps.providers
    found = [_provider_state(name, spec, health.get(name)) for spec in specs for name in spec.providers]
    return [replace(state, unfit=_configuration_error(known.get(state.name))) for state in found]


def _configuration_error(provider: Provider | None) -> str | None:
    return provider.why if isinstance(provider, UnavailableProvider) else None


def _provider_state(name: str, spec: ChannelSpec, health: ProviderHealth | None) -> ProviderState:
    if health is None:
        return ProviderState(name, spec.channel, "up", None, spec.rate, 0, None, None)
    tried = health.probe_until is not None and health.probe_until > health.now
    state: Literal["up", "down", "tried"] = "tried" if tried else "down" if health.is_open else "up"
    until = health.open_until if state == "down" else None
    return ProviderState(name, spec.channel, state, until, spec.rate, health.failures, health.failed_at, health.failure)


async def list_stops(deps: OverviewDeps) -> list[EmergencyStop]:
    """Returns the active emergency stops, oldest first."""
    async with deps.database.transaction() as connection:
        cursor = await connection.execute(query("list_stops"))
        return [EmergencyStop(**row) for row in await cursor.fetchall()]
