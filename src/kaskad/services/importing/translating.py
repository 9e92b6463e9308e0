"""Rows → events in Segment's format, as a map says. Ingestion reads them: one value means the same everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from kaskad.domain.errors import Rejected
from kaskad.domain.events import IDENTIFY, TRACK
from kaskad.domain.importing.import_map import Column, Fields, FurtherEvent, ImportMap
from kaskad.domain.importing.kinds import ImportKind
from kaskad.domain.rejection import EventRejected, RejectionCode
from kaskad.services.importing.answers import answer_of
from kaskad.services.importing.values import ColumnReader, Getter
from kaskad.services.ingestion.consenting.consents import CONSENT_GIVEN, CONSENT_WITHDRAWN, SCOPE_KEYS, SENDER
from kaskad.services.ingestion.parsing import real_id, snake_case
from kaskad.services.ingestion.refusals import refusal_events

RawEvent = dict[str, Any]
ORDERED, UPDATED, STOCK_CHANGED = "order_completed", "product_updated", "product_stock_changed"
CATALOGUE = "catalogue"  # who tells of products: nobody's id is asked for them
OWN_COLUMNS = "kaskad_"  # columns that a file of rejects has besides: they say why
MAX_ID = 150  # characters of a natural id that is kept as it is
LINES = "products"


class Translator:
    """Translates the rows of one table. `began`: the time of rows that tell none, where they need none."""

    def __init__(self, asked: ImportMap, columns: Sequence[str] | None, began: str) -> None:
        self._map, self._columns, self._began = asked, columns, began
        self._reader = ColumnReader(columns, asked)
        get = self._reader.getter
        self._who = [(kind, get(column)) for kind, column in asked.who.items()]
        self._id = get(asked.id) if asked.id else None
        self._time = get(asked.time) if asked.time else None
        self._event = get(asked.event, strict=True) if asked.event else None
        self._properties = self._fields({key: it for key, it in asked.properties.items() if not it.is_sum})
        self._sums = [(key, self._reader.total(it)) for key, it in asked.properties.items() if it.is_sum]
        self._traits = self._fields(asked.traits)
        self._lines = self._fields(asked.lines.fields) if asked.lines and not asked.lines.listed else []
        self._more = [(more, get(more.time), self._fields(more.properties), self._when(more)) for more in asked.more]
        self._consents = [
            (answer_of(it.granted, self._reader), self._fields(it.fields), get(it.time) if it.time else None)
            for it in asked.consents
        ]
        self._rest = self._other_columns()

    @property
    def lost_consents(self) -> list[str]:
        """The optional columns with answers that the file does not have: nobody's yes or no is read from these."""
        return [
            it.granted.name for it in self._map.consents if it.granted.name and not self._reader.has(it.granted.name)
        ]

    def key(self, fields: Any) -> str:
        """The order that the row belongs to; "" without one."""
        column = self._id or dict(self._properties)["order_id"]
        return real_id(column(fields))

    @property
    def key_place(self) -> int:
        """The place of the order's number among the columns; -1 where it has none of its own."""
        name = (self._map.id or self._map.properties["order_id"]).name
        return self._columns.index(name) if self._columns and name in self._columns else -1

    def translate(self, rows: Sequence[Any]) -> Iterator[RawEvent | EventRejected]:
        """Yields the events that these rows tell, those of an order or of one row, and why they do not tell others."""
        try:
            match self._map.kind:
                case ImportKind.ORDERS:
                    yield from self._order(rows)
                case ImportKind.EVENTS:
                    yield from self._track(rows[0])
                case ImportKind.PRODUCTS:
                    yield from self._product(rows[0])
                case ImportKind.CUSTOMERS:
                    yield from self._profile(rows[0])
                    yield from self._words(rows[0])
                case ImportKind.CONSENTS:
                    yield from self._words(rows[0])
        except EventRejected as refusal:
            yield refusal

    def _order(self, rows: Sequence[Any]) -> Iterator[RawEvent]:
        id_ = self.key(rows[0])
        if not id_:
            raise EventRejected(RejectionCode.BAD_SHAPE, "it has no number of an order")
        who = self._identities(rows[0])
        said = self._first(self._properties, rows) | {"order_id": id_}
        said |= {name: add(rows) for name, add in self._sums}
        if self._lines:
            said[LINES] = [line for fields in rows if (line := _read(self._lines, fields))]
        elif self._map.lines and self._map.lines.listed:
            said[LINES] = self._listed_lines(self._map.lines.listed, self._map.lines.fields, rows[0])
        name = self._event_name(rows[0]) if self._event else ORDERED
        if name is None:
            return
        at = self._needed_time(rows)
        yield self._made(name, who, said, at=at, id_=id_)
        for more, get, fields, when in self._more:
            then = self._reader.cleaner.local(get(rows[0]))
            if then is not None and (when is None or when(rows[0]) is True):
                told = _read(fields, rows[0]) | {"order_id": id_}
                yield self._made(more.name, who, told, at=then, id_=f"{id_}:{more.name}")

    def _track(self, fields: Any) -> Iterator[RawEvent]:
        name = self._event_name(fields)
        if name is None:
            return
        said = _read(self._rest, fields) | _read(self._properties, fields)
        id_ = real_id(self._id(fields)) if self._id else ""
        raw = self._made(name, self._identities(fields), said, at=self._told_time(fields), id_=id_)
        if not refusal_events.find_refusal(raw, snake_case(name)):  # a no counts without a time as well
            if self._id and not id_:
                raise EventRejected(RejectionCode.BAD_MESSAGE_ID, "the column of its id is empty")
            self._needed_time([fields])
        yield raw

    def _event_name(self, fields: Any) -> str | None:
        """The name of the event; None if its word says nothing, by the map. One that says no is a name itself."""
        assert self._event is not None and self._map.event is not None
        try:
            name = self._event(fields)
        except EventRejected:
            name = self._reader.raw(self._map.event)(fields)
            if not refusal_events.says_no(str(name)):
                raise
        if name is None and (self._map.event.name is None or self._reader.raw(self._map.event)(fields) is None):
            raise EventRejected(RejectionCode.BAD_NAME, "it names no event")
        return None if name is None else str(name)

    def _product(self, fields: Any) -> Iterator[RawEvent]:
        said = _read(self._rest, fields) | _read(self._properties, fields)
        stock: RawEvent = {key: said.pop(key) for key in ("stock", "store") if key in said}
        at = self._told_time(fields)
        yield self._dated({"type": TRACK, "event": UPDATED, "userId": CATALOGUE, "properties": said}, at)
        if "stock" in stock:
            told: RawEvent = {"product_id": said.get("product_id"), **stock}
            raw: RawEvent = {"type": TRACK, "event": STOCK_CHANGED, "userId": CATALOGUE, "properties": told}
            yield self._dated(raw, at)

    def _profile(self, fields: Any) -> Iterator[RawEvent]:
        traits = _read(self._rest, fields) | _read(self._traits, fields)
        if traits:
            yield self._dated({"type": IDENTIFY, **self._identities(fields), "traits": traits}, self._told_time(fields))

    def _words(self, fields: Any) -> Iterator[RawEvent | EventRejected]:
        """What the row says of consent. A word that says nothing is none; one that is not understood is rejected."""
        who = self._identities(fields)
        told = []
        for granted, columns, time in self._consents:
            try:
                yes = granted(fields)
            except EventRejected as unclear:
                yield unclear
                continue
            if yes is not None:
                get = time or self._time
                at = self._reader.cleaner.local(get(fields)) if get else None
                told.append((yes, _scope(columns, fields), at))
        refused = [scope for yes, scope, at in told if not yes and at is not None]
        for yes, scope, at in told:
            # The row says how it is by now: whatever the times of both, its no is the last word.
            if yes and any(no.items() <= scope.items() for no in refused):
                continue
            if yes and at is None:
                yield EventRejected(RejectionCode.BAD_TIME, "a consent without a time grants nothing")
                continue
            name = CONSENT_GIVEN if yes else CONSENT_WITHDRAWN
            yield self._dated({"type": TRACK, "event": name, **who, "properties": scope}, at, now_without=False)

    def _made(self, name: str, who: RawEvent, said: RawEvent, *, at: Any, id_: str) -> RawEvent:
        raw = {"type": TRACK, "event": name, **who, "properties": said, "timestamp": at}
        raw["messageId"] = self._message_id(id_ or _digest(raw))
        return raw

    def _dated(self, raw: RawEvent, at: Any, *, now_without: bool = True) -> RawEvent:
        """The event under an id of all that it says, its time if it tells one."""
        raw["timestamp"] = at
        raw["messageId"] = self._message_id(_digest(raw))
        if at is None and now_without:
            raw["timestamp"] = self._began
        return raw

    def _message_id(self, id_: str) -> str:
        return f"{self._map.kind}:{id_ if len(id_) <= MAX_ID else _digest(id_)}"

    def _identities(self, fields: Any) -> RawEvent:
        found: RawEvent = {}
        external = []
        for kind, get in self._who:
            if (value := get(fields)) is None:
                continue
            if kind == "user_id":
                found["userId"] = value
            elif kind == "anonymous_id":
                found["anonymousId"] = value
            else:
                external.append({"type": kind, "id": value})
        if external:
            found["context"] = {"externalIds": external}
        return found

    def _needed_time(self, rows: Sequence[Any]) -> Any:
        assert self._time is not None
        said = next((value for fields in rows if (value := self._time(fields)) is not None), None)
        if said is None:
            raise EventRejected(RejectionCode.BAD_TIME, "it has no time: nobody knows when it happened")
        return self._reader.cleaner.local(said)

    def _told_time(self, fields: Any) -> Any:
        return self._reader.cleaner.local(self._time(fields)) if self._time else None

    def _first(self, getters: Sequence[tuple[str, Getter]], rows: Sequence[Any]) -> RawEvent:
        """The values of an order, each from the first of its rows that has it."""
        found = _read(getters, rows[0])
        if len(found) < len(getters) and len(rows) > 1:
            for fields in rows[1:]:
                found = _read(getters, fields) | found
        return found

    def _listed_lines(self, listed: Column, columns: Fields, fields: Any) -> Any:
        said = self._reader.getter(listed)(fields)
        if isinstance(said, str):
            try:
                said = json.loads(said)
            except ValueError:
                return said  # ingestion says that it is no list
        if not isinstance(said, list):
            return said
        inner = ColumnReader(None, self._map)
        getters = [(key, inner.getter(column)) for key, column in columns.items()]
        return [_read(getters, item) if isinstance(item, dict) else item for item in said]

    def _fields(self, columns: Fields) -> list[tuple[str, Getter]]:
        return [(key, self._reader.getter(column)) for key, column in columns.items()]

    def _when(self, more: FurtherEvent) -> Getter | None:
        return self._reader.getter(more.when) if more.when else None

    def _other_columns(self) -> list[tuple[str, Getter]]:
        """With `others`, every column that the map does not name."""
        if not self._map.others:
            return []
        if self._columns is None:
            raise Rejected(f"{self._map.path}: 'others' needs a file with columns: name those of JSON Lines")
        used = set(named_columns(self._map))
        rest = [name for name in self._columns if name and name not in used and not name.startswith(OWN_COLUMNS)]
        return [(name, self._reader.getter(Column(name))) for name in dict.fromkeys(rest)]


def named_columns(asked: ImportMap) -> list[str]:
    """The columns that the map names, each once."""
    columns = [*asked.who.values(), *asked.properties.values(), *asked.traits.values()]
    columns += [column for column in (asked.id, asked.time, asked.event) if column]
    if asked.lines:
        columns += [asked.lines.listed] if asked.lines.listed else [*asked.lines.fields.values()]
    for more in asked.more:
        columns += [more.time, *more.properties.values(), *([more.when] if more.when else [])]
    for consent in asked.consents:
        columns += [consent.granted, *consent.fields.values(), *([consent.time] if consent.time else [])]
    return list(dict.fromkeys(name for column in columns for name in (column.name, column.per) if name))


def _read(getters: Sequence[tuple[str, Getter]], fields: Any) -> RawEvent:
    return {key: value for key, get in getters if (value := get(fields)) is not None}


def _digest(value: Any) -> str:
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        text = json.dumps(value, sort_keys=True, default=str).encode()
    return blake2b(text, digest_size=16).hexdigest()


def _scope(columns: Sequence[tuple[str, Getter]], fields: Any) -> RawEvent:
    """What the consent is about. What is mapped and empty stays: a grant of it grants nothing, a no means all of it."""
    said = {key: get(fields) for key, get in columns}
    return {key: value or "" for key, value in said.items() if value is not None or key in (*SCOPE_KEYS, SENDER)}
