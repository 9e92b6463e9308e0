"""Other systems are told once, signed, under one key; of whoever has left nobody is told; each call is settled."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.journeys.journey import Journey
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.delivery.webhook_outcomes import MAX_TRIES
from kaskad.services.failures.failpoints import Failpoint, failpoint_hook
from tests.support.listening import TOLD, call_all, listening, with_listener
from tests.support.rules import enrollments, event_journey, send, wait, with_journeys
from tests.support.stack import NOON, Stack, running_stack

pytestmark = pytest.mark.anyio
WEBHOOK = {"kind": "webhook", "webhook": TOLD}
LEAVE = [{"when": "email_confirmed"}]


def telling(*after: dict[str, Any]) -> Journey:
    return event_journey("telling", "signed_up", steps=[WEBHOOK, *after], leave=LEAVE)


async def signed_up(stack: Stack) -> None:
    await stack.person("anna", "email")
    await stack.track("anna", "signed_up", email="anna@customer.example")
    await stack.decide("telling")


async def calls(stack: Stack) -> list[dict[str, Any]]:
    return await stack.rows("SELECT * FROM webhook_call ORDER BY id")


async def notes(stack: Stack) -> list[tuple[str, str | None, str | None]]:
    rows = await stack.rows("SELECT kind, step, reason FROM decision ORDER BY id")
    return [(row["kind"], row["step"], row["reason"]) for row in rows]


async def test_it_is_told_who_and_why_and_the_journey_goes_on(database_url: str, tmp_path: Path) -> None:
    async with (
        listening() as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, with_journeys(telling()))) as stack,
    ):
        await signed_up(stack)
        assert (await enrollments(stack, "telling"))[0]["step"] == f"webhook:{TOLD}"
        assert await call_all(stack, ear) == {"sent": 1}
        (heard,) = ear.heard
        assert heard == {
            "key": ear.keys[0],
            "webhook": TOLD,
            "journey": "telling",
            "step": f"webhook:{TOLD}",
            "customer": {"user_id": ["anna"]},
            "entered_at": NOON.isoformat(),
            "event": {"email": "anna@customer.example"},
        }
        assert (await calls(stack))[0]["id"].hex == ear.keys[0].replace("-", "")
        await stack.decide("telling")
        assert (await enrollments(stack, "telling"))[0]["status"] == "done"
        assert ("called", f"webhook:{TOLD}", None) in await notes(stack)
        assert await call_all(stack, ear) == {}


ANSWERS: list[tuple[list[int | None], list[dict[str, int]], str, str | None]] = [
    ([503, 200], [{"queued": 1}, {"sent": 1}], "sent", None),  # nobody can tell: again, under the same key
    ([None, 200], [{"queued": 1}, {"sent": 1}], "sent", None),
    ([429, 200], [{"queued": 1}, {"sent": 1}], "sent", None),
    ([404], [{"failed": 1}], "failed", "provider_refused"),
    ([410], [{"failed": 1}], "failed", "provider_refused"),
    ([301, 200], [{"queued": 1}, {"sent": 1}], "sent", None),  # its address, or its key, has to be mended first
    ([308, 200], [{"queued": 1}, {"sent": 1}], "sent", None),
    ([401, 200], [{"queued": 1}, {"sent": 1}], "sent", None),
    ([500, 404], [{"queued": 1}, {"failed": 1}], "unknown", "no_answer"),  # the first may have been taken
]


@pytest.mark.parametrize(("answers", "came", "status", "reason"), ANSWERS)
async def test_what_an_answer_makes_of_it(
    database_url: str,
    tmp_path: Path,
    answers: list[int | None],
    came: list[dict[str, int]],
    status: str,
    reason: str | None,
) -> None:
    async with (
        listening(list(answers)) as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, with_journeys(telling()))) as stack,
    ):
        await signed_up(stack)
        for call in came:
            assert await call_all(stack, ear) == call
            await stack.at(timedelta(minutes=1))
        assert len(set(ear.keys)) == 1
        assert len(ear.keys) == len(came)
        assert (await calls(stack))[0]["status"] == status
        await stack.decide("telling")
        assert (await enrollments(stack, "telling"))[0]["status"] == "done"
        assert await call_all(stack, ear) == {}, "settled for good"
        kind = "called" if status == "sent" else "dropped"
        assert (kind, f"webhook:{TOLD}", reason) in await notes(stack)


async def test_what_nobody_can_tell_of_is_not_sent_again_where_that_is_not_wanted(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        listening([None]) as ear,
        running_stack(
            database_url, tmp_path, edit=with_listener(ear, with_journeys(telling()), on_unknown="never_resend")
        ) as stack,
    ):
        await signed_up(stack)
        assert await call_all(stack, ear) == {"unknown": 1}
        await stack.decide("telling")
        assert ("dropped", f"webhook:{TOLD}", "no_answer") in await notes(stack)


async def test_it_gives_up_in_the_end(database_url: str, tmp_path: Path) -> None:
    async with (
        listening([500]) as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, with_journeys(telling()))) as stack,
    ):
        await signed_up(stack)
        for _ in range(MAX_TRIES - 1):
            assert await call_all(stack, ear) == {"queued": 1}
            assert await call_all(stack, ear) == {}, "not before its pause is over"
            await stack.at(timedelta(hours=12))
        assert await call_all(stack, ear) == {"unknown": 1}
        assert len(ear.heard) == MAX_TRIES
        assert set(ear.keys) == {ear.keys[0]}


async def test_of_whoever_has_left_nobody_is_told(database_url: str, tmp_path: Path) -> None:
    async with (
        listening() as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, with_journeys(telling()))) as stack,
    ):
        await signed_up(stack)
        await stack.track("anna", "email_confirmed", email="anna@customer.example")
        assert await call_all(stack, ear) == {"dropped": 1}
        await stack.decide("telling")
        assert (await enrollments(stack, "telling"))[0]["status"] == "left"
        assert ear.heard == []


async def test_an_emergency_stop_holds_it(database_url: str, tmp_path: Path) -> None:
    async with (
        listening() as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, with_journeys(telling()))) as stack,
    ):
        await signed_up(stack)
        await stack.rows("INSERT INTO stop (scope, name, by, at) VALUES ('journey', 'telling', 'me', %(at)s)", at=NOON)
        assert await call_all(stack, ear) == {"queued": 1}
        await stack.rows("DELETE FROM stop")
        await stack.at(timedelta(minutes=5))
        assert await call_all(stack, ear) == {"sent": 1}


async def test_without_its_secret_it_waits(database_url: str, tmp_path: Path) -> None:
    edit = with_journeys(telling())
    async with (
        listening() as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, edit, secret_env="NOT_SET")) as stack,
    ):
        await signed_up(stack)
        assert await call_all(stack, ear) == {"queued": 1}
        assert (await calls(stack))[0]["attempt"] == 0


@pytest.mark.parametrize("url", ["${NOT_SET}", "https://${NOT_SET}/hooks", "${NOT_SET}${NOT_EITHER:-x}"])
async def test_without_its_address_here_it_waits_and_says_which_variable(
    database_url: str, tmp_path: Path, url: str
) -> None:
    async with (
        listening() as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, with_journeys(telling()), url=url)) as stack,
    ):
        await signed_up(stack)
        assert await call_all(stack, ear) == {"queued": 1}
        (call,) = await calls(stack)
        assert (call["attempt"], call["detail"]) == (0, "the environment has no NOT_SET")


async def test_its_address_is_that_of_this_environment(database_url: str, tmp_path: Path) -> None:
    async with listening() as ear:
        edit = with_listener(
            ear, with_journeys(telling()), url="http://127.0.0.1:${NO_PORT:-" + f"{ear.port}" + "}/hooks"
        )
        async with running_stack(database_url, tmp_path, edit=edit) as stack:
            await signed_up(stack)
            assert await call_all(stack, ear) == {"sent": 1}


@pytest.mark.parametrize("point", [Failpoint.CALLING, Failpoint.ANSWERED])
async def test_a_worker_that_dies_in_the_call(database_url: str, tmp_path: Path, point: Failpoint) -> None:
    """Whoever comes after it cannot tell, and calls again under the same key."""

    class Died(BaseException):
        pass

    async def die(reached: Failpoint) -> None:
        if reached is point:
            raise Died

    async with (
        listening() as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, with_journeys(telling()))) as stack,
    ):
        await signed_up(stack)
        with failpoint_hook(die), pytest.raises(Died):
            await call_all(stack, ear)
        assert (await calls(stack))[0]["status"] == "sending"
        assert await call_all(stack, ear) == {}, "its lease still holds"
        await stack.rows("UPDATE webhook_call SET lease_until = clock_timestamp() - interval '1 s'")
        assert await call_all(stack, ear) == {"queued": 1}
        await stack.at(timedelta(minutes=1))
        assert await call_all(stack, ear) == {"sent": 1}
        assert len(set(ear.keys)) == 1
        assert len(ear.heard) == (1 if point is Failpoint.CALLING else 2)


async def test_two_workers_call_once(database_url: str, tmp_path: Path) -> None:
    async with (
        listening() as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, with_journeys(telling()))) as stack,
    ):
        await signed_up(stack)
        done = await asyncio.gather(*(call_all(stack, ear) for _ in range(4)))
        assert sum(outcomes.get("sent", 0) for outcomes in done) == 1
        assert len(ear.heard) == 1


async def test_in_a_test_nobody_is_told(database_url: str, tmp_path: Path) -> None:

    async with (
        listening() as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, with_journeys(telling()))) as stack,
    ):
        await stack.person("anna", "email")
        await manual_enrollment.enroll(stack.runtime, "telling", "anna", mode=Mode.TEST)
        assert await call_all(stack, ear) == {}
        assert ("skipped", f"webhook:{TOLD}", "only_a_test") in await notes(stack)


async def test_what_comes_after_it_counts_from_the_answer(database_url: str, tmp_path: Path) -> None:
    edit = with_journeys(telling(wait(3600), send("how_was_it")))
    async with (
        listening([500, 200]) as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, edit)) as stack,
    ):
        await signed_up(stack)
        await call_all(stack, ear)
        await stack.at(timedelta(minutes=10))
        await call_all(stack, ear)
        await stack.decide("telling")
        assert (await enrollments(stack, "telling"))[0]["due_at"] == NOON + timedelta(minutes=70)
