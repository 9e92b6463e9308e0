"""One odd answer spoils one message at the most: the others of its batch are settled as they were answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.channel import OutboundMessage, Refused, Retry, SendResult, Sent, Unknown
from kaskad.domain.journeys.project import Project
from kaskad.sandbox.providers.http_server import HttpServer, Request, Response
from kaskad.services.delivery import unknowns
from tests.support.delivering import everybody, lease_ran_out, queue, watched, worker
from tests.support.stack import OpenStack, Stack, running_stack

pytestmark = pytest.mark.anyio
SIXTY = [f"n{number}" for number in range(60)]
ODD = (b'{"id": "a\\u0000b"}', b'{"id": "\\ud800"}', b'{"id": {"a": ["\\u0000"]}}')


@asynccontextmanager
async def pushed_to(answer: Callable[[int], Response]) -> AsyncIterator[Callable[[Project], Project]]:
    """A push provider that gives the n-th call this answer: an edit of the project that leads to it."""
    asked = 0

    async def handle(_: Request) -> Response:
        nonlocal asked
        asked += 1
        return answer(asked)

    server = HttpServer(handle)
    await server.start(0)

    def edit(project: Project) -> Project:
        spec = project.providers["sandbox_push"].model_copy(update={"url": f"http://127.0.0.1:{server.port}/push"})
        return everybody(project).model_copy(update={"providers": {**project.providers, "sandbox_push": spec}})

    try:
        yield edit
    finally:
        await server.close()


async def counted(stack: Stack) -> dict[str, int]:
    rows = await stack.rows("SELECT status::text, count(*) FROM message WHERE channel = 'push' GROUP BY status")
    return {row["status"]: row["count"] for row in rows}


@pytest.mark.parametrize("odd", ODD, ids=["a NUL", "half a pair", "an object with a NUL"])
async def test_answers_that_could_not_be_stored_are_cleaned(database_url: str, tmp_path: Path, odd: bytes) -> None:
    async with (
        pushed_to(lambda number: Response(200, odd if number % 10 == 0 else b'{"id": "%d"}' % number)) as edit,
        running_stack(database_url, tmp_path, edit=edit) as stack,
    ):
        await queue(stack, *SIXTY)
        assert (await worker(stack).deliver()).outcomes == {"sent": 60}
        assert await counted(stack) == {"sent": 60}


async def test_a_failure_that_could_not_be_stored_counts_as_one(database_url: str, tmp_path: Path) -> None:
    """It is noted twice: with the message, and with the provider's health."""
    async with (
        pushed_to(lambda _: Response(401, b'{"detail": "no\\u0000key"}')) as edit,
        running_stack(database_url, tmp_path, edit=edit) as stack,
    ):
        await queue(stack, *SIXTY[:7])
        assert (await worker(stack).deliver()).outcomes == {"queued": 7}
        (row,) = await stack.rows("SELECT failure, failures FROM carrier WHERE name = 'sandbox_push'")
        assert row == {"failure": "401 no\ufffdkey", "failures": 7}


@dataclass(frozen=True)
class _Raw(Sent):
    """What an adapter of somebody else's may hand over: text as it came."""

    def __post_init__(self) -> None:
        return


@dataclass(frozen=True)
class _RawRefusal(Refused):
    def __post_init__(self) -> None:
        return


WHAT_ADAPTERS_DO: list[tuple[Any, str]] = [
    (_Raw("a\x00b"), "sent"),
    (_Raw("\ud800"), "sent"),
    (_RawRefusal("a\x00b"), "failed"),
    (Retry("come again", after=timedelta.max), "queued"),
    (Retry("come again", after=timedelta(days=3_000_000), outage=True), "queued"),
    ("sent", "unknown"),
]


@pytest.mark.parametrize(("odd", "becomes"), WHAT_ADAPTERS_DO, ids=lambda it: type(it).__name__)
async def test_what_cannot_be_written_down_spoils_no_other(
    odd: SendResult, becomes: str, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=everybody)
    ids = await queue(stack, *SIXTY[:20])

    async def instead(message: OutboundMessage) -> SendResult | None:
        return odd if message.id == ids[7] else None

    done = await worker(stack, watched(stack, before=instead)).deliver()
    assert sum(done.outcomes.values()) == 20
    expected = {"sent": 20} if becomes == "sent" else {"sent": 19, becomes: 1}
    assert await counted(stack) == expected


TOO_LARGE = """CREATE FUNCTION too_large() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {when} THEN RAISE EXCEPTION 'too large' USING ERRCODE = '{code}'; END IF;
    RETURN NEW;
END $$"""
OF_THE_DATA = ("54000", "54001", "23514", "22001")


async def never_takes(stack: Stack, table: str, when: str, code: str) -> None:
    """From now on the database does not take such rows of the table."""
    await stack.rows(TOO_LARGE.format(when=when, code=code))
    await stack.rows(
        f"CREATE TRIGGER too_large BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION too_large()"
    )


@pytest.mark.parametrize("code", OF_THE_DATA)
async def test_what_is_too_large_for_the_database_spoils_no_other(code: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    ids = await queue(stack, *SIXTY[:20])
    await never_takes(stack, "message", f"NEW.id = '{ids[7]}' AND NEW.reference <> ''", code)
    assert (await worker(stack).deliver()).outcomes == {"sent": 20}
    rows = await stack.rows("SELECT id FROM message WHERE coalesce(reference, '') = ''")
    assert [row["id"] for row in rows] == [ids[7]]


@pytest.mark.parametrize("code", OF_THE_DATA)
async def test_a_failure_that_is_too_large_for_the_database_keeps_no_message_from_settling(
    database_url: str, tmp_path: Path, code: str
) -> None:
    async with (
        pushed_to(lambda _: Response(401, b'{"detail": "no key"}')) as edit,
        running_stack(database_url, tmp_path, edit=edit) as stack,
    ):
        await queue(stack, *SIXTY[:7])
        await never_takes(stack, "carrier", "NEW.failure IS NOT NULL", code)
        assert (await worker(stack).deliver()).outcomes == {"queued": 7}


async def test_a_look_up_that_cannot_be_written_down_spoils_no_other(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    ids = await queue(stack, *SIXTY[:10])

    async def silence(_: OutboundMessage) -> Unknown:
        return Unknown("nothing was heard")

    gate = watched(stack, before=silence)
    await worker(stack, gate).deliver()
    await lease_ran_out(stack)
    answers = [(Refused("no"), _Raw("a\x00b"))[message == ids[3]] for message in ids]
    gate.get_delivery_status = dict(zip(ids, map(_soon, answers), strict=True)).__getitem__  # type: ignore[method-assign, assignment]
    await unknowns.resolve_due(worker(stack, gate))
    assert await counted(stack) == {"failed": 9, "sent": 1}


async def _soon(result: SendResult) -> SendResult:
    await asyncio.sleep(0)
    return result
