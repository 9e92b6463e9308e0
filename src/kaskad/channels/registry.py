"""Every adapter by its name. To add one: its module, one line here; the contract tests pick it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

import httpx
from pydantic import ValidationError

from kaskad.channels.base import Clock, Provider, ProviderConfig
from kaskad.channels.http import HttpProvider
from kaskad.channels.smtp import SmtpProvider
from kaskad.domain.errors import Rejected

Maker = Callable[[ProviderConfig, httpx.AsyncClient, Clock], Provider]

ADAPTERS: Mapping[str, Maker] = MappingProxyType(
    {
        "http": HttpProvider,
        "smtp": lambda config, _client, now: SmtpProvider(config, now),
    }
)


def build(config: ProviderConfig, client: httpx.AsyncClient, now: Clock) -> Provider:
    """The provider that a configuration describes. Raises Rejected, saying what would be right.

    `client` is shared by all providers and stays the caller's; `now` is the machine's clock.
    """
    make = ADAPTERS.get(config.adapter)
    if make is None:
        near = get_close_matches(config.adapter, ADAPTERS, n=1)
        advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(ADAPTERS))}"
        raise Rejected(f"provider {config.name}: unknown adapter {config.adapter!r}, {advice}")
    if not config.secret:
        raise Rejected(f"provider {config.name}: needs a secret; without one anybody could forge its receipts")
    try:
        return make(config, client, now)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Rejected(f"provider {config.name}: option {where}: {first['msg']}") from error
