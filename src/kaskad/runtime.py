"""The one place that puts the parts together. It implements every service's `Deps`."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import httpx

from kaskad import settings as environment
from kaskad.channels import options, registry
from kaskad.channels.base import Provider, ProviderConfig
from kaskad.channels.outbound_webhooks import HttpWebhook, Webhook
from kaskad.channels.transport import http_client
from kaskad.channels.unavailable import UnavailableProvider, UnavailableWebhook
from kaskad.config import find_project_root
from kaskad.domain.addresses.address_hash import AddressHasher
from kaskad.domain.channel import Channel
from kaskad.domain.env_variables import expand_variables
from kaskad.domain.errors import Rejected, Unavailable
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.providers import WebhookSpec
from kaskad.services.catalogue import Catalogue
from kaskad.services.delivery.rate_limits import RateLimiter
from kaskad.services.delivery.rendering import MessageRenderer
from kaskad.services.ingestion.rejecting.unknown_events import EventCounts
from kaskad.services.links import Links
from kaskad.settings import Settings
from kaskad.storage import clock, embedded
from kaskad.storage.database import Database

log = logging.getLogger(__name__)


@dataclass
class Runtime:
    """Everything a service may need, of one process and one event loop."""

    settings: Settings
    database: Database
    client: httpx.AsyncClient
    catalogue: Catalogue = field(default_factory=Catalogue)
    message_renderer: MessageRenderer = field(default_factory=MessageRenderer)
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    kept: Counter[str] = field(default_factory=Counter)  # source → rejected events since the oldest were let go
    unknown: EventCounts = field(default_factory=EventCounts)
    running: Counter[str] = field(default_factory=Counter)  # journeys that a run of this process is at
    shown: dict[str, float] = field(default_factory=dict)  # journey → when its artifacts were written, monotonic
    _providers: dict[str, Provider] = field(default_factory=dict)
    _built_for: Project | None = None

    @cached_property
    def links(self) -> Links:
        """Signed links for customers."""
        return Links(self.settings.public_url, self.settings.derived("links"))

    @cached_property
    def address_hasher(self) -> AddressHasher:
        """The hash that closed addresses are stored by. Raises Rejected if the suppression key is too short."""
        return AddressHasher(self.settings.suppression_key)

    @property
    def lease(self) -> timedelta:
        """How long a worker may hold a message before it counts as dead."""
        return self.settings.lease

    @property
    def providers(self) -> Mapping[str, Provider]:
        """The providers of the files as published last. One without its secret is not there: nothing goes by it.

        Addresses are resolved here, by this process's environment; nothing of a file can make this raise.
        """
        project = self.catalogue.project
        if project is not self._built_for:
            self._providers = dict(_build_providers(project, self.settings, self.client))
            self._built_for = project
        return self._providers

    @property
    def webhooks(self) -> Mapping[str, Webhook]:
        """The other systems that journeys may tell, as published last. One without its secret is not there."""
        found: dict[str, Webhook] = {}
        for name, spec in self.catalogue.project.webhooks.items():
            if secret := self.settings.provider_secret(spec.secret_env):
                found[name] = _build_webhook(spec, secret, self)
        return found

    @asynccontextmanager
    async def open_providers(self, project: Project) -> AsyncIterator[Mapping[str, Provider]]:
        """The providers of a project that may not be published yet, for as long as the context lasts."""
        carriers = _build_providers(project, self.settings, self.client)
        try:
            yield carriers
        finally:
            for carrier in carriers.values():
                await carrier.aclose()

    async def engine_now(self) -> datetime:
        """The engine's time."""
        async with self.database.transaction() as connection:
            return await clock.read_now(connection)

    @contextmanager
    def mark_running(self, journey: str) -> Iterator[None]:
        """While inside, what falls due in the journey is taken by this run: dispatch starts no other."""
        self.running[journey] += 1
        try:
            yield
        finally:
            self.running[journey] -= 1

    async def close(self) -> None:
        """Gives everything back."""
        for carrier in self._providers.values():
            await carrier.aclose()
        await self.client.aclose()
        await self.database.close()


def _build_providers(project: Project, settings: Settings, client: httpx.AsyncClient) -> Mapping[str, Provider]:
    """Each provider of a channel that has its secret here; `UnavailableProvider` for one that cannot be called."""
    found: dict[str, Provider] = {}
    for channel, spec in project.channels.items():
        for name in spec.providers:
            carrier = _build_provider(name, channel, project, settings=settings, client=client)
            if carrier is not None:
                found[name] = carrier
    return found


def _build_provider(
    name: str, channel: Channel, project: Project, *, settings: Settings, client: httpx.AsyncClient
) -> Provider | None:
    spec = project.providers.get(name)
    secret = settings.provider_secret(spec.secret_env) if spec else ""
    try:
        if spec is None:
            raise Rejected("it is not in configs/providers.yaml")
        address = expand_variables(spec.url, settings.variables)
        options.validate_options(spec.adapter, channel, address, options=spec.options)
        if not secret:
            return None
        config = ProviderConfig(name, channel, spec.adapter, address, secret, spec.options, spec.success)
        return registry.build_provider(config, client, lambda: datetime.now(UTC))
    except Exception as error:  # whatever an adapter does when it is made: it must not stop those beside it
        why = str(error) if isinstance(error, Rejected) else f"{type(error).__name__}: {error}"
        log.warning("provider %s is passed over: %s", name, why)
        return UnavailableProvider(name, channel, why, secret)


def _build_webhook(spec: WebhookSpec, secret: str, runtime: Runtime) -> Webhook:
    try:
        url = expand_variables(spec.url, runtime.settings.variables)
    except Rejected as error:
        return UnavailableWebhook(str(error))
    return HttpWebhook(spec.model_copy(update={"url": url}), secret, runtime.client, now=lambda: datetime.now(UTC))


_current: ContextVar[Runtime | None] = ContextVar("kaskad_runtime", default=None)


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """A runtime for this event loop; what runs inside finds it by `current()`."""
    url = settings.database_url or embedded.find_running(settings.home / "postgres")
    if url is None:
        ways = "start `kaskad up`, or say where one runs by KASKAD_HOME or KASKAD_DATABASE_URL"
        raise Unavailable(f"no database is running here: {ways}")
    # Lines without number: each provider's lane bounds its own, so that a slow one takes none from another.
    runtime = Runtime(settings, Database(url), http_client(connections=0))
    token = _current.set(runtime)
    try:
        yield runtime
    finally:
        _current.reset(token)
        await runtime.close()


@asynccontextmanager
async def borrow_runtime() -> AsyncIterator[Runtime]:
    """The runtime that this worker keeps; where there is none (a stock Prefect worker), one for the time being."""
    kept = _current.get()
    if kept is not None:
        yield kept
        return
    async with open_runtime(environment.load_settings(find_project_root(Path.cwd()))) as runtime:
        yield runtime


def get_runtime() -> Runtime:
    """The runtime around the caller."""
    runtime = _current.get()
    if runtime is None:
        raise LookupError("there is no runtime here: wrap the call in `opened` or `borrowed`")
    return runtime
