"""Properties and traits by the types of events.yaml and attributes.yaml.

What can be read gets its one canonical form; what cannot be read is left out, and its name says that it was spoiled:
it is unknown, while a key that nobody wrote is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from kaskad.domain.cleaning import without_blanks
from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.rejection import EventRejected, RejectionCode
from kaskad.domain.values.amounts import MAX_AMOUNT, MONEY_NAMES, NUMBER_NAMES, read_currency, read_money, to_json
from kaskad.domain.values.dialect import Dialect
from kaskad.domain.values.instants import read_instant_of_date
from kaskad.domain.values.placeholders import is_placeholder
from kaskad.domain.values.typed_values import read_value
from kaskad.domain.values.zones import read_zone
from kaskad.services.ingestion import event_limits
from kaskad.services.ingestion.event_limits import MAX_TOLD
from kaskad.services.ingestion.parsing import snake_keys

SPOILED = "spoiled"  # in a line of a list: the names of its values that cannot be read
LINES = "products"  # the list of lines in carts and orders
CURRENCY, QUANTITY = "currency", "quantity"
UNREADABLE = ""  # a currency that is none: then no amount beside it can be read either
IDS = frozenset(("id", "sku", "variant"))  # and every name that ends with `_id`
LABELS = frozenset(("id", "variant"))  # these tell nothing apart alone: any word may be one
NEVER_ZERO = frozenset(("order_id", "cart_id", "product_id", "sku"))  # of others 0 may be the first
OLDEST_BIRTHDAY = "1900-01-01"  # this day and those before are what tables write for no date
ZONES = ("time_zone", "timezone")  # traits
Kinds = Mapping[str, ValueType]
# What a line calls its values elsewhere; it counts where the first is missing.
LINE_WORDS = {"product_id": ("item_id", "id"), "name": ("item_name",), QUANTITY: ("qty",)}
LINE_KINDS: Kinds = {
    **dict.fromkeys(("product_id", "line_id", "sku", "variant", "name", "category", "brand"), ValueType.TEXT),
    **dict.fromkeys(MONEY_NAMES, ValueType.MONEY),
    **dict.fromkeys(NUMBER_NAMES, ValueType.NUMBER),
}


@dataclass(slots=True)
class TypedProperties:
    """The properties that could be read; `spoiled` are the others with what was said: `{"products.price": "x"}`."""

    values: dict[str, Any]
    spoiled: dict[str, Any] = field(default_factory=dict)
    instants: dict[str, datetime] = field(default_factory=dict)  # what dates were told as, if no zone was told

    def describe(self) -> str:
        """The sentence about what is spoiled."""
        told = [
            f"{name} is unknown: nothing tells it" if said is None else f"{name} could not be read: {said!r:.60}"
            for name, said in self.spoiled.items()
        ]
        return "; ".join(told[:MAX_TOLD] + [f"and {len(told) - MAX_TOLD} more"] * (len(told) > MAX_TOLD))


def read_properties(
    properties: Mapping[str, Any], kinds: Kinds, dialect: Dialect, *, zone: str | None = None
) -> TypedProperties:
    """Returns the properties of one event under their snake-cased names; those in `kinds` are typed.

    Raises EventRejected for a negative quantity: nobody knows what was meant.
    """
    return _EventReader(kinds, dialect, zone).read(properties)


def read_traits(
    traits: Mapping[str, Any], kinds: Kinds, dialect: Dialect, *, zone: str | None = None, today: date = date.max
) -> TypedProperties:
    """Returns the traits of one profile; those without a declared type stay as they are. Nobody is born after today."""
    typed = TypedProperties(dict(traits))
    for key in ZONES:
        if (said := traits.get(key)) is not None and said != "":
            _set_trait(typed, key, read_zone(said))
    for key in (kinds.keys() - set(ZONES)) & traits.keys():
        said = traits[key]
        if said is None:
            continue
        value = _read(kinds[key], key, said, dialect=dialect, zone=zone)
        if value and kinds[key] is ValueType.DATE and "birth" in key and not _can_be_born(value, today):
            value = None
        _set_trait(typed, key, value)
        if value and kinds[key] is ValueType.DATE and zone is None and (at := read_instant_of_date(said)):
            typed.instants[key] = at
    return typed


def _can_be_born(day: str, today: date) -> bool:
    """Returns whether somebody who lives can be born on the day; one without a year, `--03-04`, can be any."""
    return day.startswith("--") or OLDEST_BIRTHDAY < day <= f"{today}"


def _set_trait(typed: TypedProperties, key: str, value: Any) -> None:
    if value is None:
        typed.spoiled[f"traits.{key}"] = typed.values.pop(key)
    else:
        typed.values[key] = value


@dataclass(slots=True)
class _Amount:
    """Money without a currency beside it, and where it is: in the event itself, or in a line."""

    place: dict[str, Any]
    key: str
    said: Any
    currency: str
    prefix: str


class _EventReader:
    """Reads the properties of one event."""

    def __init__(self, kinds: Kinds, dialect: Dialect, zone: str | None) -> None:
        self._kinds, self._dialect, self._zone = kinds, dialect, zone
        self._spoiled: dict[str, Any] = {}
        self._amounts: list[_Amount] = []

    def read(self, properties: Mapping[str, Any]) -> TypedProperties:
        values = dict(properties)
        currency = self._read_currency(values, self._kinds)
        for key, said in properties.items():
            if key not in values:  # a currency that is none
                continue
            if isinstance(said, list):
                self._read_list(values, key, currency)
            elif isinstance(said, dict) and key not in self._kinds:
                values[key] = self._read_nested(said, f"{key}.", currency)
            elif key in self._kinds:
                self._read_one(values, key, self._kinds[key], currency=currency)
        if QUANTITY in self._kinds and is_negative(values.get(QUANTITY)):
            raise EventRejected(RejectionCode.BAD_NUMBER, f"'{QUANTITY}' must not be negative")
        self._settle_currency(values)
        return TypedProperties(values, self._spoiled)

    def _read_currency(self, place: dict[str, Any], kinds: Kinds, prefix: str = "") -> str | None:
        """Returns the currency beside the amounts; None without one, UNREADABLE if it is none."""
        said = place.get(CURRENCY)
        if said is None or not (CURRENCY in kinds or ValueType.MONEY in kinds.values()):
            return None
        code = read_currency(said)
        if code is None:
            self._spoil(place, CURRENCY, said, prefix=prefix)
            return UNREADABLE
        place[CURRENCY] = code
        return code

    def _read_one(
        self, place: dict[str, Any], key: str, kind: ValueType, *, currency: str | None, prefix: str = ""
    ) -> None:
        said = place.get(key)
        if said is None or (kind is ValueType.TEXT and type(said) is str and not _is_id(key)):
            return
        if kind is ValueType.MONEY:
            value = self._read_amount(place, key, currency, prefix=prefix)
        else:
            value = _read(kind, key, said, dialect=self._dialect, zone=self._zone)
        if value is None:
            self._spoil(place, key, said, prefix=prefix)
        else:
            place[key] = value

    def _read_amount(self, place: dict[str, Any], key: str, currency: str | None, *, prefix: str) -> int | float | None:
        if currency == UNREADABLE:
            return None
        said, shop = place[key], self._dialect.currency
        if type(said) in (int, float) and abs(said) <= MAX_AMOUNT and said == round(said, 2):
            if currency is None:
                self._amounts.append(_Amount(place, key, said, shop, prefix))
            return int(said) if said == int(said) else float(said)  # most amounts: as canonical as can be
        money = read_money(said, currency, shop=shop, decimal=self._dialect.formats.decimal)
        if money is None:
            return None
        if currency is None:
            self._amounts.append(_Amount(place, key, said, money.currency, prefix))
        return to_json(money.amount)

    def _read_nested(self, said: Mapping[str, Any], prefix: str, currency: str | None) -> dict[str, Any]:
        """Returns the object with its declared values read: `area.id`. Others stay as they are."""
        place = dict(said)
        for key, part in said.items():
            kind = self._kinds.get(prefix + key)
            if kind:
                self._read_one(place, key, kind, currency=currency, prefix=prefix)
            elif isinstance(part, dict):
                place[key] = self._read_nested(part, f"{prefix}{key}.", currency)
        return place

    def _read_list(self, values: dict[str, Any], key: str, currency: str | None) -> None:
        said = values[key]
        kind = self._kinds.get(key)
        if kind is None:
            values[key] = [snake_keys(item) if isinstance(item, dict) else item for item in said]
        elif kind is not ValueType.LIST:
            self._spoil(values, key, said)
        else:
            values[key] = [self._read_line(item, key, currency) for item in said if self._is_item(key, item)]
            if said and not values[key]:
                self._spoil(values, key, said)

    def _is_item(self, key: str, item: Any) -> bool:
        """Returns whether it stays in the list: in the list of lines, nothing but a line does."""
        if key != LINES or isinstance(item, dict):
            return True
        self._spoiled[key] = item
        return False

    def _read_line(self, item: Any, key: str, currency: str | None) -> Any:
        if not isinstance(item, dict):
            return item
        line, prefix = snake_keys(item), f"{key}."
        line.pop(SPOILED, None)
        if key == LINES:
            for name, words in LINE_WORDS.items():
                said = (line[word] for word in (name, *words) if line.get(word) not in (None, ""))
                if (first := next(said, None)) is not None:
                    line[name] = first
        event_limits.check_properties(line, frozenset())
        own = self._read_currency(line, LINE_KINDS, prefix)
        for name in LINE_KINDS.keys() & line.keys():
            self._read_one(line, name, LINE_KINDS[name], currency=currency if own is None else own, prefix=prefix)
        if is_negative(line.get(QUANTITY)):
            self._spoil(line, QUANTITY, line[QUANTITY], prefix=prefix)
        return line

    def _settle_currency(self, values: dict[str, Any]) -> None:
        """Amounts that name one foreign currency are in it, all of them; in several, nobody knows which is which."""
        named = {amount.currency for amount in self._amounts}
        if len(named) > 1:
            for amount in self._amounts:
                self._spoil(amount.place, amount.key, amount.said, prefix=amount.prefix)
        elif named - {self._dialect.currency}:
            values[CURRENCY] = named.pop()

    def _spoil(self, place: dict[str, Any], key: str, said: Any, *, prefix: str = "") -> None:
        place.pop(key, None)
        self._spoiled.setdefault(prefix + key, said)
        if prefix.rstrip(".") in self._kinds:  # a line of a list
            place[SPOILED] = sorted({*place.get(SPOILED, ()), key})


def _read(kind: ValueType, key: str, said: Any, *, dialect: Dialect, zone: str | None) -> Any:
    """Returns the value by its type, and an id as one; None if it cannot be read."""
    value = read_value(kind, said, dialect, zone=zone)
    return _read_id(key, value) if kind is ValueType.TEXT and value is not None and _is_id(key) else value


def _is_id(key: str) -> bool:
    return key.endswith("_id") or key in IDS


def _read_id(key: str, text: str) -> str | None:
    """Returns the id without blanks around it; None for what stands in place of one: all these would be one thing."""
    bare = without_blanks(text)
    if not bare or key in LABELS or not is_placeholder(bare) or (bare == "0" and key not in NEVER_ZERO):
        return bare
    return None


def is_negative(value: Any) -> bool:
    """Returns whether it is a number below zero."""
    return isinstance(value, int | float) and value < 0
