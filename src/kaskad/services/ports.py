"""What a use case may need. Each service asks for no more than it uses; the runtime has them all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from kaskad.channels.base import Provider
from kaskad.services.catalogue import Catalogue
from kaskad.services.delivery.rate_limits import RateLimiter
from kaskad.services.links import Links
from kaskad.storage.database import Database


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
