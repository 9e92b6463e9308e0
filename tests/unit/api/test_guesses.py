"""How many codes somebody may try that are none."""

from __future__ import annotations

from dataclasses import dataclass

from kaskad.api import guesses
from kaskad.api.guesses import GuessLimit


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_caller_waits_until_the_oldest_miss_is_old_enough() -> None:
    clock = Clock()
    limit = GuessLimit(clock)
    for second in range(10):
        clock.now = second
        assert limit.wait("k", "mallory") == 0
        limit.miss("k", "mallory")
    assert limit.wait("k", "mallory") == 591
    assert limit.wait("k", "kolya") == limit.wait("k", "") == limit.wait("other", "mallory") == 0
    clock.now = 600
    assert limit.wait("k", "mallory") == 0
    limit.miss("k", "mallory")
    assert limit.wait("k", "mallory") == 1


def test_a_key_cannot_guess_under_ever_new_names() -> None:
    limit = GuessLimit(Clock())
    for number in range(600):
        assert limit.wait("k", f"c{number}") == 0
        limit.miss("k", f"c{number}")
    assert limit.wait("k", "new") == 60


def test_only_so_many_callers_are_remembered() -> None:
    limit = GuessLimit(Clock())
    for number in range(guesses.MAX_CALLERS + 50):
        limit.miss(f"k{number}", "")
    assert len(limit._missed) == guesses.MAX_CALLERS
