"""configs/providers.yaml and channels.yaml: who carries messages, at what price and pace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kaskad.config.catalog import Catalog
from kaskad.config.node import Node
from kaskad.config.quantities import duration, money, rate
from kaskad.config.record import Record
from kaskad.config.scalars import NAME, text, whole, word
from kaskad.config.success import success
from kaskad.config.wording import either, shortened, unknown
from kaskad.domain.adapters import Adapters, Misfit
from kaskad.domain.addresses import is_well_formed, resolved
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Rejected
from kaskad.domain.model import Duration
from kaskad.domain.shop import ChannelSpec, ProviderSpec

UNKNOWNS = ("never_resend", "resend")
VARIABLE_NAME = re.compile(r"[A-Z_][A-Z0-9_]*\Z")
URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/]\S*\Z")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What files are read with: the environment, and the adapters that there are (None: any may be)."""

    environment: Mapping[str, str]
    adapters: Adapters | None = None


def provider(name: str, node: Node, around: Surroundings) -> ProviderSpec:
    """One entry of providers.yaml. `secret` names an environment variable; the secret itself never stands in a file."""
    record = Record(node)
    adapter = record.need("adapter", lambda it: _adapter(it, around.adapters), "how it is spoken to, like http or smtp")
    url = record.need("url", lambda it: url_of(it, around.environment), "where it is, like https://sms.example/send")
    secret = record.get("secret", variable_name, "")
    keeps_keys = record.get("keeps_keys", lambda it: _kept(it, adapter), Duration())
    options = record.table("options", lambda _, value: value.plain())
    said = record.get("success", lambda it: success(it, adapter), None)
    if around.adapters and adapter is not None and url is not None and options is not None:
        for misfit in around.adapters.misfits(adapter, here(url, around.environment), options):
            _note(record, misfit)
    record.done()
    parts = {"keeps_keys": keeps_keys, "options": options, "success": said}
    return ProviderSpec.model_validate({"name": name, "adapter": adapter, "url": url, "secret_env": secret, **parts})


def _note(record: Record, misfit: Misfit) -> None:
    """Says what the adapter cannot be built with, at the value or the key that is wrong."""
    place = record.at(misfit.at[0])
    for key in misfit.at[1:]:
        place = place.value[key] if isinstance(place.value, dict) and key in place.value else place
    record.wrong(place, misfit.text, key=misfit.key)


def channel(
    name: str, node: Node, providers: Catalog[ProviderSpec], currency: str | None, adapters: Adapters | None
) -> ChannelSpec:
    """One entry of channels.yaml; every price is in the shop's currency (None: any), so that prices compare."""
    if name not in list(Channel):
        raise node.wrong_key(unknown("channel", name, list(Channel)))
    record = Record(node)
    usual = ChannelSpec(channel=Channel(name))
    hint = "who carries it, in failover order, like [sandbox_sms]"
    parts = {
        "providers": ()
        if name == Channel.CALL
        else record.need("providers", lambda it: _carriers(it, Channel(name), providers, adapters), hint),
        "cost": record.need("cost", lambda it: _cost(it, currency), "the price of one message, like 2.00 RUB"),
        "rate": record.get("rate", rate, usual.rate),
        "concurrency": record.get("concurrency", whole(1, 10_000), usual.concurrency),
        "on_unknown": record.get("on_unknown", word("value", UNKNOWNS), usual.on_unknown),
        "deadline": record.get("deadline", duration, usual.deadline),
    }
    record.done()
    return ChannelSpec.model_validate({"channel": name, "currency": currency or usual.currency, **parts})


def _carriers(
    node: Node, channel: Channel, providers: Catalog[ProviderSpec], adapters: Adapters | None
) -> tuple[str, ...]:
    names = node.each(lambda it: _carrier(it, channel, providers, adapters))
    if not names:
        raise node.wrong("at least one provider is needed in the list")
    if len(set(names)) < len(names):
        raise node.wrong("a provider stands in this list twice")
    return names


def _carrier(node: Node, channel: Channel, providers: Catalog[ProviderSpec], adapters: Adapters | None) -> str:
    name = providers.name(node)
    adapter = providers.items[name].adapter
    if adapters and channel not in (spoken := adapters.carries(adapter)):
        raise node.wrong(f"{name} is spoken to by {adapter}, which does not carry {channel}, but {either(spoken)}")
    return name


def _cost(node: Node, currency: str | None) -> Decimal:
    amount, unit = money(node)
    if currency not in (None, unit):
        raise node.wrong(f"the shop counts in {currency} (configs/shop.yaml): write the price in {currency}")
    return amount


def url_of(node: Node, environment: Mapping[str, str]) -> str:
    """The address as it is written, `${NAME}` and `${NAME:-default}` in it: whoever calls resolves them.

    What it is here is checked, where this environment has all that it takes.
    """
    written = text(node)
    if not is_well_formed(written):
        raise node.wrong(f"{node.said} has a '${{' that is no variable: write ${{NAME}} or ${{NAME:-a default}}")
    address = here(written, environment)
    if address is not None and not URL.match(address):
        raise node.wrong(f"'{shortened(address)}' is not an address: write one like https://sms.example/send")
    return written


def here(address: str, environment: Mapping[str, str]) -> str | None:
    """The address in this environment; None where it lacks a variable."""
    try:
        return resolved(address, environment)
    except Rejected:
        return None


def _kept(node: Node, adapter: str | None) -> Duration:
    if adapter == "smtp":
        raise node.wrong("mail has no keys: a server delivers the same letter twice")
    return duration(node)


def variable_name(node: Node) -> str:
    """The name of an environment variable."""
    if not VARIABLE_NAME.match(text(node)):
        raise node.wrong("write the name of an environment variable here, like SMS_SECRET, never the secret itself")
    return text(node)


def _adapter(node: Node, known: Adapters | None) -> str:
    said = text(node)
    if not NAME.match(said) and not known:
        raise node.wrong(f"{node.said} is not the name of an adapter: write one like http or smtp")
    if known and said not in known.names:
        raise node.wrong(known.misfits(said, None, {})[0].text)
    return said
