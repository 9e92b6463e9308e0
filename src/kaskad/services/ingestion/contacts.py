"""Addresses in a profile: given, taken back, or unusable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from kaskad.domain.address_key import address_key
from kaskad.domain.channel import Channel
from kaskad.services.ingestion.named_addresses import is_mailbox

# One phone number serves three channels; receipts show whether Viber knows it.
TRAIT_CHANNELS: Mapping[str, tuple[Channel, ...]] = {
    "email": (Channel.EMAIL,),
    "phone": (Channel.SMS, Channel.VIBER, Channel.CALL),
    "viber": (Channel.VIBER,),
    "webpush": (Channel.WEBPUSH,),
    "push_token": (Channel.PUSH,),
}
PHONE_TRAITS = frozenset({"phone", "viber"})  # which some sources send as numbers
# what programs write for nothing
EMPTY_WORDS = frozenset({"null", "none", "undefined", "nan", "false", "[object object]"})


def collect_traits(traits: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the traits as a profile keeps them, with device, locale and zone from the context."""
    found = {"time_zone" if key == "timezone" else key: value for key, value in traits.items()}
    device = context.get("device")
    if isinstance(device, dict) and "token" in device and (device["token"] or "push_token" not in found):
        found["push_token"] = device["token"]
    for key, name in (("locale", "locale"), ("timezone", "time_zone")):
        if name not in found and isinstance(context.get(key), str):
            found[name] = context[key]
    return found


def read_addresses(traits: Mapping[str, Any]) -> Iterator[tuple[Channel, str | None]]:
    """Yields the address for each channel in the traits; None: it was taken back. Unclear values change nothing."""
    for trait, channels in TRAIT_CHANNELS.items():
        if trait in traits and (said := _read_address(trait, traits[trait])) is not None:
            yield from ((channel, said or None) for channel in channels)


def unclear_traits(traits: Mapping[str, Any]) -> list[str]:
    """Returns the traits whose value is neither an address nor empty."""
    return [trait for trait in TRAIT_CHANNELS if trait in traits and _read_address(trait, traits[trait]) is None]


def _read_address(trait: str, value: Any) -> str | None:
    """Returns the address, "" for an empty value, None if it is neither: an emergency number, a masked mailbox."""
    said = _text_of(trait, value)
    if said and trait == "email" and not is_mailbox(said):
        return None
    return None if said and any(address_key(channel, said) is None for channel in TRAIT_CHANNELS[trait]) else said


def _text_of(trait: str, value: Any) -> str | None:
    """Returns the text of the address; "" for an empty value, None for a value that is no text.

    A text without a letter or a digit counts as empty, and so does a value that any language treats as false.
    """
    if isinstance(value, str):
        return "" if not any(map(str.isalnum, value)) or value.strip().casefold() in EMPTY_WORDS else value
    if not value or value != value:  # 0, false, [], {}; NaN
        return ""
    if (
        trait in PHONE_TRAITS
        and isinstance(value, int | float | Decimal)
        and not isinstance(value, bool)
        and value == int(value)
    ):
        return str(int(value))
    return None
