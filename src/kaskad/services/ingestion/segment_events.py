"""Incoming events in Segment's format, each parsed and checked alone. Nothing is stored here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from kaskad.domain.cart import SNAPSHOT
from kaskad.domain.errors import Rejected
from kaskad.domain.events import IDENTIFY, TRACK
from kaskad.domain.journeys.project import Project
from kaskad.domain.rejection import EventRejected, RejectionCode
from kaskad.domain.values.instants import LATEST, read_instant
from kaskad.domain.values.zones import read_zone
from kaskad.services.ingestion import contacts, event_limits, order_words, parsing, property_types
from kaskad.services.ingestion.consenting import consents
from kaskad.services.ingestion.event_context import CALL_EVENTS, CONTEXT, read_call
from kaskad.services.ingestion.event_vocabulary import UNTYPED_EVENTS, dialect_of, vocabulary_of
from kaskad.services.ingestion.identity_reader import identity_reader_of
from kaskad.services.ingestion.message_ids import MessageIds
from kaskad.services.ingestion.parsing import get_object, snake_case, snake_keys
from kaskad.services.ingestion.property_types import TypedProperties
from kaskad.services.ingestion.refusals import refusal_events, withdrawals
from kaskad.services.ingestion.refusals.refusal_words import Refusal

BATCH_EVENTS = 2_500
# less is the time of the request itself; corrected by it, batches would change their order
SKEW_TOLERANCE = timedelta(seconds=5)
EARLIEST_NO = datetime(2010, 1, 1, tzinfo=UTC)  # an earlier one was dated by a clock that is not set: it counts as now
RESERVED_EVENTS = frozenset({IDENTIFY, "back_in_stock", "price_drop", "low_stock"})  # raised here, never tracked
__all__ = ["BATCH_EVENTS", "EventRemark", "IncomingEvent", "ParsedRequest", "parse_request", "read_batch"]


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """One event: who, what, when. `identities` are the customer's ids in the source, strongest first."""

    message_id: str
    name: str
    identities: tuple[tuple[str, str], ...]
    occurred_at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    refusal: Refusal | None = None  # the event contains an opt-out; then `identities` may be empty
    index: int = field(default=0, compare=False)  # its place in the request
    spoiled: tuple[str, ...] = ()  # the names of properties that could not be read: `total`, `products.price`
    unread: str = ""  # what was said in their place
    instants: Mapping[str, datetime] = field(default_factory=dict)  # of traits: dates told as instants, without a zone
    says_nothing: bool = False  # a cart without its lines: nothing changes


@dataclass(frozen=True, slots=True)
class EventRemark:
    """What its source must know about the event at that place: why it was rejected, or what is odd if `stored`."""

    index: int
    code: RejectionCode
    detail: str
    stored: bool = False


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """One request: the events to store, and remarks on these and on others. `skew` is its clock's."""

    events: Sequence[IncomingEvent]
    remarks: Sequence[EventRemark] = ()
    raw: Sequence[Any] = ()
    skew: timedelta = timedelta(0)


def parse_request(payload: Any, machine_now: datetime, project: Project, *, source: str = "") -> ParsedRequest:
    """Parses each event of one request, a batch or a single one, alone. Clock skew is corrected by `sentAt`.

    Raises Rejected only if the request contains no events at all.
    """
    if not isinstance(payload, dict):
        raise Rejected("the body must be a JSON object")
    raw = payload.get("batch", [payload])
    if not isinstance(raw, list) or len(raw) > BATCH_EVENTS:
        raise Rejected(f"'batch' must be a list of at most {BATCH_EVENTS} events")
    sent_at = read_instant(payload.get("sentAt"))
    skew = machine_now - sent_at if sent_at else timedelta(0)
    reader = _EventParser(source, machine_now, timedelta(0) if abs(skew) < SKEW_TOLERANCE else skew, project=project)
    events, remarks = [], list[EventRemark]()
    for index, raw_event in enumerate(raw):
        try:
            event, odd = reader.read(raw_event, index)
        except EventRejected as refusal:
            remarks.append(EventRemark(index, refusal.code, str(refusal)))
            continue
        events += [*_meant(event), event]
        remarks += [EventRemark(index, code, detail, stored=True) for code, detail in odd]
    return ParsedRequest(events, remarks, raw, skew)


def read_batch(payload: Any, machine_now: datetime, project: Project) -> list[IncomingEvent]:
    """Returns the events of a request in which every one must be valid. Raises Rejected for the first that is not."""
    judged = parse_request(payload, machine_now, project)
    for remark in judged.remarks:
        if not remark.stored or remark.code is RejectionCode.BAD_TIME:  # a script has no time but its own
            raise Rejected(f"batch[{remark.index}]: {remark.detail}")
    return list(judged.events)


class _EventParser:
    """Parses the events of one request."""

    def __init__(self, source: str, machine_now: datetime, skew: timedelta, *, project: Project) -> None:
        self._source, self._now, self._skew = source, machine_now, skew
        self._topics, self._senders = project.topics, project.senders
        self._region = project.shop.home
        self._own = project.events.keys()
        self._words, self._dialect = vocabulary_of(project), dialect_of(project, source)
        self._ids = MessageIds(source, machine_now, self._dialect)
        self._identities = identity_reader_of(project)

    def read(self, raw: Any, index: int) -> tuple[IncomingEvent, list[tuple[RejectionCode, str]]]:
        """Returns the event, and what is odd in it. Raises EventRejected."""
        if not isinstance(raw, dict):
            raise EventRejected(RejectionCode.NOT_AN_EVENT, "it must be an object")
        if raw.get("timestamp") is None and (since := raw.get("originalTimestamp")) is not None:
            raw = {**raw, "timestamp": since}  # what some clients send alone
        name = self._name(raw.get("event"))
        no = refusal_events.find_refusal(raw, name)
        erasing = no is not None and refusal_events.asks_to_be_erased(raw.get("event"))
        granting = no is not None and name == consents.CONSENT_GIVEN
        if no and (granting or (name not in self._own and refusal_events.says_no(raw.get("event")))):
            raw, name = refusal_events.to_withdrawal(raw, no), consents.CONSENT_WITHDRAWN
        kind = TRACK if name == consents.CONSENT_WITHDRAWN else parsing.read_kind(raw)
        odd: list[tuple[RejectionCode, str]] = list(withdrawals.odd_ids(raw)) if no else []
        odd += self._identities.remark(raw, is_no=no is not None)
        if erasing:
            told = "it asks for erasure: all consents were taken back, nothing was erased; `kaskad forget` does that"
            odd.append((RejectionCode.WITHDRAWAL_WIDENED, told))
        if granting:
            odd.append((RejectionCode.GRANT_UNCLEAR, "it says no: nothing was granted, what it names was taken back"))
        try:
            event = self._event(raw, kind, index, no=no)
        except EventRejected as refusal:
            if not no or refusal.code is RejectionCode.WITHDRAWAL_LOST:
                raise
            own = self._ids.own(raw, mend=True) or self._ids.derive(raw, takes_back=True)
            if name == consents.CONSENT_WITHDRAWN:
                event = self._event(
                    withdrawals.repair_withdrawal(raw, raw.get("properties"), self._dialect), TRACK, index, no=no
                )
            else:
                event = self._repaired(raw, kind, no, index=index)
            event = replace(event, message_id=own)
            odd.append((refusal.code, f"the withdrawal counts, what is wrong in it was left out: {refusal}"))
        return event, odd + list(self._unclear(event))

    def _repaired(self, raw: Mapping[str, Any], kind: str, no: Refusal, *, index: int) -> IncomingEvent:
        """Returns the valid parts of an event that contains an opt-out; it withdraws only what was understood.

        A profile stays a profile, unless its time is unknown.
        """
        if kind == IDENTIFY and (raw.get("timestamp") is None or read_instant(raw.get("timestamp"), self._dialect)):
            try:
                return self._event(withdrawals.profile(raw, self._dialect), IDENTIFY, index, no=no)
            except EventRejected:  # too large, although each part fits
                pass
        said = raw.get("properties") if kind == TRACK else None
        words = no.words[0] if said is None or isinstance(said, dict) else said
        event = self._event(withdrawals.repair_withdrawal(raw, words, self._dialect), TRACK, index, no=no)
        return replace(event, refusal=replace(no, words=(event.properties, *no.words[1:])))

    def _event(self, raw: Mapping[str, Any], kind: str, index: int, *, no: Refusal | None) -> IncomingEvent:
        event_limits.check_event(raw)
        message_id, name = self._ids.own(raw), self._checked_name(raw, kind)
        context = get_object(raw, "context")
        called = kind in CALL_EVENTS
        said = read_call(kind, raw, context) if called else snake_keys(get_object(raw, "properties"))
        properties = order_words.read_words(name, said, self._words.kinds.get(name, {}), dialect=self._dialect)
        event_limits.check_properties(properties, self._words.amounts.get(name, event_limits.AMOUNT_KEYS))
        own = {} if called else get_object(raw, "traits")  # those of a group are not its members'
        traits = snake_keys(own or get_object(context, "traits"))
        typed, profile = self._typed(name, properties, traits, context=context)
        return IncomingEvent(
            message_id=message_id
            or self._ids.derive(raw, takes_back=bool(no) or _is_withdrawal(name, traits, context)),
            name=SNAPSHOT if name == "cart_updated" else name,
            identities=self._identities.read(raw, traits, context, by_address=bool(no and no.addresses))
            or _nobody(no, self._identities.describe_refused(raw, traits, context)),
            occurred_at=self._occurred_at(raw.get("timestamp"), name),
            properties=typed.values,
            traits=profile.values,
            context=context,
            refusal=replace(no, words=(properties,)) if no and name == consents.CONSENT_WITHDRAWN else no,
            index=index,
            spoiled=(*typed.spoiled, *profile.spoiled),
            unread="; ".join(part.describe() for part in (typed, profile) if part.spoiled),
            says_nothing=order_words.is_cart_without_lines(name, typed),
            instants=profile.instants,
        )

    def _typed(
        self, name: str, properties: Mapping[str, Any], traits: Mapping[str, Any], *, context: Mapping[str, Any]
    ) -> tuple[TypedProperties, TypedProperties]:
        """Returns the properties and the traits by their types. The day of an instant is the customer's own."""
        told = (traits.get("time_zone"), traits.get("timezone"), context.get("timezone"))
        own = next(filter(None, map(read_zone, told)), None)
        typed = property_types.read_properties(properties, self._words.kinds.get(name, {}), self._dialect, zone=own)
        order_words.settle(name, typed)
        if CONTEXT in typed.values and name not in UNTYPED_EVENTS:
            typed.spoiled[CONTEXT] = typed.values.pop(CONTEXT)
        tomorrow = (self._now + timedelta(days=1)).date()  # it may be tomorrow already where the customer is
        profile = property_types.read_traits(traits, self._words.attributes, self._dialect, zone=own, today=tomorrow)
        if name == IDENTIFY and own is None and told[-1]:
            profile.spoiled["context.timezone"] = told[-1]
        return typed, profile

    def _checked_name(self, raw: Mapping[str, Any], kind: str) -> str:
        name = self._name(raw.get("event") if kind == TRACK else CALL_EVENTS.get(kind, IDENTIFY))
        if name is None:
            raise EventRejected(
                RejectionCode.BAD_NAME, f"'event' must name the event, in 1 to {event_limits.MAX_CHARACTERS} characters"
            )
        if kind == TRACK and name in RESERVED_EVENTS:
            raise EventRejected(RejectionCode.BAD_NAME, f"'{name}' is no event that can be tracked")
        return name

    def _name(self, event: Any) -> str | None:
        """Returns the event's name in the shop's own terms; None if it has none."""
        if not isinstance(event, str) or not 1 <= len(event) <= event_limits.MAX_CHARACTERS:
            return None
        return self._words.names.get(event) or self._words.names.get(snake := snake_case(event), snake)

    def _occurred_at(self, said: Any, name: str) -> datetime:
        """Returns the time of the event, now without one. A withdrawal then gets the time of the common clock."""
        at = parsing.parse_time(said, self._dialect)
        withdrawn = name == consents.CONSENT_WITHDRAWN
        if at is None or (withdrawn and at < EARLIEST_NO):
            return LATEST if withdrawn else self._now
        return at + self._skew

    def _unclear(self, event: IncomingEvent) -> Iterator[tuple[RejectionCode, str]]:
        if event.spoiled:
            yield RejectionCode.SPOILED, event.unread
        if event.says_nothing:
            yield RejectionCode.CART_UNCLEAR, "it names no lines ('products'); what was in the cart before still is"
        if event.name in (consents.CONSENT_GIVEN, consents.CONSENT_WITHDRAWN):
            unclear = consents.parse_consent(
                event.name, event.properties, self._topics, context=event.context, senders=self._senders
            ).unclear
            may_be = consents.possible(unclear, self._topics)
            if unclear and event.name == consents.CONSENT_WITHDRAWN:
                yield (
                    RejectionCode.WITHDRAWAL_WIDENED,
                    f"not known: {', '.join(unclear)}; the widest was taken back{may_be}",
                )
            elif unclear:
                yield RejectionCode.GRANT_UNCLEAR, f"not known: {', '.join(unclear)}; nothing was granted{may_be}"
        elif event.name == IDENTIFY:
            traits = contacts.collect_traits(event.traits, event.context)
            for trait in contacts.unclear_traits(traits, region=self._region):
                yield RejectionCode.CONTACT_UNCLEAR, f"'{trait}' is no address; what was known before still holds"


def _meant(event: IncomingEvent) -> Iterator[IncomingEvent]:
    """Yields the order's cancellation or return if this is the status that means it; the status stays what it is.

    It undoes all of the order: the money and the lines beside a status are the order's own.
    """
    name = order_words.undoing(event.name, event.properties)
    if name and event.properties.get("order_id"):
        kept = {key: event.properties[key] for key in ("order_id", "place") if key in event.properties}
        yield IncomingEvent(
            message_id=event.message_id + order_words.DERIVED_SUFFIX,
            name=name,
            identities=event.identities,
            occurred_at=event.occurred_at,
            properties=kept,
            index=event.index,
        )


def _nobody(no: Refusal | None, refused: str) -> tuple[tuple[str, str], ...]:
    """Returns no ids, which is enough for an opt-out by address. Raises EventRejected for all else without ids.

    `refused` is what it has in place of one.
    """
    if no and no.addresses:
        return ()
    told = f"; no id is {refused}" if refused else ""
    if no:
        detail = f"it says no, and names nobody: give userId, anonymousId or an address{told}"
        raise EventRejected(RejectionCode.WITHDRAWAL_LOST, detail)
    raise EventRejected(
        RejectionCode.NOBODY,
        "it names nobody: give userId, anonymousId or context.externalIds; "
        + (f"no id is {refused}" if refused else "'undefined' and the like are no ids"),
    )


def _is_withdrawal(name: str, traits: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """Returns whether it withdraws a consent or a contact: doing so twice is harmless, to miss it once is not."""
    if name != IDENTIFY:
        return name == consents.CONSENT_WITHDRAWN
    return contacts.takes_back(contacts.collect_traits(traits, context))
