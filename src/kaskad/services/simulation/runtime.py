"""The simulation runtime: everything that the services need, on a scratch database, with recording providers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from kaskad.channels.base import Provider
from kaskad.channels.outbound_webhooks import Webhook
from kaskad.content import CompiledMessage
from kaskad.domain.addresses.address_hash import AddressHasher
from kaskad.domain.channel import Channel, SendResult, Sent
from kaskad.domain.journeys.project import Project
from kaskad.services.catalogue import Catalogue
from kaskad.services.delivery.rate_limits import RateLimiter
from kaskad.services.delivery.rendering import MessageRenderer
from kaskad.services.links import Links
from kaskad.services.publishing import publish
from kaskad.services.simulation.recording_providers import RecordingProvider, SimulatedAnswers, provider_name
from kaskad.storage.database import Database
from kaskad.storage.delivery.provider_health import Reservation
from kaskad.storage.growth import retention
from kaskad.storage.queries import query

MAX_CONCURRENCY = 512  # calls; none is real
NO_LIMIT = 1_000_000.0  # messages a second: the channel's real rate is checked afterwards


class UnlimitedRateLimiter(RateLimiter):
    """Never waits for a rate: an hour of the script does not take an hour."""

    @asynccontextmanager
    async def acquire(self, provider: str, rate: float, concurrency: int) -> AsyncIterator[None]:
        """Returns at once."""
        yield

    async def reserve(
        self, database: Database, names: tuple[str, ...], rate: float, *, count: int, until: float
    ) -> Reservation:
        """Grants all slots now."""
        return Reservation(names[0], count)


class AcceptingWebhook:
    """A webhook that accepts every call."""

    async def call(self, key: UUID, document: Mapping[str, Any]) -> SendResult:
        """Returns a successful answer."""
        return Sent()


@dataclass
class SimulationRuntime:
    """What every service may need. No real provider is possible here: there is no address, no secret and no network."""

    database: Database
    answers: SimulatedAnswers
    catalogue: Catalogue = field(default_factory=Catalogue)
    message_renderer: MessageRenderer = field(default_factory=MessageRenderer)
    rate_limiter: RateLimiter = field(default_factory=UnlimitedRateLimiter)
    links: Links = field(default_factory=lambda: Links("https://rehearsal.invalid", "rehearsal"))
    address_hasher: AddressHasher = field(default_factory=lambda: AddressHasher("of a simulation alone"))
    lease: timedelta = timedelta(minutes=10)

    def __post_init__(self) -> None:
        recording = (RecordingProvider(channel, self.answers) for channel in Channel if channel is not Channel.CALL)
        self.providers: Mapping[str, Provider] = {provider.name: provider for provider in recording}

    @property
    def webhooks(self) -> Mapping[str, Webhook]:
        """Returns webhooks that accept every call and send nothing."""
        return dict.fromkeys(self.catalogue.project.webhooks, AcceptingWebhook())

    async def publish(self, project: Project, compiled: Mapping[str, CompiledMessage]) -> None:
        """Publishes the project's journeys in the simulation, without approval."""
        await publish.publish(self, with_recording_providers(project), compiled)
        async with self.database.transaction() as connection:
            await self.catalogue.refresh(connection)

    async def analyze(self) -> None:
        """Updates the planner's statistics of the tables: no autovacuum does it here."""
        async with self.database.transaction() as connection:
            await retention.analyze_database(connection)


@asynccontextmanager
async def open_runtime(url: str, answers: SimulatedAnswers) -> AsyncIterator[SimulationRuntime]:
    """Opens the runtime on that scratch database."""
    database = Database(url)
    try:
        async with database.transaction() as connection:
            await connection.execute(query("simulation_entry_names"))
        yield SimulationRuntime(database, answers)
    finally:
        await database.close()


def with_recording_providers(project: Project) -> Project:
    """Returns the project with recording providers in every channel, no rates and no approval; all else as it is."""
    channels = {
        channel: spec.model_copy(
            update={
                "providers": () if channel is Channel.CALL else (provider_name(channel),),
                "rate": NO_LIMIT,
                "concurrency": MAX_CONCURRENCY,
            }
        )
        for channel, spec in project.channels.items()
    }
    policy = project.policy.model_copy(update={"approval": None})
    return project.model_copy(update={"channels": channels, "policy": policy, "providers": {}})
