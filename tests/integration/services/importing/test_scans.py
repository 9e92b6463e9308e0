"""History lets nobody in: scans wait for an import, and the first one after it only notes who is inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kaskad.domain.importing.kinds import ImportKind
from kaskad.services import work_queue
from kaskad.services.decisions import entrance_scanner
from kaskad.services.failures.failpoints import Failpoint, failpoint_hook
from kaskad.services.importing import starting
from kaskad.services.operations import alerts, source_health
from tests.support import written as projects
from tests.support.importing import Import, keeping_long, written
from tests.support.rules import enrollments
from tests.support.stack import NOON, OpenStack, Stack
from tests.support.written import at_the_door, scan_entrances

pytestmark = pytest.mark.anyio
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEGMENTS = """
silent: [{did: order_completed}, {did_not: order_completed, within: 90d}]
gold: [{customer.loyalty_level: gold}]
"""
WIN_BACK = "{segment: silent, again_after: always}"
TILL = "who: {user_id: who}\nid: order\ntime: at\nproperties: {total: total}\n"
PROFILES = "who: {user_id: who}\ntraits: {loyalty_level: level, birthday: born}\n"
BIRTHDAY = '{date: customer.birthday, every: year, at: "10:00", again_after: 330d}'
WEEKLY = '{schedule: {cron: "0 10 * * mon", zone: Europe/Berlin}, segment: gold, again_after: always}'
MONDAY = datetime(2027, 3, 8, 9, 0, tzinfo=UTC)


class Killed(Exception):
    """The process is no more."""


@pytest.fixture
def open_shop(open_stack: OpenStack, tmp_path: Path) -> Callable[..., object]:
    def open_(**journeys: str) -> object:
        edit = projects.written(tmp_path / "project", segments=SEGMENTS, **journeys)
        return open_stack(edit=lambda project: keeping_long(edit(project)))

    return open_


def orders(stack: Stack, folder: Path, **days: int) -> Import:
    """An import of one order of each, so many days ago."""
    rows = [f"{who},o-{who},{(NOON - ago * DAY).isoformat()},100" for who, ago in days.items()]
    return of_rows(stack, folder, ["who,order,at,total", *rows])


def of_rows(stack: Stack, folder: Path, rows: list[str], mapped: str = TILL) -> Import:
    kind = ImportKind.ORDERS if mapped == TILL else ImportKind.CUSTOMERS
    return Import(stack, folder, kind, mapped, files=[written(folder, "rows.csv", "\n".join(rows))])


async def test_the_first_scan_after_it_lets_nobody_in(open_shop: Callable[..., object], tmp_path: Path) -> None:
    """Whoever becomes absent after the import is who enters, and nobody else."""
    stack = await open_shop(win_back=WIN_BACK)
    await scan_entrances(stack)
    await orders(stack, tmp_path, anna=100, boris=89, vera=10).run()
    await stack.at(HOUR)
    await scan_entrances(stack)
    assert await at_the_door(stack, "win_back") == []
    await stack.at(2 * DAY)
    await scan_entrances(stack)
    assert await at_the_door(stack, "win_back") == ["boris"]
    assert stack.reached == []


async def test_with_let_in_everybody_inside_enters(open_shop: Callable[..., object], tmp_path: Path) -> None:
    stack = await open_shop(win_back=WIN_BACK)
    await scan_entrances(stack)
    await orders(stack, tmp_path, anna=100, vera=10).run(let_in=True)
    await stack.at(HOUR)
    await scan_entrances(stack)
    assert await at_the_door(stack, "win_back") == ["anna"]


async def test_scans_wait_while_an_import_is_open(open_shop: Callable[..., object], tmp_path: Path) -> None:
    """Also if its process died, until somebody goes on with it or ends it; and the dispatcher does not spin."""
    stack = await open_shop(win_back=WIN_BACK)
    one = orders(stack, tmp_path, anna=100, boris=89)
    await stack.track("gleb", "order_completed", order_id="g", at=NOON - 100 * DAY)
    work = await one.importer()

    async def die(point: Failpoint) -> None:
        if point is Failpoint.IMPORTING:
            raise Killed

    with failpoint_hook(die), pytest.raises(Killed):
        await work.work()
    await stack.at(HOUR)
    assert await entrance_scanner.scan_next(stack.runtime) is None
    assert not await entrance_scanner.is_scan_due(stack.runtime, "win_back")
    assert not (await work_queue.load_pending_work(stack.runtime)).looks
    run = await starting.abandon(stack.runtime, ImportKind.ORDERS, "store")
    assert run.kind == "orders"
    assert (await work_queue.load_pending_work(stack.runtime)).looks
    await scan_entrances(stack)
    assert await at_the_door(stack, "win_back") == [], "gleb is noted with all others"


async def test_a_round_that_was_under_way_begins_anew(open_shop: Callable[..., object], tmp_path: Path) -> None:
    stack = await open_shop(club="{segment: gold, again_after: always}")
    for number in range(4):
        await stack.identify(f"p{number}", loyalty_level="silver", at=NOON - HOUR)
    await entrance_scanner.scan_next(stack.runtime, chunk=2)  # half of the round
    await of_rows(stack, tmp_path, ["who,level,born", *(f"p{number},gold," for number in range(4))], PROFILES).run()
    await scan_entrances(stack)
    await stack.at(2 * HOUR)
    await scan_entrances(stack)
    assert await at_the_door(stack, "club") == []
    assert len(await stack.rows("SELECT customer_id FROM segment_member")) == 4


async def test_an_order_of_yesterday_enrolls_and_wakes_nobody(stack: Stack, tmp_path: Path) -> None:
    """The shipped thank-you waits for a live order; an imported one is history, however young."""
    await stack.person("anna", "email")
    await orders(stack, tmp_path, anna=0).run()
    assert await stack.rows("SELECT journey FROM enrollment") == []


async def test_a_profile_of_an_import_lets_nobody_in(open_shop: Callable[..., object], tmp_path: Path) -> None:
    """A journey that begins with a profile, or with its consent, is for live ones."""
    stack = await open_shop(welcome="{when: consent_given, again_after: always}")
    mapped = """who: {user_id: who}
traits: {loyalty_level: level}
consents: [{granted: ok, purpose: {value: marketing}, time: at}]
"""
    one = of_rows(stack, tmp_path, ["who,level,ok,at", f"anna,gold,yes,{NOON.isoformat()}"], mapped)
    assert dict((await one.run()).events) == {"identify": 1, "consent_given": 1}
    assert await at_the_door(stack, "welcome") == []


async def test_dates_that_came_by_then_start_nothing(open_shop: Callable[..., object], tmp_path: Path) -> None:
    stack = await open_shop(birthday=BIRTHDAY)
    rows = ["who,level,born", "anna,gold,1990-03-02", "boris,gold,1990-03-04"]  # anna's ten o'clock is past
    await of_rows(stack, tmp_path, rows, PROFILES).run()
    for _ in range(50):
        await scan_entrances(stack)
        await stack.at(HOUR)
    assert await at_the_door(stack, "birthday") == ["boris"]


async def test_a_schedule_goes_on_after_it(open_shop: Callable[..., object], tmp_path: Path) -> None:
    """A tick does not depend on a change: it is late by the import, and reads what is known by then."""
    stack = await open_shop(news=WEEKLY)
    await scan_entrances(stack)
    await stack.at(MONDAY - HOUR)
    work = await of_rows(stack, tmp_path, ["who,level,born", "anna,gold,"], PROFILES).importer()
    await stack.at(MONDAY + HOUR)
    assert await entrance_scanner.scan_next(stack.runtime) is None
    await work.work()
    await scan_entrances(stack)
    assert [row["entered_at"] for row in await enrollments(stack, "news")] == [MONDAY]


async def test_the_owner_hears_of_an_import_that_stopped(stack: Stack, tmp_path: Path) -> None:
    one = orders(stack, tmp_path, anna=100)
    await one.importer()
    assert await letters(stack) == []
    await stack.rows("UPDATE import_run SET heard_at = heard_at - interval '6 minutes' RETURNING id")
    (letter,) = await letters(stack)
    assert "an import of orders has stopped" in letter.fields["subject"]
    assert "--resume" in letter.fields["text"] and "--abandon" in letter.fields["text"]
    await stack.at(DAY)
    assert len(await letters(stack)) == 1, "told once"
    await one.run(resume=True)
    await letters(stack)
    assert await stack.rows("SELECT kind FROM alert WHERE closed_at IS NULL AND kind = 'import_stopped'") == []


async def letters(stack: Stack) -> list:
    await source_health.check_sources(stack.runtime)
    await alerts.send_alerts(stack.runtime)
    return [one for one in stack.sandbox.received if "import" in one.fields.get("subject", "")]
