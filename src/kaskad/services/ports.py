"""What a use case may need. Each service asks for no more than it uses; the runtime has them all."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol

from kaskad.channels.base import Provider
from kaskad.services.catalogue import Catalogue
from kaskad.services.links import Links
from kaskad.storage.database import Database
from kaskad.storage.delivery.provider_health import Reservation


class HasDatabase(Protocol):
    """Where everything is kept."""

    @property
    def database(self) -> Database: ...


class HasCatalogue(Protocol):
    """What is published, as far as this process has read it."""

    @property
    def catalogue(self) -> Catalogue: ...


class HasProviders(Protocol):
    """Who carries messages, by name."""

    @property
    def providers(self) -> Mapping[str, Provider]: ...


class RateLimiter(Protocol):
    """How fast each provider is asked, by all workers together; how many calls at once, by this one."""

    recently_failed: set[str]

    def acquire(self, provider: str, rate: float, concurrency: int) -> AbstractAsyncContextManager[None]:
        """Holds a place among the provider's calls, once it is this call's turn."""

    async def reserve(
        self, database: Database, names: tuple[str, ...], rate: float, count: int, until: float
    ) -> Reservation:
        """Slots for `count` messages, of the first of these providers that may be used."""

    def forget(self, provider: str) -> None:
        """Gives up the slots that were reserved of it."""


class HasRateLimiter(Protocol):
    """How fast each provider is asked."""

    @property
    def rate_limiter(self) -> RateLimiter: ...


class HasLease(Protocol):
    """How long a claim holds without a word."""

    @property
    def lease(self) -> timedelta: ...


class HasLinks(Protocol):
    """The links that customers may follow, signed."""

    @property
    def links(self) -> Links: ...
