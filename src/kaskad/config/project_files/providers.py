"""Reads configs/providers.yaml and channels.yaml: the providers, their prices and rates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kaskad.config.project_files.provider_success import read_success
from kaskad.config.yaml.catalog import Catalog
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import join_with_or, shorten, unknown_name
from kaskad.config.yaml.quantities import read_duration, read_money, read_rate
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import NAME, integer_between, one_of, read_text
from kaskad.domain.adapters import AdapterProblem, AdapterRegistry
from kaskad.domain.channel import Channel
from kaskad.domain.duration import Duration
from kaskad.domain.env_variables import expand_variables, is_well_formed
from kaskad.domain.errors import Rejected
from kaskad.domain.journeys.providers import ChannelSpec, ProviderSpec
from kaskad.domain.own_sources import OWN_SOURCES, describe_own_source

ON_UNKNOWN_VALUES = ("never_resend", "resend")
VARIABLE_NAME = re.compile(r"[A-Z_][A-Z0-9_]*\Z")
URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/]\S*\Z")


@dataclass(frozen=True, slots=True)
class ReadContext:
    """The context of the readers: the environment, and the known adapters (None: any name is allowed)."""

    environment: Mapping[str, str]
    adapters: AdapterRegistry | None = None


def read_provider_spec(name: str, node: Node, around: ReadContext) -> ProviderSpec:
    """One entry of providers.yaml. `secret` names an environment variable; the secret itself is never in a file."""
    if name in OWN_SOURCES:  # a provider tells receipts under its name
        raise node.key_error(describe_own_source(name))
    record = Record(node)
    adapter = record.need(
        "adapter", lambda it: _read_adapter(it, around.adapters), "how it is spoken to, like http or smtp"
    )
    url = record.need("url", lambda it: read_url(it, around.environment), "where it is, like https://sms.example/send")
    secret = record.get("secret", read_variable_name, "")
    keeps_keys = record.get("keeps_keys", lambda it: _read_keeps_keys(it, adapter), Duration())
    options = record.table("options", lambda _, value: value.plain())
    said = record.get("success", lambda it: read_success(it, adapter), None)
    if around.adapters and adapter is not None and url is not None and options is not None:
        for problem in around.adapters.validate(adapter, expand_url(url, around.environment), options):
            _add_adapter_problem(record, problem)
    record.done()
    parts = {"keeps_keys": keeps_keys, "options": options, "success": said}
    return ProviderSpec.model_validate({"name": name, "adapter": adapter, "url": url, "secret_env": secret, **parts})


def _add_adapter_problem(record: Record, problem: AdapterProblem) -> None:
    """Adds a problem with the adapter's options, at the wrong value or key."""
    place = record.at(problem.at[0])
    for key in problem.at[1:]:
        place = place.value[key] if isinstance(place.value, dict) and key in place.value else place
    record.error(place, problem.text, key=problem.key)


def read_channel_spec(
    name: str, node: Node, providers: Catalog[ProviderSpec], *, currency: str | None, adapters: AdapterRegistry | None
) -> ChannelSpec:
    """One entry of channels.yaml; every price is in the shop's currency (None: any), so that prices can be compared."""
    if name not in list(Channel):
        raise node.key_error(unknown_name("channel", name, list(Channel)))
    record = Record(node)
    usual = ChannelSpec(channel=Channel(name))
    hint = "who carries it, in failover order, like [sandbox_sms]"
    parts = {
        "providers": ()
        if name == Channel.CALL
        else record.need(
            "providers", lambda it: _read_channel_providers(it, Channel(name), providers, adapters=adapters), hint
        ),
        "cost": record.need("cost", lambda it: _read_cost(it, currency), "the price of one message, like 2.00 RUB"),
        "rate": record.get("rate", read_rate, usual.rate),
        "concurrency": record.get("concurrency", integer_between(1, 10_000), usual.concurrency),
        "on_unknown": record.get("on_unknown", one_of("value", ON_UNKNOWN_VALUES), usual.on_unknown),
        "deadline": record.get("deadline", read_duration, usual.deadline),
    }
    record.done()
    return ChannelSpec.model_validate({"channel": name, "currency": currency or usual.currency, **parts})


def _read_channel_providers(
    node: Node, channel: Channel, providers: Catalog[ProviderSpec], *, adapters: AdapterRegistry | None
) -> tuple[str, ...]:
    names = node.each(lambda it: _read_channel_provider(it, channel, providers, adapters=adapters))
    if not names:
        raise node.error("at least one provider is needed in the list")
    if len(set(names)) < len(names):
        raise node.error("a provider stands in this list twice")
    return names


def _read_channel_provider(
    node: Node, channel: Channel, providers: Catalog[ProviderSpec], *, adapters: AdapterRegistry | None
) -> str:
    name = providers.name(node)
    adapter = providers.items[name].adapter
    if adapters and channel not in (spoken := adapters.supported_channels(adapter)):
        raise node.error(
            f"{name} is spoken to by {adapter}, which does not carry {channel}, but {join_with_or(spoken)}"
        )
    return name


def _read_cost(node: Node, currency: str | None) -> Decimal:
    amount, unit = read_money(node)
    if currency not in (None, unit):
        raise node.error(f"the shop counts in {currency} (configs/shop.yaml): write the price in {currency}")
    return amount


def read_url(node: Node, environment: Mapping[str, str]) -> str:
    """The address as written, with `${NAME}` and `${NAME:-default}`: the process that calls resolves them.

    Its value here is checked too, if this environment has all variables.
    """
    written = read_text(node)
    if not is_well_formed(written):
        raise node.error(f"{node.said} has a '${{' that is no variable: write ${{NAME}} or ${{NAME:-a default}}")
    address = expand_url(written, environment)
    if address is not None and not URL.match(address):
        raise node.error(f"'{shorten(address)}' is not an address: write one like https://sms.example/send")
    return written


def expand_url(address: str, environment: Mapping[str, str]) -> str | None:
    """The address in this environment; None if a variable is missing."""
    try:
        return expand_variables(address, environment)
    except Rejected:
        return None


def _read_keeps_keys(node: Node, adapter: str | None) -> Duration:
    if adapter == "smtp":
        raise node.error("mail has no keys: a server delivers the same letter twice")
    return read_duration(node)


def read_variable_name(node: Node) -> str:
    """The name of an environment variable."""
    if not VARIABLE_NAME.match(read_text(node)):
        raise node.error("write the name of an environment variable here, like SMS_SECRET, never the secret itself")
    return read_text(node)


def _read_adapter(node: Node, known: AdapterRegistry | None) -> str:
    said = read_text(node)
    if not NAME.match(said) and not known:
        raise node.error(f"{node.said} is not the name of an adapter: write one like http or smtp")
    if known and said not in known.names:
        raise node.error(known.validate(said, None, {})[0].text)
    return said
