"""A map's file → `ImportMap`. Unknown keys are errors, and so is a map that could not be run."""

from __future__ import annotations

import codecs
from hashlib import blake2b
from pathlib import Path

from kaskad.config.import_maps.columns import read_column, read_fields, read_types
from kaskad.config.project_files.formats import read_formats
from kaskad.config.yaml.node import InvalidNode, Node
from kaskad.config.yaml.parser import read_yaml_file
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import enum_member, read_boolean, read_text
from kaskad.config.yaml.time_zones import read_time_zone
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.domain.importing.import_map import (
    Column,
    ConsentColumns,
    FileForm,
    FurtherEvent,
    ImportMap,
    Lines,
)
from kaskad.domain.importing.kinds import ImportKind
from kaskad.domain.values.dialect import Formats

WHO_HINT = "whose row it is: {user_id: the column of the id}"
TIME_HINT = "when it happened: a column"
SCOPE = ("purpose", "channel", "topic", "sender", "text_version", "text_hash", "expires_at")


def read_import_map(path: Path, kind: ImportKind) -> ImportMap:
    """The map in this file, for rows of this kind. Raises InvalidFiles with every problem."""
    problems: list[Problem] = []
    root = read_yaml_file(path, str(path), problems)
    try:
        if root is not None:
            return _read_map(root, path, kind)
    except InvalidNode:
        pass
    raise InvalidFiles(sorted(set(problems)))


def _read_map(root: Node, path: Path, kind: ImportKind) -> ImportMap:
    record = Record(root)
    for_kind = record.get("kind", enum_member("kind", ImportKind), kind)
    found = ImportMap(
        kind=kind,
        path=str(path),
        digest=blake2b(path.read_bytes(), digest_size=16).hexdigest(),
        source=record.get("source", read_text, None),
        file=record.get("file", _read_form, FileForm()),
        formats=record.get("values", read_formats, Formats()),
        zone=record.get("zone", read_time_zone, None),
        who=record.get("who", read_fields, {}),
        id=record.get("id", read_column, None),
        time=record.get("time", read_column, None),
        event=record.get("event", _read_event, None),
        properties=record.get("properties", read_fields, {}),
        types=record.get("properties", read_types, {}),
        others=record.get("others", read_boolean, False),
        lines=record.get("lines", _read_lines, None),
        more=record.get("more", lambda node: node.each(_read_further), ()),
        traits=record.get("traits", read_fields, {}),
        consents=record.get("consents", lambda node: node.each(_read_consent), ()),
    )
    if for_kind not in (None, kind):
        record.error(record.at("kind"), f"this is a map of {for_kind}, not of {kind}")
    _check(record, found)
    record.done()
    return found


def _check(record: Record, found: ImportMap) -> None:
    """Adds a problem for what the kind needs and the map does not say."""
    if found.kind is not ImportKind.PRODUCTS and not found.who:
        record.missing("who", WHO_HINT)
    timed = found.time or all(consent.time for consent in found.consents or () if _can_grant(consent.granted))
    if found.kind in (ImportKind.EVENTS, ImportKind.ORDERS) and not found.time:
        record.missing("time", TIME_HINT)
    if found.consents and not timed:
        record.missing("time", "when the consent was given: a column; without a time it grants nothing")
    if found.kind is ImportKind.EVENTS and not found.event:
        record.missing("event", "its name: a constant {value: product_viewed}, or {column: …, names: {…}}")
    if found.kind is ImportKind.ORDERS and not found.id and "order_id" not in (found.properties or {}):
        record.missing("id", "the column with the number of the order")
    if found.kind is ImportKind.PRODUCTS and "product_id" not in (found.properties or {}):
        record.missing("properties", "at least product_id: the column with the product's number")
    if found.kind is ImportKind.CONSENTS and not found.consents:
        record.missing("consents", "a list: {granted: a column, purpose: …, channel: …}")
    if found.kind is ImportKind.CUSTOMERS and not found.traits and not found.consents:
        record.missing("traits", "what the file tells of customers: {email: the column of the address}")
    for key in ("lines", "more") if found.kind is not ImportKind.ORDERS else ():
        if record.has(key):
            record.error(record.at(key), f"'{key}' is of orders alone", key=True)


def _can_grant(granted: Column) -> bool:
    """Whether a row can say yes by it. Only a yes needs a time: a no without one counts from now."""
    if granted.name is None:
        return granted.constant is not False
    if granted.names is None and granted.filled is None:
        return True
    meant = (*(granted.names or {}).values(), granted.filled, granted.default)
    return any(value not in (False, None) for value in meant)


def _read_form(node: Node) -> FileForm:
    record = Record(node)
    encoding = record.get("encoding", _read_encoding, None)
    delimiter = record.get("delimiter", _read_delimiter, None)
    empty = record.get("empty", lambda it: frozenset(word.casefold() for word in it.each(read_text)), frozenset())
    record.done()
    return FileForm(encoding, delimiter, empty or frozenset())


def _read_encoding(node: Node) -> str:
    try:
        return codecs.lookup(read_text(node)).name
    except LookupError:
        raise node.error(f"{node.said} is no encoding: write one like utf-8, cp1251, utf-16") from None


def _read_delimiter(node: Node) -> str:
    said = {"tab": "\t"}.get(node.value, node.value) if isinstance(node.value, str) else ""
    if len(said) != 1:
        raise node.error(f'one character is needed here, or tab, not {node.said}: write one like ";"')
    return said


def _read_event(node: Node) -> Column:
    """A name of an event, or the column with it."""
    if isinstance(node.value, str):
        return Column(constant=read_text(node))
    return read_column(node)


def _read_lines(node: Node) -> Lines:
    record = Record(node)
    listed = record.get("from", read_column, None)
    fields = record.need("fields", read_fields, "what a line says: {product_id: a column, quantity: …, price: …}")
    record.done()
    return Lines(fields, listed)


def _read_further(node: Node) -> FurtherEvent:
    record = Record(node)
    name = record.need("event", read_text, "the name of the event")
    time = record.need("time", read_column, "the column of its time: without one it did not happen")
    properties = record.get("properties", read_fields, {})
    when = record.get("when", read_column, None)
    record.done()
    return FurtherEvent(name, time, properties, when)


def _read_consent(node: Node) -> ConsentColumns:
    record = Record(node)
    granted = record.need("granted", read_column, "the column that says yes or no: {column: …, names: {…}}")
    fields = {key: record.get(key, read_column, None) for key in SCOPE}
    time = record.get("time", read_column, None)
    record.done()
    return ConsentColumns(granted, {key: column for key, column in fields.items() if column}, time)
