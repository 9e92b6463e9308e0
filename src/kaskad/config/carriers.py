"""configs/providers.yaml and channels.yaml: who carries messages, at what price and pace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from kaskad.config.catalog import Catalog
from kaskad.config.node import Node
from kaskad.config.quantities import duration, money, rate
from kaskad.config.record import Record
from kaskad.config.scalars import NAME, text, whole, word
from kaskad.config.wording import shortened, unknown
from kaskad.domain.channel import Channel
from kaskad.domain.model import Duration
from kaskad.domain.shop import ChannelSpec, ProviderSpec

UNKNOWNS = ("never_resend", "resend")
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
VARIABLE_NAME = re.compile(r"[A-Z_][A-Z0-9_]*\Z")
URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/]\S*\Z")


def provider(name: str, node: Node, environment: Mapping[str, str]) -> ProviderSpec:
    """One entry of providers.yaml. `secret` names an environment variable; the secret itself never stands in a file."""
    record = Record(node)
    adapter = record.need("adapter", _adapter, "how it is spoken to, like http or smtp")
    url = record.need("url", lambda it: url_of(it, environment), "where it is, like https://sms.example/send")
    secret = record.get("secret", variable_name, "")
    keeps_keys = record.get("keeps_keys", lambda it: _kept(it, adapter), Duration())
    options = record.table("options", lambda _, value: value.plain())
    record.done()
    return ProviderSpec(name=name, adapter=adapter, url=url, secret_env=secret, keeps_keys=keeps_keys, options=options)


def channel(name: str, node: Node, providers: Catalog[ProviderSpec], currency: str | None) -> ChannelSpec:
    """One entry of channels.yaml; every price is in the shop's currency (None: any), so that prices compare."""
    if name not in list(Channel):
        raise node.wrong_key(unknown("channel", name, list(Channel)))
    record = Record(node)
    usual = ChannelSpec(channel=Channel(name))
    hint = "who carries it, in failover order, like [sandbox_sms]"
    parts = {
        "providers": ()
        if name == Channel.CALL
        else record.need("providers", lambda it: _carriers(it, providers), hint),
        "cost": record.need("cost", lambda it: _cost(it, currency), "the price of one message, like 2.00 RUB"),
        "rate": record.get("rate", rate, usual.rate),
        "concurrency": record.get("concurrency", whole(1, 10_000), usual.concurrency),
        "on_unknown": record.get("on_unknown", word("value", UNKNOWNS), usual.on_unknown),
        "deadline": record.get("deadline", duration, usual.deadline),
    }
    record.done()
    return ChannelSpec.model_validate({"channel": name, "currency": currency or usual.currency, **parts})


def _carriers(node: Node, providers: Catalog[ProviderSpec]) -> tuple[str, ...]:
    names = node.each(providers.name)
    if not names:
        raise node.wrong("at least one provider is needed in the list")
    if len(set(names)) < len(names):
        raise node.wrong("a provider stands in this list twice")
    return names


def _cost(node: Node, currency: str | None) -> Decimal:
    amount, unit = money(node)
    if currency not in (None, unit):
        raise node.wrong(f"the shop counts in {currency} (configs/shop.yaml): write the price in {currency}")
    return amount


def url_of(node: Node, environment: Mapping[str, str]) -> str:
    """The address, with `${NAME}` and `${NAME:-default}` taken from the environment."""

    def value(found: re.Match[str]) -> str:
        said = environment.get(found[1]) or found[2]
        if said is None:
            raise node.wrong(f"the environment has no {found[1]}: set it, or write ${{{found[1]}:-a default}}")
        return said

    address = VARIABLE.sub(value, text(node))
    if not URL.match(address):
        raise node.wrong(f"'{shortened(address)}' is not an address: write one like https://sms.example/send")
    return address


def _kept(node: Node, adapter: str | None) -> Duration:
    if adapter == "smtp":
        raise node.wrong("mail has no keys: a server delivers the same letter twice")
    return duration(node)


def variable_name(node: Node) -> str:
    """The name of an environment variable."""
    if not VARIABLE_NAME.match(text(node)):
        raise node.wrong("write the name of an environment variable here, like SMS_SECRET, never the secret itself")
    return text(node)


def _adapter(node: Node) -> str:
    said = text(node)
    if not NAME.match(said):
        raise node.wrong(f"{node.said} is not the name of an adapter: write one like http or smtp")
    return said
