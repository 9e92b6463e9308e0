"""A look at an entrance that fails is put off, shown and told, and stops no other."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import OperationalError

from kaskad.domain.errors import Unavailable
from kaskad.domain.journeys.condition import Compare, Op, ValueType
from kaskad.domain.journeys.project import Project
from kaskad.services import work_queue
from kaskad.services.decisions import entrance_scanner
from kaskad.services.inspect import overview
from kaskad.services.inspect.journey_activity import load_activity
from kaskad.services.operations import alerts, pausing
from kaskad.storage.entrance_scans import DueScan
from tests.support.rules import Edit, published_anew
from tests.support.stack import OpenStack, Stack
from tests.support.written import at_the_door, scan_entrances, written

pytestmark = pytest.mark.anyio

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GOLD = "gold: [{customer.loyalty_level: gold}]"
CLUB = "{segment: gold, again_after: always}"
BIRTHDAY = '{date: customer.birthday, every: year, at: "12:30", again_after: always}'
NEWS = '{schedule: "0 12 * * *", segment: gold, again_after: always}'
NO_COLUMN = (Compare(path="product.category", op=Op.IS, value="shoes", type=ValueType.TEXT),)  # of nobody's product
FAILS = """CREATE OR REPLACE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.journey = '{journey}' AND NEW.customer_id >= {customer} THEN
        RAISE EXCEPTION 'no way' USING ERRCODE = '{code}';
    END IF;
    RETURN NEW;
END $$"""
AT_ONCE = "CREATE TRIGGER failing BEFORE INSERT ON enrollment FOR EACH ROW EXECUTE FUNCTION fails()"
IN_THE_COMMIT = """CREATE CONSTRAINT TRIGGER failing AFTER INSERT ON enrollment DEFERRABLE INITIALLY DEFERRED
 FOR EACH ROW EXECUTE FUNCTION fails()"""
TIMEOUT, TOO_COMPLEX, SHUT_DOWN, LOCKED = "57014", "54001", "57P01", "55P03"
NO_MEMORY, TOO_MANY_FILES, DISK_FULL, NO_LINES, LOST, STARTING = "53200", "53400", "53100", "53300", "08006", "57P03"


def shop(tmp_path: Path, **more: str) -> Edit:
    """A journey whose segment cannot be asked, and others beside it."""
    edit = written(tmp_path, segments=GOLD, broken=CLUB, **more)

    def spoilt(project: Project) -> Project:
        known = edit(project)
        return known.model_copy(update={"journeys": known.journeys | {"broken": spoil(known)}})

    return spoilt


def spoil(project: Project) -> Any:
    broken = project.journeys["broken"]
    return broken.model_copy(update={"enter": broken.enter.model_copy(update={"where": NO_COLUMN})})


async def gold(stack: Stack, *users: str) -> None:
    for user in users:
        await stack.identify(user, loyalty_level="gold", birthday="1990-03-02", at=stack.now)


async def fails(stack: Stack, trigger: str, *, journey: str = "club", customer: int = 0, code: str = "P0001") -> None:
    """From now on nobody can be let into the journey whose id is that or more."""
    await stack.rows(FAILS.format(journey=journey, customer=customer, code=code))
    await stack.rows(trigger)


async def failing(stack: Stack) -> dict[str, tuple[int, str]]:
    """The looks that fail: how often in a row, and at what hour each is tried again."""
    rows = await stack.rows("SELECT journey, faults, due_at FROM entrance_look WHERE faults > 0 ORDER BY journey")
    return {row["journey"]: (row["faults"], f"{row['due_at']:%H:%M}") for row in rows}


@pytest.mark.parametrize(("name", "enter"), [("club", CLUB), ("greeting", BIRTHDAY), ("news", NEWS)])
async def test_a_look_that_fails_stops_no_other_entrance(
    name: str, enter: str, tmp_path: Path, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=shop(tmp_path, **{name: enter}))
    await gold(stack, "anna")
    await stack.at(DAY)
    assert await scan_entrances(stack) == 1
    assert await at_the_door(stack, name) == ["anna"]
    assert list(await failing(stack)) == ["broken"]
    assert not (await work_queue.load_pending_work(stack.runtime)).looks, "nothing is due until it is tried again"


async def test_it_is_put_off_for_twice_as_long_each_time_up_to_an_hour(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=shop(tmp_path))
    pauses = []
    for _ in range(9):
        await scan_entrances(stack)
        (row,) = await stack.rows("SELECT due_at FROM entrance_look")
        pauses.append((row["due_at"] - stack.now) // MINUTE)
        await stack.at(row["due_at"])
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize("trigger", [AT_ONCE, IN_THE_COMMIT], ids=["in a statement", "in the commit"])
@pytest.mark.parametrize("code", ["P0001", TIMEOUT, TOO_COMPLEX, NO_MEMORY, TOO_MANY_FILES])
async def test_in_a_later_chunk_those_before_have_entered_once(
    trigger: str, code: str, tmp_path: Path, open_stack: OpenStack
) -> None:
    edit = written(tmp_path, segments=GOLD, club=CLUB)
    stack = await open_stack(edit=edit)
    people = [f"p{number}" for number in range(6)]
    await gold(stack, *people)
    ids = [row["id"] for row in await stack.rows("SELECT id FROM customer ORDER BY id")]
    await fails(stack, trigger, customer=ids[3], code=code)
    assert await scan_entrances(stack, chunk=2) == 2
    await stack.at(MINUTE)
    assert await scan_entrances(stack, chunk=2) == 0
    assert await failing(stack) == {"club": (2, "09:03")}
    await stack.rows("DROP TRIGGER failing ON enrollment")
    await stack.at(2 * MINUTE)
    assert await scan_entrances(stack, chunk=2) == 4
    assert await at_the_door(stack, "club") == people
    assert await failing(stack) == {}


@pytest.mark.parametrize("code", [SHUT_DOWN, LOCKED, DISK_FULL, NO_LINES, LOST, STARTING])
async def test_an_outage_is_nobodys_fault(code: str, tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=GOLD, club=CLUB))
    await gold(stack, "anna")
    await fails(stack, AT_ONCE, code=code)
    with pytest.raises((OperationalError, Unavailable)):
        await scan_entrances(stack)
    assert await failing(stack) == {}
    assert await stack.rows("SELECT id FROM alert") == []
    await stack.rows("DROP TRIGGER failing ON enrollment")
    assert await scan_entrances(stack) == 1


async def test_two_workers_count_one_fault_once(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=shop(tmp_path))
    for number in range(1, 4):
        await asyncio.gather(*(scan_entrances(stack) for _ in range(4)))
        (row,) = await stack.rows("SELECT faults, due_at FROM entrance_look")
        assert row["faults"] == number
        await stack.at(row["due_at"])


async def test_what_somebody_else_has_done_meanwhile_is_not_put_off(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=GOLD, club=CLUB))
    (row,) = await stack.rows("SELECT journey, since, faults, due_at, at, after_customer FROM entrance_look")
    await scan_entrances(stack)
    await entrance_scanner._put_off(stack.runtime, DueScan(**row), RuntimeError("too late"))
    assert await failing(stack) == {}
    assert await stack.rows("SELECT id FROM alert") == []


async def test_an_hour_that_has_struck_is_not_lost(tmp_path: Path, open_stack: OpenStack) -> None:
    """The tick is that of the first try, though the next one has struck since."""
    edit = written(tmp_path, segments=GOLD, news=NEWS.replace("0 12", "0 *"))
    stack = await open_stack(edit=edit)
    await gold(stack, "anna")
    await stack.at(HOUR)
    await fails(stack, AT_ONCE, journey="news")
    await scan_entrances(stack)
    await stack.at(HOUR)
    await stack.rows("DROP TRIGGER failing ON enrollment")
    assert await entrance_scanner.scan_next(stack.runtime) == 1
    rows = await stack.rows("SELECT entered_at FROM enrollment")
    assert [row["entered_at"] for row in rows] == [stack.now - HOUR]


async def test_it_is_shown_and_its_owner_told_once_while_it_lasts(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=shop(tmp_path))
    for _ in range(3):
        await scan_entrances(stack)
        await alerts.send_alerts(stack.runtime)
        await stack.at(HOUR)
    (state,) = await overview.list_journeys(stack.runtime)
    assert (state.look_faults, state.look_at) == (3, stack.now - HOUR + 4 * MINUTE)
    assert state.look_fault and "UndefinedTable" in state.look_fault
    shown = (await load_activity(stack.runtime, "broken")).failing
    assert shown and shown.fault == state.look_fault
    (letter,) = [record for record in stack.sandbox.received if record.to == "crm@shop.example"]
    assert letter.fields["subject"] == "broken: nobody can enter"
    assert state.look_fault in letter.fields["text"]


async def test_a_look_that_works_again_clears_it_and_the_next_fault_is_told_anew(
    tmp_path: Path, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=shop(tmp_path))
    broken = stack.project.journeys["broken"]
    for alerts_closed in (1, 2):
        await scan_entrances(stack)
        assert await alerts.send_alerts(stack.runtime) == 1
        where = (broken.enter.where[0].model_copy(update={"path": "customer.city"}),)
        mended = broken.model_copy(update={"enter": broken.enter.model_copy(update={"where": where})})
        await published_anew(stack, mended)
        assert await scan_entrances(stack) == 0, "it is tried at once: nobody waits for the hour to be over"
        (state,) = await overview.list_journeys(stack.runtime)
        assert (state.look_faults, state.look_fault, state.look_at) == (0, None, None)
        closed = await stack.rows("SELECT closed_at FROM alert WHERE closed_at IS NOT NULL")
        assert len(closed) == alerts_closed
        await published_anew(stack, broken)
        await stack.at(2 * HOUR)


async def test_a_paused_journey_is_not_mended_by_its_pause(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=shop(tmp_path))
    await scan_entrances(stack)
    await pausing.set_paused(stack.runtime, "broken", True)
    await stack.at(HOUR)
    await scan_entrances(stack)
    assert list(await failing(stack)) == ["broken"]


async def test_of_a_journey_that_is_gone_no_fault_is_left(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=shop(tmp_path))
    await scan_entrances(stack)
    await published_anew(stack)
    await stack.at(HOUR)
    await scan_entrances(stack)
    assert await stack.rows("SELECT journey FROM entrance_look") == []
    assert await stack.rows("SELECT id FROM alert WHERE closed_at IS NULL") == []
