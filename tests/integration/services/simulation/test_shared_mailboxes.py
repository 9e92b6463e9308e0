"""In a simulation too, an address that customers share gets a message once, in the order in which things happen."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from kaskad.services.ingestion import segment_events
from kaskad.services.simulation import results
from kaskad.services.simulation.recording_providers import USUAL_RATES, SimulatedAnswers
from kaskad.services.simulation.run import Scenario, run_scenario
from kaskad.services.simulation.runtime import open_runtime
from kaskad.services.simulation.script import Script, ScriptEvent
from tests.support.mailboxes import SPELLINGS
from tests.support.playing import LiveEngine, difference
from tests.support.postgres import cloned
from tests.support.rules import event_journey, with_journeys
from tests.support.shipped import shipped_draft
from tests.support.stopping_by import STEPS, channel_steps

pytestmark = pytest.mark.anyio
START = datetime(2027, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
COMING = ("c", "b", "a", "d", "e", "b", "a", "c")
# Who comes at which minute; and one on the second day, two hours after the second letter of the first one. No two of a
# mailbox are due at the same instant: then it is by chance who has the message.
VISITS = [*((user, 10 + 7 * place) for place, user in enumerate(COMING)), ("d", 26 * 60)]


# One address that four customers write in four ways, and that of another one.
ADDRESSES = {
    "email": ("email", [*SPELLINGS[:4], "e@example.com"]),
    "sms": ("phone", ["+79160000001", "8 916 000-00-01", 89160000001, "(916) 000-00-01", "+79160000002"]),
}


def scenario(channel: str) -> Scenario:
    """A journey with two messages in this channel, a day apart."""
    draft = shipped_draft()
    sells = event_journey("sells", "app_opened", steps=STEPS, topic="carts", cascade=channel_steps(channel))
    return Scenario(with_journeys(sells)(draft.project), draft.compiled)


def script(played: Scenario, channel: str) -> Script:
    """Customers who have one address, each by another spelling; one has an address of their own."""
    trait, addresses = ADDRESSES[channel]
    calls: list[dict[str, Any]] = []
    for user, address in zip("abcde", addresses, strict=True):
        calls += [
            _call(user, 0, type="identify", traits={trait: address}),
            _call(user, 0, type="track", event="consent_given", properties={"purpose": "marketing"}),
        ]
    calls += [_call(user, minute, type="track", event="app_opened") for user, minute in VISITS]
    events = segment_events.read_batch({"batch": calls}, START + timedelta(days=9), played.project)
    return Script(START, START + timedelta(days=4), [ScriptEvent("site", event) for event in events])


def _call(user: str, minute: int, **said: Any) -> dict[str, Any]:
    at = START + minute * MINUTE
    id_ = f"{user}/{minute}/{said.get('event')}"
    return {"userId": user, "messageId": id_, "timestamp": at.isoformat(), "sentAt": None, **said}


async def simulated(url: str, played: Scenario, said: Script, *, workers: int) -> Counter[Any]:
    """What a simulation decides."""
    async with open_runtime(url, SimulatedAnswers(USUAL_RATES)) as simulation:
        await run_scenario(simulation, played, said, tick=MINUTE, workers=workers)
        return results.fingerprint_decisions(await results.load_decisions(simulation.database))


async def lived(url: str, played: Scenario, said: Script) -> Counter[Any]:
    """What the live engine decides."""
    async with open_runtime(url, SimulatedAnswers(USUAL_RATES)) as simulation:
        await LiveEngine(simulation, said, MINUTE, 2).play(played)
        return results.fingerprint_decisions(await results.load_decisions(simulation.database))


@pytest.mark.parametrize("channel", ADDRESSES)
async def test_it_decides_what_the_live_engine_decides(postgres_admin: psycopg.Connection, channel: str) -> None:
    played = scenario(channel)
    with cloned(postgres_admin) as there:
        live = await lived(there, played, script(played, channel))
    reasons = Counter(reason for *_, reason in live.elements())
    assert {"same_address", "between_messages"} <= reasons.keys(), "else there is nothing to compare"
    for workers in (1, 4):
        with cloned(postgres_admin) as here:
            assert difference(await simulated(here, played, script(played, channel), workers=workers), live) == []
