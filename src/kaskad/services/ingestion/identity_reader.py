"""Reads who an event is about: its ids, in the form in which they are compared, by the shop's kinds of identities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

from kaskad.domain.addresses.address_key import address_key, parse_address
from kaskad.domain.channel import Channel
from kaskad.domain.cleaning import without_blanks
from kaskad.domain.identities.rules import DEVICE, EMAIL, PHONE, PREVIOUS_ID, USER_ID, Identity, IdentityRules
from kaskad.domain.journeys.project import Project
from kaskad.domain.rejection import RejectionCode
from kaskad.domain.values.placeholders import is_placeholder
from kaskad.services.ingestion import event_limits
from kaskad.services.ingestion.parsing import id_of, snake_case
from kaskad.services.ingestion.refusals.named_addresses import is_mailbox

LARGEST = 1e18  # of numbers that are read as ids
USUAL = 100  # characters: so long an id fits into an index, whatever is in it
KEPT = 20_000  # ids
OF_TRAITS = ("card", EMAIL, PHONE)  # traits that say who somebody is, if their kind joins
CHANNELS = {EMAIL: Channel.EMAIL, PHONE: Channel.SMS}  # kinds that are compared as addresses are
# what sources call these kinds in `externalIds`, by letters alone
KNOWN_AS = {
    **dict.fromkeys(("e_mail", "mail", "email_address"), EMAIL),
    **dict.fromkeys(("phone_number", "mobile", "mobile_phone", "msisdn", "tel", "telephone"), PHONE),
    **dict.fromkeys(("userid",), USER_ID),
    **dict.fromkeys(("loyalty_card", "card_number"), "card"),
    **dict.fromkeys(("anonymousid",), "anonymous_id"),
    **dict.fromkeys(("device_id",), DEVICE),
}


_latest: list[tuple[Project, IdentityReader]] = []


def identity_reader_of(project: Project) -> IdentityReader:
    """Returns the reader by the project's files; it is made once for all requests."""
    for known, reader in _latest:
        if known is project:
            return reader
    reader = IdentityReader(project.identities, project.shop.home)
    _latest[:] = [(project, reader)]
    return reader


class IdentityReader:
    """Reads the ids of events. `region` is the shop's country: numbers without one are of it."""

    def __init__(self, rules: IdentityRules, region: str | None) -> None:
        self._rules, self._region = rules, region
        self._keys: dict[tuple[str, str], str] = {}  # of ids that were told lately: those of a visitor come again
        self._traits = tuple(trait for trait in OF_TRAITS if rules.joins(trait))
        self._device = rules.joins(DEVICE)

    def read(
        self, raw: Mapping[str, Any], traits: Mapping[str, Any], context: Mapping[str, Any], *, by_address: bool = False
    ) -> tuple[Identity, ...]:
        """Returns the event's identities, each once. Raises EventRejected if one is too long.

        An opt-out that names nobody but an address (`by_address`) is about all who have it, and has no identities.
        """
        if by_address and not self.read(raw, {}, context):
            return ()
        found = dict.fromkeys(
            (kind, key) for kind, said in self._told(raw, traits, context) if (key := self._key(kind, said))
        )
        for kind, key in found:
            if len(kind) > USUAL or len(key) > USUAL:
                event_limits.check_length("externalIds.type", kind)
                event_limits.check_length(kind, key)
        return tuple(found) if any(kind != PREVIOUS_ID for kind, _ in found) else ()

    def remark(self, raw: Mapping[str, Any], *, is_no: bool) -> Iterator[tuple[RejectionCode, str]]:
        """Yields a remark on what stands in place of an id: whom a withdrawal meant perhaps still gets messages."""
        traits, context = raw.get("traits"), raw.get("context")
        card = {"card": traits.get("card")} if isinstance(traits, dict) else {}
        told = self._told(raw, card, context if isinstance(context, dict) else {})
        if nobodys := [(kind, said) for kind, said in told if not self._key(kind, said)]:
            text = ", ".join(f"{kind} {said!r:.60}" for kind, said in nobodys[: event_limits.MAX_TOLD])
            code = RejectionCode.WITHDRAWAL_LOST if is_no else RejectionCode.ID_UNCLEAR
            yield code, f"nobody's id, so it was left out: {text}"

    def describe_refused(self, raw: Mapping[str, Any], traits: Mapping[str, Any], context: Mapping[str, Any]) -> str:
        """Returns what stands where an event names its customer and is no id, in words; "" if nothing stands there."""
        told = [(kind, said) for kind, said in self._told(raw, traits, context) if not self._key(kind, said)]
        shapes = [(key, raw.get(key)) for key in ("userId", "anonymousId")]
        shapes += [(f"traits.{trait}", traits.get(trait)) for trait in self._traits]
        external = context.get("externalIds")
        listed = external if isinstance(external, list) else []
        odd: list[tuple[str, Any]] = []
        if external is not listed and external is not None:
            odd.append(("context.externalIds, which is no list,", external))
        odd += [(key, value) for key, value in shapes if value not in (None, "") and not _text(value)]
        odd += [("context.externalIds", one) for one in listed if not _is_named(one)]
        return ", ".join(f"{key} {value!r:.60}" for key, value in [*told, *odd][: event_limits.MAX_TOLD])

    def _told(
        self, raw: Mapping[str, Any], traits: Mapping[str, Any], context: Mapping[str, Any]
    ) -> Iterator[tuple[str, str]]:
        """Yields each id as it was told, with its kind."""
        if said := _text(raw.get("userId")):
            yield USER_ID, said
        if raw.get("type") == "alias" and (said := _text(raw.get("previousId"))):
            yield PREVIOUS_ID, said
        external = context.get("externalIds")
        for one in external if isinstance(external, list) else ():
            if _is_named(one):
                yield self._kind(one["type"]), _text(one.get("id"))
        for trait in self._traits:
            if trait in traits and (said := _text(traits[trait])):
                yield trait, said
        device = context.get("device") if self._device else None
        if isinstance(device, dict) and (said := _text(device.get("id"))):
            yield DEVICE, said
        if said := _text(raw.get("anonymousId")):
            yield "anonymous_id", said

    def _kind(self, told: str) -> str:
        """Returns the kind that a source's word means; one that the shop does not know stays as it was told."""
        bare = without_blanks(told)
        if bare in self._rules.by_name or len(bare) > event_limits.MAX_KEY_LENGTH:
            return bare
        name = snake_case(bare)
        name = KNOWN_AS.get(name, name)
        return name if name in self._rules.by_name else bare

    def _key(self, kind: str, said: str) -> str:
        """Returns the id as it is compared; "" for one that is nobody's."""
        if len(said) > USUAL or len(kind) > USUAL:
            return self._read(kind, said)
        key = self._keys.get((kind, said))
        if key is None:
            if len(self._keys) >= KEPT:
                self._keys.clear()
            key = self._keys[kind, said] = self._read(kind, said)
        return key

    def _read(self, kind: str, said: str) -> str:
        if is_placeholder(said) or self._rules.is_none(kind, said):
            return ""
        if kind not in CHANNELS:
            return said
        if kind == EMAIL and not is_mailbox(said):
            return ""
        address = parse_address(CHANNELS[kind], said, self._region)
        return (address_key(CHANNELS[kind], address) if address else None) or ""


def _is_named(one: Any) -> bool:
    """Returns whether an external id has a type and an id that can be read."""
    kind = one.get("type") if isinstance(one, dict) else None
    return isinstance(kind, str) and bool(without_blanks(kind)) and bool(_text(one.get("id")))


def _text(value: Any) -> str:
    if isinstance(value, float | Decimal) and isfinite(value) and abs(float(value)) < LARGEST and value == int(value):
        return str(int(value))  # 77.0 is what a spreadsheet makes of 77
    return id_of(value)
