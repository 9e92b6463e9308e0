"""What a use case may need. Each service requires only what it uses; the runtime has all of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol

from kaskad.channels.base import Provider
from kaskad.domain.addresses.address_hash import AddressHasher
from kaskad.services.catalogue import Catalogue
from kaskad.services.links import Links
from kaskad.storage.database import Database
from kaskad.storage.delivery.provider_health import Reservation


class HasDatabase(Protocol):
    """The database."""

    @property
    def database(self) -> Database: ...


class HasCatalogue(Protocol):
    """The published journeys and files, as this process last read them."""

    @property
    def catalogue(self) -> Catalogue: ...


class HasProviders(Protocol):
    """The providers, by name."""

    @property
    def providers(self) -> Mapping[str, Provider]: ...


class RateLimiter(Protocol):
    """Rates of providers, shared by all workers, and limits on concurrent calls of this process."""

    recently_failed: set[str]

    def acquire(self, provider: str, rate: float, concurrency: int) -> AbstractAsyncContextManager[None]:
        """Holds a place among the provider's calls, once it is this call's turn."""

    async def reserve(
        self, database: Database, names: tuple[str, ...], rate: float, *, count: int, until: float
    ) -> Reservation:
        """Returns slots for `count` messages, of the first of these providers that may be used."""

    def forget(self, provider: str) -> None:
        """Gives up the slots that were reserved of the provider."""


class HasRateLimiter(Protocol):
    """The rate limits of providers."""

    @property
    def rate_limiter(self) -> RateLimiter: ...


class HasLease(Protocol):
    """How long a claim holds without renewal."""

    @property
    def lease(self) -> timedelta: ...


class HasLinks(Protocol):
    """The signed links for customers."""

    @property
    def links(self) -> Links: ...


class HasAddressHasher(Protocol):
    """The hash that closed addresses are stored by."""

    @property
    def address_hasher(self) -> AddressHasher: ...
