"""Addresses in a profile: given, taken back, or unusable."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from kaskad.domain.addresses.address_key import parse_address
from kaskad.domain.channel import Channel
from kaskad.domain.values.zones import read_zone
from kaskad.services.ingestion.refusals.named_addresses import is_mailbox

# One phone number serves three channels; receipts show whether Viber knows it.
TRAIT_CHANNELS: Mapping[str, tuple[Channel, ...]] = {
    "email": (Channel.EMAIL,),
    "phone": (Channel.SMS, Channel.VIBER, Channel.CALL),
    "viber": (Channel.VIBER,),
    "webpush": (Channel.WEBPUSH,),
    "push_token": (Channel.PUSH,),
}
DEVICE_TRAITS = frozenset({"webpush", "push_token"})  # a customer has several of each
PHONE_TRAITS = frozenset({"phone", "viber"})  # which some sources send as numbers
# what programs write for nothing, also in quotes or brackets: "(null)", "<null>"
EMPTY_WORDS = frozenset({"null", "none", "nil", "undefined", "nan", "false", "n/a", "object object", r"\n"})
AROUND_WORDS = " \t\r\n\"'`()<>[]{}"


def collect_traits(traits: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the traits as a profile keeps them, with device, locale and zone from the context."""
    found = {"time_zone" if key == "timezone" else key: value for key, value in traits.items()}
    device = context.get("device")
    if isinstance(device, dict) and "token" in device and (device["token"] or "push_token" not in found):
        found["push_token"] = device["token"]
    if "locale" not in found and isinstance(context.get("locale"), str):
        found["locale"] = context["locale"]
    if "time_zone" not in found and (zone := read_zone(context.get("timezone"))):
        found["time_zone"] = zone
    return found


def read_addresses(traits: Mapping[str, Any], *, region: str | None) -> Iterator[tuple[Channel, str | None]]:
    """Yields the address for each channel in the traits, as it is sent to; None: it was taken back.

    Values that are neither change nothing. `region` is the shop's country. Devices are not among them.
    """
    yield from _read(traits, TRAIT_CHANNELS.keys() - DEVICE_TRAITS, region)


def read_devices(traits: Mapping[str, Any]) -> Iterator[tuple[Channel, str | None]]:
    """Yields the token or subscription of each device in the traits; None: all of that channel were taken back."""
    yield from _read(traits, DEVICE_TRAITS, None)


def takes_back(traits: Mapping[str, Any]) -> bool:
    """Returns whether the traits take back an address or a device."""
    return any(trait in traits and _text_of(trait, traits[trait]) == "" for trait in TRAIT_CHANNELS)


def _read(traits: Mapping[str, Any], of: Collection[str], region: str | None) -> Iterator[tuple[Channel, str | None]]:
    for trait, channels in TRAIT_CHANNELS.items():
        if trait in of and trait in traits and (said := _read_address(trait, traits[trait], region)) is not None:
            yield from ((channel, said or None) for channel in channels)


def unclear_traits(traits: Mapping[str, Any], *, region: str | None) -> list[str]:
    """Returns the traits whose value is neither an address nor empty."""
    return [
        trait for trait in TRAIT_CHANNELS if trait in traits and _read_address(trait, traits[trait], region) is None
    ]


def _read_address(trait: str, value: Any, region: str | None) -> str | None:
    """Returns the address, "" for an empty value, None if it is neither: an emergency number, a masked mailbox."""
    said = _text_of(trait, value)
    if not said:
        return said
    if trait == "email" and not is_mailbox(said):
        return None
    return parse_address(TRAIT_CHANNELS[trait][0], said, region)


def _text_of(trait: str, value: Any) -> str | None:
    """Returns the text of the address; "" for an empty value, None for a value that is no text.

    A text without a letter or a digit counts as empty, and so does a value that any language treats as false.
    """
    if isinstance(value, str):
        nothing = not any(map(str.isalnum, value)) or value.strip(AROUND_WORDS).casefold() in EMPTY_WORDS
        return "" if nothing else value
    if not value or value != value:  # 0, false, [], {}; NaN
        return ""
    if trait == "webpush" and isinstance(value, dict) and isinstance(value.get("endpoint"), str):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str) if value["endpoint"] else ""
    if (
        trait in PHONE_TRAITS
        and isinstance(value, int | float | Decimal)
        and not isinstance(value, bool)
        and value == int(value)
    ):
        return str(int(value))
    return None
