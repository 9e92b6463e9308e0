"""The options of each adapter. Nothing here connects: commands that only read files load no client for it."""

from __future__ import annotations

import re
import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kaskad.domain.adapters import AdapterProblem
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Rejected

_HOST = re.compile(rb"[A-Za-z0-9._:-]+")


class HttpOptions(BaseModel):
    """The options of an HTTP provider; times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    connect_timeout: float = Field(default=5.0, gt=0, allow_inf_nan=False)
    timeout: float = Field(default=20.0, gt=0, allow_inf_nan=False)


class SmtpOptions(BaseModel):
    """The options of an SMTP provider; times in seconds, each for one response of the server."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    connections: int = Field(default=10, ge=1)
    messages_per_connection: int = Field(default=100, ge=1)
    connect_timeout: float = Field(default=10.0, gt=0, allow_inf_nan=False)
    timeout: float = Field(default=60.0, gt=0, allow_inf_nan=False)
    # our name in EHLO
    hostname: str = Field(default_factory=socket.gethostname, pattern=r"^[A-Za-z0-9._:\[\]-]+$")


@dataclass(frozen=True, slots=True)
class AdapterSpec:
    """The channels and options of an adapter. `like`: an example of its addresses."""

    options: type[BaseModel]
    schemes: tuple[str, ...]
    like: str
    channels: frozenset[Channel]


ADAPTER_SPECS: Mapping[str, AdapterSpec] = MappingProxyType(
    {
        "http": AdapterSpec(HttpOptions, ("http", "https"), "https://host/path", frozenset(Channel) - {Channel.CALL}),
        "smtp": AdapterSpec(
            SmtpOptions, ("smtp", "smtps"), "smtp://host:port or smtps://host:port", frozenset({Channel.EMAIL})
        ),
    }
)


class AdapterCatalog:
    """The adapters, for the readers of files."""

    @property
    def names(self) -> Collection[str]:
        """The names of the adapters."""
        return sorted(ADAPTER_SPECS)

    def supported_channels(self, adapter: str) -> Collection[Channel]:
        """The channels of the adapter."""
        return ADAPTER_SPECS[adapter].channels if adapter in ADAPTER_SPECS else ()

    def validate(self, adapter: str, url: str | None, options: Mapping[str, Any]) -> Sequence[AdapterProblem]:
        """The problems with the adapter's options; never raises. The `url` is not checked if it is not known."""
        kind = ADAPTER_SPECS.get(adapter)
        if kind is None:
            return [AdapterProblem(("adapter",), f"unknown adapter '{adapter}', {_advice(adapter, ADAPTER_SPECS)}")]
        found = _find_wrong_options(kind, options)
        if url is not None and not _is_url(url, kind.schemes):
            found.append(AdapterProblem(("url",), f"this is no address for {adapter}: write one like {kind.like}"))
        return found


def validate_options(adapter: str, channel: Channel, url: str, *, options: Mapping[str, Any]) -> None:
    """Raises Rejected if no provider can be built from this, with what would be right."""
    for misfit in AdapterCatalog().validate(adapter, url, options):
        where = f"option {'.'.join(misfit.at[1:])}: " if misfit.at[0] == "options" else ""
        raise Rejected(f"{where}{misfit.text}")
    if channel not in (spoken := ADAPTER_SPECS[adapter].channels):
        raise Rejected(f"{adapter} does not carry {channel}, but {', '.join(sorted(spoken))}")


def _advice(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1)
    there = f"there are: {', '.join(sorted(known))}"
    return f"did you mean '{near[0]}'? {there.capitalize()}" if near else there


def _find_wrong_options(kind: AdapterSpec, options: Mapping[str, Any]) -> list[AdapterProblem]:
    try:
        kind.options.model_validate(dict(options))
    except ValidationError as error:
        found = []
        for each in error.errors(include_url=False, include_input=False):
            at = ("options", *map(str, each["loc"]))
            if each["type"] == "extra_forbidden":
                name = str(each["loc"][-1])
                found.append(
                    AdapterProblem(at, f"unknown option '{name}', {_advice(name, kind.options.model_fields)}", True)
                )
            else:
                found.append(AdapterProblem(at, f"{each['msg'][:1].lower()}{each['msg'][1:]}"))
        return found
    return []


def _is_url(url: str, schemes: Collection[str]) -> bool:
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    host = _HOST.fullmatch(parts.raw_host) is not None
    return parts.scheme in schemes and host and (parts.port is None or 0 < parts.port < 65_536)
