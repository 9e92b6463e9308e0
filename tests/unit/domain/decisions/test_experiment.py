"""The holdout: a share of the customers, always the same ones, others in each journey."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.decisions.experiment import hash_to_fraction, in_holdout
from tests.support.engine.builders import PROPERTY

MANY = 10_000
PINNED = [Decimal("0.626653"), Decimal("0.249065"), Decimal("0.688288")]


@pytest.mark.parametrize("share", ["0.01", "0.05", "0.5", "0.9"])
def test_the_share_is_kept(share: str) -> None:
    asked = Decimal(share)
    count = sum(in_holdout("carts", customer, asked) for customer in range(MANY))
    deviation = (MANY * asked * (1 - asked)).sqrt()
    assert abs(count - MANY * asked) < 4 * deviation


def test_nobody_is_held_out_of_a_journey_without_a_holdout() -> None:
    assert not any(in_holdout("carts", customer, Decimal(0)) for customer in range(1000))


def test_two_journeys_hold_out_different_people() -> None:
    half = Decimal("0.5")
    both = sum(
        in_holdout("carts", customer, half) and in_holdout("welcome", customer, half) for customer in range(MANY)
    )
    assert 2300 < both < 2700  # a quarter, as if tossed twice


def test_the_same_on_every_machine() -> None:
    """Pinned: another hash would move people between the groups in the middle of an experiment."""
    assert [round(hash_to_fraction("holdout:carts", customer), 6) for customer in (1, 2, 3)] == PINNED


@PROPERTY
@given(st.text(max_size=12), st.integers(1, 2**63 - 1), st.decimals(0, "0.99", places=2))
def test_a_larger_share_keeps_those_of_the_smaller_one(salt: str, customer: int, share: Decimal) -> None:
    assert 0 <= hash_to_fraction(salt, customer) < 1
    if in_holdout(salt, customer, share):
        assert in_holdout(salt, customer, share + Decimal("0.01"))
