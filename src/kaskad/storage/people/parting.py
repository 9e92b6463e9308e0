"""Whose the addresses and memberships of a person are, once a part of the person is somebody else again.

Of each channel, device or journey a person has one row. A merge kept the better one; it wrote down those of both. A
split takes away what the parted one brought, as if that merge had never been: later merges are worked out anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString

Row = Mapping[str, Any]
Key = tuple[Any, ...]
Rows = dict[Key, Row]
CLOSED = ("dead", "stopped")  # what nothing is sent to, whoever has it
ALL = ""  # in place of a device's key: when all were taken back


@dataclass(frozen=True, slots=True)
class Kept:
    """A table of which a customer has one row for each key; `mark` tells whose row it is that stands there.

    `is_better` says whether a row stands in place of another one when two customers become one.
    """

    table: LiteralString
    key: tuple[str, ...]
    mark: tuple[str, ...]
    is_better: Callable[[Row, Row], bool]
    address: str | None = None

    def by_key(self, rows: Iterable[Row]) -> Rows:
        """The rows by their key."""
        return {tuple(row[column] for column in self.key): row for row in rows}

    def is_same(self, one: Row | None, other: Row | None) -> bool:
        """Whether both are the same word."""
        return one is not None and other is not None and all(one[column] == other[column] for column in self.mark)


@dataclass(frozen=True, slots=True)
class Two:
    """The rows of the one who was merged, and of the other one, before a merge."""

    theirs: Rows
    others: Rows


@dataclass(frozen=True, slots=True)
class Later:
    """A merge that came after the one that is undone, with the rows of both as it found them."""

    person: Rows  # of whom the parted one was a part
    other: Rows
    person_stands: bool


@dataclass(frozen=True, slots=True)
class Parted:
    """The rows of the person who is left, and of the one who parted; `later` are those that later merges found."""

    left: Rows
    gone: Rows
    later: list[Rows] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """An address of the channel was taken back, by this word."""

    channel: str
    at: datetime
    message_id: str
    source: str


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _word(row: Row) -> tuple[datetime, str]:
    return _time(row["updated_at"]), row["message_id"]


def kept_tables(public: Collection[str]) -> tuple[Kept, ...]:
    """The tables; `public` are the sources that change no address that another source told."""

    def is_later_contact(new: Row, old: Row) -> bool:
        ranks = [(row.get("source") not in public, _word(row)) for row in (new, old)]
        return ranks[0] > ranks[1]

    return (
        Kept("contact", ("channel",), ("updated_at", "message_id"), is_later_contact, "address_key"),
        Kept(
            "device",
            ("channel", "address_key"),
            ("updated_at", "message_id"),
            lambda new, old: _word(new) > _word(old),
            "address_key",
        ),
        Kept("confirmed_address", ("channel", "address"), ("message_id",), lambda new, old: False, "address"),
        Kept("segment_member", ("journey",), ("since",), lambda new, old: _time(new["since"]) < _time(old["since"])),
        Kept(
            "past_entry",
            ("journey",),
            ("entered_at",),
            lambda new, old: _time(new["entered_at"]) > _time(old["entered_at"]),
        ),
    )


def part(kept: Kept, now: Rows, before: Two, *, later: Sequence[Later]) -> Parted:
    """The rows of both after a split; `before` is how they were before the merge, `now` is how the person is."""
    theirs, own, found = before.theirs, before.others, list[Rows]()
    for merge in later:
        person = _without(kept, merge.person, theirs=theirs, own=own)
        found.append(person)
        own = _joined(kept, person, merge.other) if merge.person_stands else _joined(kept, merge.other, person)
    left = _without(kept, now, theirs=theirs, own=own)
    gone = dict(theirs)
    for key, row in theirs.items():
        there = now.get(key)
        is_theirs = _is_theirs(kept, there, theirs=row, own=own.get(key))
        if there is not None and is_theirs and not _by_merge(kept, there, before=theirs, key=key):
            gone[key] = there
    if kept.table in ("contact", "device"):
        closed = {(row["channel"], row["address_key"]): row["state"] for row in now.values() if row["state"] in CLOSED}
        left, gone = _close(left, closed), _close(gone, closed)
    return Parted(left, gone, found)


def _is_theirs(kept: Kept, row: Row | None, *, theirs: Row | None, own: Row | None) -> bool:
    """Whether a row that stands is theirs: their word, or a later one about the address that they alone had."""
    if row is None or theirs is None:
        return False
    if kept.is_same(row, own):
        return False
    if kept.is_same(row, theirs):
        return True
    about = kept.address
    return bool(about and row[about] and row[about] == theirs[about] and (own is None or own[about] != row[about]))


def _without(kept: Kept, rows: Rows, *, theirs: Rows, own: Rows) -> Rows:
    """These rows without what is theirs; in its place what would be there without them (`own`)."""
    left = {
        key: row for key, row in rows.items() if not _is_theirs(kept, row, theirs=theirs.get(key), own=own.get(key))
    }
    for key, row in own.items():
        there = left.get(key)
        if there is None or (kept.is_same(there, row) and _by_merge(kept, there, before=own, key=key)):
            left[key] = row
    return left


def _by_merge(kept: Kept, there: Row, *, before: Rows, key: Key) -> bool:
    """Whether a device was removed by the merge itself, since its customer had taken back all of theirs before."""
    if kept.table != "device" or there["state"] != "removed" or key[-1] == ALL:
        return False
    return bool(_take_back_all(before)[key]["state"] == "removed")


def _joined(kept: Kept, standing: Rows, merged: Rows) -> Rows:
    """What a merge makes of the rows of both."""
    if kept.table == "device":
        standing, merged = _take_back_all(standing), _take_back_all(merged)
    joined = dict(standing)
    for key, row in merged.items():
        if key not in joined or kept.is_better(row, joined[key]):
            joined[key] = row
    return joined


def _take_back_all(devices: Rows) -> Rows:
    """The devices, after the word that took all of them back was carried out."""
    said = {row["channel"]: _word(row) for row in devices.values() if row["address_key"] == ALL}
    return {
        key: {**row, "state": "removed"}
        if row["state"] == "active" and row["channel"] in said and _word(row) < said[row["channel"]]
        else row
        for key, row in devices.items()
        if row["address_key"] != ALL
    }


def _close(rows: Rows, closed: Mapping[tuple[str, str | None], str]) -> Rows:
    """The rows, in which an address that was closed for one is closed for the other."""
    return {
        key: {**row, "state": closed[row["channel"], row["address_key"]]}
        if row["state"] == "active" and (row["channel"], row["address_key"]) in closed
        else row
        for key, row in rows.items()
    }


def take_back(kept: Kept, parted: Parted, words: Sequence[TakenBack], *, since: datetime) -> Parted:
    """What was taken back since the merge is back for neither. Devices are known by their own rows."""
    if kept.table == "contact":
        return Parted(_removed(parted.left, words), _removed(parted.gone, words), parted.later)
    if kept.table != "device":
        return parted
    said = {
        key: row
        for key, row in parted.left.items()
        if row["state"] == "removed"
        and _time(row["updated_at"]) > since
        and (row["address_key"] == ALL or key in parted.gone)
    }
    return Parted(parted.left, {**parted.gone, **said}, parted.later)


def _removed(contacts: Rows, words: Sequence[TakenBack]) -> Rows:
    found = dict(contacts)
    for word in sorted(words, key=lambda word: (word.at, word.message_id)):
        row = found.get((word.channel,))
        if row is not None and row["state"] != "removed" and _word(row) < (word.at, word.message_id):
            state = "removed" if row["state"] == "active" else row["state"]
            mark = {"updated_at": word.at.isoformat(), "message_id": word.message_id, "source": word.source}
            found[word.channel,] = {**row, **mark, "state": state}
    return found
