"""All adapters by name. To add one: its module, a line here and one in `options.py`; the contract tests include it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import httpx

from kaskad.channels.base import Clock, Provider, ProviderConfig
from kaskad.channels.http import HttpProvider
from kaskad.channels.options import validate_options
from kaskad.channels.smtp import SmtpProvider
from kaskad.domain.errors import Rejected

ProviderFactory = Callable[[ProviderConfig, httpx.AsyncClient, Clock], Provider]

ADAPTERS: Mapping[str, ProviderFactory] = MappingProxyType(
    {
        "http": HttpProvider,
        "smtp": lambda config, _client, now: SmtpProvider(config, now),
    }
)


def build_provider(config: ProviderConfig, client: httpx.AsyncClient, now: Clock) -> Provider:
    """The provider for a configuration. Raises Rejected, with what would be right.

    `client` is shared by all providers, and the caller closes it; `now` is the machine's clock.
    """
    try:
        validate_options(config.adapter, config.channel, config.url, options=config.options)
    except Rejected as error:
        raise Rejected(f"provider {config.name}: {error}") from error
    if not config.secret:
        raise Rejected(f"provider {config.name}: needs a secret; without one anybody could forge its receipts")
    return ADAPTERS[config.adapter](config, client, now)
