"""Chance that repeats in every process, whatever Python's own hash seed."""

from __future__ import annotations

from kaskad.sandbox.shop.seeded_random import seeded_number, seeded_random


def test_a_key_draws_the_same_in_every_process() -> None:
    drawn = seeded_random("visits", 7, "kolya")
    assert [drawn.randint(0, 999) for _ in range(4)] == [784, 897, 735, 577]
    assert seeded_number("household", 7, 900) == 4427179343547871443
