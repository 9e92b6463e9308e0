"""An amount with a currency in a condition stays one in a stored version."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import Compare, MoneyValue, Op, PathRef, Value, ValueType

EUROS = MoneyValue(amount=Decimal("50"), currency="EUR")


@pytest.mark.parametrize(
    "value", [EUROS, (EUROS, MoneyValue(amount=Decimal(60), currency="EUR")), 50, PathRef(path="cart.total"), (1, 2)]
)
def test_a_stored_condition_is_read_as_it_was(value: Value) -> None:
    said = Compare(path="cart.total", op=Op.AT_LEAST, value=value, type=ValueType.MONEY)
    assert Compare.model_validate_json(said.model_dump_json()).value == said.value


def test_a_length_of_time_is_no_money() -> None:
    said = Compare(path="enter", op=Op.WITHIN, value=Duration(seconds=5), type=ValueType.TIME)
    assert Compare.model_validate_json(said.model_dump_json()).value == Duration(seconds=5)
