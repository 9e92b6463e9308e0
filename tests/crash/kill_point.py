"""Death by SIGKILL at a named point: nothing is flushed or rolled back."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Mapping
from typing import Any, NoReturn

from kaskad.services.failures.failpoints import Failpoint

CALL_LASTS = 0.03  # seconds: somewhere within them a death in the call strikes

Plan = Mapping[str, Any]


class KillPoint:
    """The witness that strikes at the n-th passing of its point."""

    def __init__(self, plan: Plan) -> None:
        self._point = plan.get("point")
        self._left, self._armed = int(plan.get("nth", 1)), bool(plan.get("armed", True))
        signal.signal(signal.SIGUSR1, self._arm)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})  # what came before there was an answer comes now

    async def __call__(self, point: Failpoint) -> None:
        if not self._armed or point != self._point:
            return
        self._left -= 1
        if self._left:
            return
        if point is Failpoint.CALLING:
            asyncio.get_running_loop().call_later(random.uniform(0, CALL_LASTS), die)
        else:
            die()

    def _arm(self, *_: object) -> None:
        self._armed = True


def die() -> NoReturn:
    """At once, as if the machine had lost its power."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("dead")
