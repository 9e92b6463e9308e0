"""Limits how many codes somebody may try that are none: codes are short, and worth money.

The caller is the key, and the person behind it if the caller says who that is (`Kaskad-Caller`: a session, a login):
then somebody who guesses on the site stops nobody else there. Counted by each process for itself.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_CALLERS = 10_000  # that are remembered; the oldest go first


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many misses within so many seconds."""

    misses: int
    seconds: float


OF_KEY, OF_CALLER, OF_NAMELESS = Allowance(600, 60), Allowance(10, 600), Allowance(60, 60)


@dataclass(slots=True)
class GuessLimit:
    """The misses of each caller. `clock` is in seconds, and only goes forward."""

    clock: Callable[[], float] = time.monotonic
    _missed: OrderedDict[tuple[str, str], deque[float]] = field(default_factory=OrderedDict)

    def wait(self, key: str, caller: str) -> float:
        """How many seconds this caller has to wait before the next try; 0 if it may be made."""
        return max(self._wait(who, allowed) for who, allowed in _allowances(key, caller))

    def miss(self, key: str, caller: str) -> None:
        """Counts a code that was none."""
        for who, allowed in _allowances(key, caller):
            missed = self._missed.setdefault(who, deque(maxlen=allowed.misses))
            self._missed.move_to_end(who)
            missed.append(self.clock())
        while len(self._missed) > MAX_CALLERS:
            self._missed.popitem(last=False)

    def _wait(self, who: tuple[str, str], allowed: Allowance) -> float:
        missed = self._missed.get(who, deque())
        return max(missed[0] + allowed.seconds - self.clock(), 0) if len(missed) == allowed.misses else 0


def _allowances(key: str, caller: str) -> list[tuple[tuple[str, str], Allowance]]:
    return [((key, ""), OF_KEY), ((key, caller), OF_CALLER)] if caller else [((key, ""), OF_NAMELESS)]
