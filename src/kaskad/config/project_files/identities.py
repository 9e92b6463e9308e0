"""Reads configs/identities.yaml: what says who somebody is, and what joins two customers."""

from __future__ import annotations

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import check_name, integer_between, read_boolean, read_text
from kaskad.domain.identities.rules import DEVICE_KINDS, PREVIOUS_ID, USER_ID, IdentityKind, IdentityRules

MOST = 10_000  # of one kind, of one person
LONGEST = 100  # characters that an id can be asked to have


def read_identities(node: Node) -> IdentityRules:
    """The kinds of identities, strongest first, and values that are nobody's; what is left out is as usual."""
    record = Record(node)
    usual = IdentityRules()
    kinds = record.get("kinds", _read_kinds, usual.kinds)
    none = record.get("none", lambda values: values.each(read_text), usual.none)
    record.done()
    return IdentityRules(kinds=kinds, none=none)


def _read_kinds(node: Node) -> tuple[IdentityKind, ...]:
    nodes = node.mapping()
    if USER_ID not in nodes:
        raise node.error(f"'{USER_ID}' is missing: it is the strongest kind, and comes first")
    names, made_up = list(nodes), ""
    for name, each in nodes.items():
        if name == USER_ID and names[0] != USER_ID:
            raise each.key_error(f"'{USER_ID}' comes first: nothing says better who somebody is")
        if made_up and name not in DEVICE_KINDS:
            raise each.key_error(f"'{name}' comes before '{made_up}': what devices make up is the weakest")
        made_up = made_up or (name if name in DEVICE_KINDS else "")
    found = node.fields(_read_kind)
    return tuple(found.values())


def _read_kind(name: str, node: Node) -> IdentityKind:
    if name == PREVIOUS_ID:
        raise node.key_error(f"'{name}' is what an alias calls a user id or an anonymous id: it is no kind of its own")
    record = Record(node)
    join = record.get("join", read_boolean, True)
    most = record.get("most", integer_between(1, MOST), None)
    min_length = record.get("min_length", integer_between(1, LONGEST), 1)
    if name == USER_ID:
        _refuse(record, "join", "who names a user id is that user: it always joins")
        _refuse(record, "most", "a person has one user id")
    record.done()
    return IdentityKind(
        name=check_name(name, node), join=join, most=1 if name == USER_ID else most, min_length=min_length
    )


def _refuse(record: Record, key: str, why: str) -> None:
    if record.has(key):
        record.error(record.at(key), why, key=True)
