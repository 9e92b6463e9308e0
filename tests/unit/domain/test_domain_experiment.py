"""The holdout: a share of the customers, always the same ones, others in each journey."""

from __future__ import annotations

from decimal import Decimal

import pytest
from builders import PROPERTY
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.experiment import held_out, share_of

MANY = 10_000
PINNED = [Decimal("0.626653"), Decimal("0.249065"), Decimal("0.688288")]


@pytest.mark.parametrize("share", ["0.01", "0.05", "0.5", "0.9"])
def test_the_share_is_kept(share: str) -> None:
    asked = Decimal(share)
    count = sum(held_out("carts", customer, asked) for customer in range(MANY))
    deviation = (MANY * asked * (1 - asked)).sqrt()
    assert abs(count - MANY * asked) < 4 * deviation


def test_nobody_is_held_out_of_a_journey_without_a_holdout() -> None:
    assert not any(held_out("carts", customer, Decimal(0)) for customer in range(1000))


def test_two_journeys_hold_out_different_people() -> None:
    half = Decimal("0.5")
    both = sum(held_out("carts", one, half) and held_out("welcome", one, half) for one in range(MANY))
    assert 2300 < both < 2700  # a quarter, as if tossed twice


def test_the_same_on_every_machine() -> None:
    """Pinned: another hash would move people between the groups in the middle of an experiment."""
    assert [round(share_of("holdout:carts", customer), 6) for customer in (1, 2, 3)] == PINNED


@PROPERTY
@given(st.text(max_size=12), st.integers(1, 2**63 - 1), st.decimals(0, "0.99", places=2))
def test_a_larger_share_keeps_those_of_the_smaller_one(salt: str, customer: int, share: Decimal) -> None:
    assert 0 <= share_of(salt, customer) < 1
    if held_out(salt, customer, share):
        assert held_out(salt, customer, share + Decimal("0.01"))
