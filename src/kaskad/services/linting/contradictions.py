"""The possible values of one path. Checks only what is plain: bounds, values, and whether it is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import Comparable, Compare, MoneyValue, Op, PathRef, Value, ValueType

FROM_BELOW = (Op.AT_LEAST, Op.MORE_THAN, Op.AFTER, Op.BETWEEN)
FROM_ABOVE = (Op.AT_MOST, Op.LESS_THAN, Op.BEFORE, Op.BETWEEN)
OUTSIDE = (Op.MORE_THAN, Op.LESS_THAN, Op.BEFORE, Op.AFTER)  # the bound itself is included


@dataclass(slots=True)
class ValueRange:
    """The values that are possible for one path. Each bound has a flag: whether it is included."""

    low: tuple[Decimal, bool] | None = None
    high: tuple[Decimal, bool] | None = None
    only: frozenset[Any] | None = None
    never: frozenset[Any] = frozenset()
    known: bool = False
    unknown: bool = False
    youngest: timedelta | None = None  # how long ago it is at least, and at the most
    oldest: timedelta | None = None

    @property
    def empty(self) -> bool:
        """Returns whether no value is possible."""
        if self.known and self.unknown:
            return True
        if self.youngest is not None and self.oldest is not None and self.youngest >= self.oldest:
            return True
        if self.only is not None:
            return not any(self._fits(value) for value in self.only - self.never)
        if self.low is None or self.high is None:
            return False
        (low, from_low), (high, to_high) = self.low, self.high
        return low > high or (low == high and not (from_low and to_high))

    def _fits(self, value: Any) -> bool:
        if not _is_number(value):
            return True
        above = self.low is None or value > self.low[0] or (value == self.low[0] and self.low[1])
        return above and (self.high is None or value < self.high[0] or (value == self.high[0] and self.high[1]))


def find_empty_range(compared: Iterable[Compare]) -> str | None:
    """Returns the first path that no value can satisfy; None if nothing is plainly impossible."""
    rooms: dict[tuple[str, str], ValueRange] = {}
    for comparison in compared:
        currency, value = _in_one_currency(comparison.value)
        room = rooms.setdefault((comparison.path, currency), ValueRange())
        _narrow(room, comparison.model_copy(update={"value": value}))
    return next((path for (path, _), room in rooms.items() if room.empty), None)


def _in_one_currency(value: Value) -> tuple[str, Any]:
    """Returns the currency that the value names, and its amounts: of several currencies, nothing is plain."""
    several = value if isinstance(value, tuple) else (value,)
    named = {part.currency if isinstance(part, MoneyValue) else "" for part in several}
    amounts = tuple(part.amount if isinstance(part, MoneyValue) else part for part in several)
    if named == {""}:
        return "", value
    if len(named) > 1:
        return " ".join(sorted(named)), PathRef(path="")
    return named.pop(), amounts if isinstance(value, tuple) else amounts[0]


def _narrow(room: ValueRange, asked: Compare) -> None:
    value = _counted(asked.value, asked.type)
    room.unknown |= asked.op is Op.KNOWN and not value
    room.known |= asked.op is not Op.KNOWN or bool(value)  # any other comparison with nothing is unknown itself
    if isinstance(asked.value, Duration):
        _aged(room, asked.op, asked.value.as_timedelta)
    elif asked.op in (*FROM_BELOW, *FROM_ABOVE):
        _bound(room, asked.op, value)
    elif asked.op is Op.IS and _plain(value):
        _among(room, [value])
    elif asked.op is Op.IN and isinstance(value, tuple):
        _among(room, value)
    elif asked.op is Op.IS_NOT and _plain(value):
        room.never |= {value}
    elif asked.op is Op.NOT_IN and isinstance(value, tuple):
        room.never |= frozenset(value)


def _bound(room: ValueRange, op: Op, value: Any) -> None:
    low, high = value if op is Op.BETWEEN else (value, value)
    inside = op not in OUTSIDE
    if op in FROM_BELOW and _is_number(low):
        bounds = [bound for bound in (room.low, (low, inside)) if bound]
        room.low = max(bounds, key=lambda bound: (bound[0], not bound[1]))
    if op in FROM_ABOVE and _is_number(high):
        room.high = min(bound for bound in (room.high, (high, inside)) if bound)


def _aged(room: ValueRange, op: Op, ago: timedelta) -> None:
    if op is Op.OLDER_THAN:
        room.youngest = max(ago, room.youngest or ago)
    elif op is Op.WITHIN:
        room.oldest = min(ago, room.oldest or ago)


def _among(room: ValueRange, values: Iterable[Any]) -> None:
    room.only = frozenset(values) if room.only is None else room.only & frozenset(values)


def _counted(value: Value, kind: ValueType) -> Any:
    """Returns the value, times as numbers: they have bounds like these."""
    if kind not in (ValueType.TIME, ValueType.DATE) or isinstance(value, bool | Duration | PathRef):
        return value
    return tuple(map(_moment, value)) if isinstance(value, tuple) else _moment(value)


def _moment(value: Comparable) -> Decimal | Comparable:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return value
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Decimal(str(aware.timestamp()))


def _plain(value: Any) -> bool:
    return isinstance(value, bool | int | Decimal | str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
