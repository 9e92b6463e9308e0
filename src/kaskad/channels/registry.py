"""Every adapter by its name. To add one: its module, one line here; the contract tests pick it up."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from kaskad.channels.base import Clock, Provider, ProviderConfig
from kaskad.channels.http import HttpOptions, HttpProvider
from kaskad.channels.smtp import SmtpOptions, SmtpProvider
from kaskad.domain.adapters import Misfit
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Rejected

_HOST = re.compile(rb"[A-Za-z0-9._:-]+")
Maker = Callable[[ProviderConfig, httpx.AsyncClient, Clock], Provider]


@dataclass(frozen=True, slots=True)
class Adapter:
    """How a provider of this kind is made, and what it can be made with."""

    make: Maker
    options: type[BaseModel]
    schemes: tuple[str, ...]
    like: str  # addresses of its
    channels: frozenset[Channel]


ADAPTERS: Mapping[str, Adapter] = MappingProxyType(
    {
        "http": Adapter(
            HttpProvider,
            HttpOptions,
            ("http", "https"),
            "https://host/path",
            frozenset(Channel) - {Channel.CALL},
        ),
        "smtp": Adapter(
            lambda config, _client, now: SmtpProvider(config, now),
            SmtpOptions,
            ("smtp", "smtps"),
            "smtp://host:port or smtps://host:port",
            frozenset({Channel.EMAIL}),
        ),
    }
)


class Known:
    """The registry as the readers of files ask it."""

    @property
    def names(self) -> Collection[str]:
        """How the adapters are called."""
        return sorted(ADAPTERS)

    def carries(self, adapter: str) -> Collection[Channel]:
        """The channels that it speaks."""
        return ADAPTERS[adapter].channels if adapter in ADAPTERS else ()

    def misfits(self, adapter: str, url: str | None, options: Mapping[str, Any]) -> Sequence[Misfit]:
        """What the adapter cannot be built with; never raises. The `url` is not looked at where it is not known."""
        kind = ADAPTERS.get(adapter)
        if kind is None:
            return [Misfit(("adapter",), f"unknown adapter '{adapter}', {_advice(adapter, ADAPTERS)}")]
        found = _wrong_options(kind, options)
        if url is not None and not _is_address(url, kind.schemes):
            found.append(Misfit(("url",), f"this is no address for {adapter}: write one like {kind.like}"))
        return found


def build(config: ProviderConfig, client: httpx.AsyncClient, now: Clock) -> Provider:
    """The provider that a configuration describes. Raises Rejected, saying what would be right.

    `client` is shared by all providers and stays the caller's; `now` is the machine's clock.
    """
    try:
        check(config.adapter, config.channel, config.url, config.options)
    except Rejected as error:
        raise Rejected(f"provider {config.name}: {error}") from error
    if not config.secret:
        raise Rejected(f"provider {config.name}: needs a secret; without one anybody could forge its receipts")
    return ADAPTERS[config.adapter].make(config, client, now)


def check(adapter: str, channel: Channel, url: str, options: Mapping[str, Any]) -> None:
    """Raises Rejected where no provider can be made of this, saying what would be right."""
    for misfit in Known().misfits(adapter, url, options):
        where = f"option {'.'.join(misfit.at[1:])}: " if misfit.at[0] == "options" else ""
        raise Rejected(f"{where}{misfit.text}")
    if channel not in (spoken := ADAPTERS[adapter].channels):
        raise Rejected(f"{adapter} does not carry {channel}, but {', '.join(sorted(spoken))}")


def _advice(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1)
    there = f"there are: {', '.join(sorted(known))}"
    return f"did you mean '{near[0]}'? {there.capitalize()}" if near else there


def _wrong_options(kind: Adapter, options: Mapping[str, Any]) -> list[Misfit]:
    try:
        kind.options.model_validate(dict(options))
    except ValidationError as error:
        found = []
        for each in error.errors(include_url=False, include_input=False):
            at = ("options", *map(str, each["loc"]))
            if each["type"] == "extra_forbidden":
                name = str(each["loc"][-1])
                found.append(Misfit(at, f"unknown option '{name}', {_advice(name, kind.options.model_fields)}", True))
            else:
                found.append(Misfit(at, f"{each['msg'][:1].lower()}{each['msg'][1:]}"))
        return found
    return []


def _is_address(url: str, schemes: Collection[str]) -> bool:
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    host = _HOST.fullmatch(parts.raw_host) is not None
    return parts.scheme in schemes and host and (parts.port is None or 0 < parts.port < 65_536)
