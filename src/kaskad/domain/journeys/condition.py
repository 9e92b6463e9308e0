"""The condition tree of `if`, `where` and `only_while`.

SQL evaluates it (storage/conditions/compiler.py) to true, false or unknown.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from kaskad.domain.duration import Duration
from kaskad.domain.model import Model

Truth = bool | None  # None is unknown: neither true nor false, also under `not`


class Op(StrEnum):
    """The comparisons."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    BETWEEN = "between"
    CONTAINS = "contains"
    KNOWN = "known"
    BEFORE = "before"
    AFTER = "after"
    WITHIN = "within"  # in the last …
    OLDER_THAN = "older_than"


class ValueType(StrEnum):
    """The types of the vocabulary (events.yaml, attributes.yaml, and the built-in paths)."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    TIME = "time"
    DATE = "date"
    LIST = "list"


class SameAs(StrEnum):
    """The property that an event shares with the enrollment's own entry; also a part of `once_per`."""

    CART = "cart"
    PRODUCT = "product"
    ORDER = "order"
    EMAIL = "email"


class PathRef(Model):
    """Another path as the value to compare with: `{product.price: {less_than: event.old_price}}`."""

    path: str


class MoneyValue(Model):
    """An amount in a currency that the condition names: `50 EUR`. A bare number is in the shop's currency."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


Scalar = bool | int | Decimal | str
Comparable = Scalar | MoneyValue
Value = Comparable | Duration | PathRef | tuple[Comparable, ...]


class Compare(Model):
    """Compares a path with a value."""

    kind: Literal["compare"] = "compare"
    path: str
    op: Op
    value: Value
    type: ValueType


class TimesCount(Model):
    """How many times."""

    op: Op
    value: int


class DidEvent(Model):
    """Whether the customer did it, in any channel. `since_enter` and `within` bound it; both unset means ever."""

    kind: Literal["did"] = "did"
    event: str
    negated: bool = False
    where: tuple[Condition, ...] = ()
    same: SameAs | None = None
    within: Duration | None = None
    since_enter: bool = False
    times: TimesCount | None = None


class MessageState(StrEnum):
    """The state of a message."""

    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"


class MessageWas(Model):
    """Whether a message of this enrollment was sent, delivered, opened or clicked, in any channel."""

    kind: Literal["message"] = "message"
    message: str
    was: MessageState
    negated: bool = False


class AnyOf(Model):
    """True if at least one condition is true."""

    kind: Literal["any"] = "any"
    of: tuple[Condition, ...]


class Not(Model):
    """The opposite; unknown stays unknown. A list under `not` means: not all of them."""

    kind: Literal["not"] = "not"
    of: tuple[Condition, ...]


Condition = Annotated[Compare | DidEvent | MessageWas | AnyOf | Not, Field(discriminator="kind")]
Conditions = tuple[Condition, ...]  # all must be true

for model in (DidEvent, AnyOf, Not):
    model.model_rebuild()


class EventMatch(Model):
    """An event that ends a journey, is its goal or is waited for: `{when: cart_emptied, same: cart}`."""

    when: str
    same: SameAs | None = None
    where: Conditions = ()
