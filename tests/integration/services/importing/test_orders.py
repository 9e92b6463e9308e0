"""Importing orders: what is stored, never twice, and going on after a kill at any moment."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.errors import Rejected
from kaskad.domain.importing.kinds import ImportKind
from kaskad.services.failures.failpoints import Failpoint, failpoint_hook
from kaskad.services.importing import importer
from kaskad.services.ingestion import ingest
from kaskad.services.operations import retention
from tests.support.importing import Import, keeping_long, written
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
LINES = """\
kind: orders
zone: Europe/Moscow
who: {user_id: household}
id: basket
time: at
properties:
  total: {sum: sales}
  place: store
lines:
  fields: {product_id: product, quantity: quantity, price: {column: sales, per: quantity}}
"""
HEADER = ("household", "store", "basket", "product", "quantity", "sales", "at")


class Killed(Exception):
    """The process is no more."""


def till(orders: int, *, lines: int = 3) -> list[list[Any]]:
    """Rows of a till: every order with its lines, two a day, of seven customers in turn."""
    rows = []
    for order in range(orders):
        at = datetime(2027, 1, 1, 12, tzinfo=UTC) + timedelta(hours=order % 1_000)
        for line in range(lines):
            product = f"p{(order + line) % 11}"
            rows.append([f"h{order % 7}", "s1", f"b{order}", product, 2, f"{line + 1}.50", f"{at:%Y-%m-%d %H:%M:%S}"])
    return rows


def table(rows: list[list[Any]], header: tuple[str, ...] = HEADER) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue()


@pytest.fixture
async def shop(open_stack: OpenStack) -> Stack:
    return await open_stack(edit=keeping_long)


@pytest.fixture
def importing(shop: Stack, tmp_path: Path) -> Callable[..., Import]:
    def make(*texts: str, mapped: str = LINES, kind: ImportKind = ImportKind.ORDERS) -> Import:
        files = [written(tmp_path, f"orders{number}.csv", text) for number, text in enumerate(texts)]
        return Import(shop, tmp_path, kind, mapped, files=files)

    return make


async def events(stack: Stack) -> list[dict[str, Any]]:
    return await stack.rows(
        """SELECT e.message_id, e.name, e.source, e.occurred_at, e.received_at, e.properties, i.value AS who
             FROM event e LEFT JOIN identity i ON i.customer_id = e.customer_id AND i.kind = 'user_id'
            ORDER BY e.occurred_at, e.message_id"""
    )


async def test_rows_of_an_order_are_its_lines(shop: Stack, importing: Callable[..., Import]) -> None:
    counts = await importing(table(till(20))).run()
    assert (counts.rows, counts.stored, counts.rejected) == (60, 20, 0)
    found = await events(shop)
    assert len(found) == 20
    first = found[0]
    assert (first["name"], first["source"], first["who"]) == ("order_completed", "store", "h0")
    assert first["occurred_at"] == datetime(2027, 1, 1, 9, tzinfo=UTC)  # 12:00 in Moscow
    assert first["received_at"] == NOON
    assert first["properties"]["total"] == 7.5
    assert [(line["product_id"], line["quantity"], line["price"]) for line in first["properties"]["products"]] == [
        ("p0", 2, 0.75),
        ("p1", 2, 1.25),
        ("p2", 2, 1.75),
    ]


async def test_what_is_imported_again_is_known_for_good(shop: Stack, importing: Callable[..., Import]) -> None:
    """Also after the ids of live events were let go, and the events themselves."""
    text = table(till(20))
    await importing(text).run()
    await shop.at(timedelta(days=15))
    await retention.delete_expired(shop.runtime)
    again = await importing(text).run()
    assert (again.stored, again.known) == (0, 20)
    await shop.rows("DELETE FROM event")
    more = await importing(table(till(22))).run()
    assert (more.stored, more.known) == (2, 20)
    assert len(await events(shop)) == 2


@pytest.mark.parametrize("kills", [(1,), (2, 1), (3, 3, 1)])
async def test_a_kill_loses_nothing_and_stores_nothing_twice(
    shop: Stack, importing: Callable[..., Import], kills: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before a commit, again and again: what comes after is the same as without."""
    monkeypatch.setattr(importer, "FEWEST", 50)
    monkeypatch.setattr(importer, "MOST", 50)
    rows = till(600, lines=2)
    rows[100][4] = "-3"  # a quantity below zero spoils its line
    rows[301][6] = ""
    rows[300][6] = "yesterday"  # rejected: its time is none
    one = importing(table(rows[:800]), table(rows[800:]))
    for number, kill in enumerate(kills):
        work = await one.importer(resume=number > 0)
        work._size = 50
        seen = 0

        async def die(point: Failpoint, kill: int = kill) -> None:
            nonlocal seen
            seen += point is Failpoint.IMPORTING
            if seen == kill:
                raise Killed

        with failpoint_hook(die), pytest.raises(Killed):
            await work.work()
    counts = await one.run(resume=True)
    assert (counts.rows, counts.stored, counts.rejected, counts.known, counts.again) == (1_200, 599, 2, 0, 0)
    assert len(await events(shop)) == 599
    rejected = list(csv.DictReader(io.StringIO(one.rejects.read_text())))
    assert [row["basket"] for row in rejected] == ["b150", "b150"]
    assert "bad_time" in rejected[0]["kaskad_reason"]


async def test_a_kill_leaves_no_reject_twice(
    shop: Stack, importing: Callable[..., Import], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written of rejects after the last progress is written again when the rows are read again."""
    monkeypatch.setattr(importer, "FEWEST", 1)
    monkeypatch.setattr(importer, "MOST", 1)
    rows = till(3)
    for row in rows[:6]:
        row[6] = "soon"
    one = importing(table(rows))
    work = await one.importer()
    work._size = 1
    passed: list[Failpoint] = []

    async def die(point: Failpoint) -> None:
        passed.append(point)
        if passed.count(Failpoint.IMPORTING) == 2:
            raise Killed

    with failpoint_hook(die), pytest.raises(Killed):
        await work.work()
    assert one.rejects.read_text().count(",b1,") == 3
    await one.run(resume=True)
    assert one.rejects.read_text().count(",b1,") == 3
    assert len(one.rejects.read_text().splitlines()) == 7


async def test_rejected_rows_can_be_mended_and_imported(shop: Stack, importing: Callable[..., Import]) -> None:
    rows = till(3)
    for row in rows[3:6]:
        row[6] = "soon"
    one = importing(table(rows))
    assert (await one.run()).codes == {"bad_time": 1}
    mended = one.rejects.read_text().replace(",soon,", ",2027-01-05 10:00:00,")
    counts = await importing(mended).run()
    assert (counts.stored, counts.known, counts.rejected) == (1, 0, 0)
    assert [event["message_id"] for event in await events(shop)] == ["orders:b0", "orders:b2", "orders:b1"]


@pytest.mark.parametrize(
    ("place", "bad", "orders"),
    [
        (4, ["h1", "s1", "b1", "p9", "2"], "b1"),  # inside of its order
        (4, ["h1", "s1", "b1", "p9", "2", "1", "2027-01-02 10:00:00", "more"], "b1"),
        (4, ["h1", "s1", "", "p9", "2", "1", "2027-01-02 10:00:00"], "b1"),
        (4, ["h1"], "b1"),
        (3, ["h1", "s1", "b1", "p9"], "b1"),  # before it
        (3, ["h1", "s1, of the till", "with more", "b1", "p9", "2", "1", "2027-01-02 10:00:00"], "b1"),
        (6, ["h1", "s1", "b1", "p9"], "b1"),  # behind it
        (9, ["h1", "s1", "b2", "p9"], "b2"),  # at the end
        (0, ["h1", "s1", "b0", "p9"], "b0"),
        (6, ["h1", "s1"], "b1 b2"),  # cut before its number: of the one or of the other
        (6, ["h1", "s1", "b7", "p9"], ""),  # of an order of its own
    ],
)
async def test_a_bad_row_rejects_its_whole_order(
    shop: Stack, importing: Callable[..., Import], place: int, bad: list[str], orders: str
) -> None:
    """Without it, the order would be known by half for good."""
    rows = till(3)
    rows.insert(place, bad)
    one = importing(table(rows))
    counts = await one.run()
    assert counts.rows == 10
    assert sorted(event["message_id"] for event in await events(shop)) == [
        f"orders:b{number}" for number in range(3) if f"b{number}" not in orders
    ]
    rejected = one.rejects.read_text()
    assert len(rejected.splitlines()) == 2 + 3 * len(orders.split())
    assert counts.rejected == 1 + 3 * len(orders.split())


async def test_an_empty_row_inside_an_order_takes_nothing_from_it(
    shop: Stack, importing: Callable[..., Import]
) -> None:
    rows = till(2)
    rows.insert(1, [""] * 7)
    counts = await importing(table(rows)).run()
    assert (counts.rows, counts.stored, counts.rejected) == (7, 2, 0)
    assert [len(event["properties"]["products"]) for event in await events(shop)] == [3, 3]


async def test_a_taken_over_import_writes_nothing_more(shop: Stack, importing: Callable[..., Import]) -> None:
    one = importing(table(till(30)))
    slow = await one.importer()
    fast = await one.importer(resume=True)
    with pytest.raises(Rejected, match="taken this import over"):
        await slow.work()
    assert await events(shop) == []
    await fast.work()
    assert len(await events(shop)) == 30


async def test_two_at_once_store_each_row_once(shop: Stack, importing: Callable[..., Import], tmp_path: Path) -> None:
    text = table(till(200))
    one = importing(text)
    other = Import(shop, tmp_path, ImportKind.ORDERS, LINES, "call_centre", [written(tmp_path, "same.csv", text)])
    with pytest.raises(Rejected, match="--resume"):
        await one.importer()
        await one.importer()
    first, second = await asyncio.gather(one.run(resume=True), other.run())
    assert (first.stored, second.stored) == (200, 200)  # two sources: two words about the same orders
    assert len(await events(shop)) == 400


async def test_what_is_older_than_events_are_kept_is_refused(open_stack: OpenStack, tmp_path: Path) -> None:
    stack = await open_stack()  # the shipped policy keeps them for 400 days
    rows = till(2)
    for row in rows[:3]:
        row[6] = "2020-05-01 10:00:00"
    one = Import(stack, tmp_path, ImportKind.ORDERS, LINES, files=[written(tmp_path, "o.csv", table(rows))])
    assert "keep: {events: " in (await one.try_it()).problems[0].detail
    counts = await one.run()
    assert (counts.stored, dict(counts.codes)) == (1, {"too_old": 1})
    assert counts.days > 2_400


async def test_months_of_the_past_get_their_partitions(shop: Stack, importing: Callable[..., Import]) -> None:
    rows = till(2)
    for row in rows[:3]:
        row[6] = "2017-03-01 10:00:00"
    await importing(table(rows)).run()
    default = await shop.rows("SELECT count(*) AS n FROM event_default")
    assert default == [{"n": 0}]
    assert await shop.rows("SELECT count(*) AS n FROM event_2017_03") == [{"n": 1}]


async def test_ids_of_several_customers_go_the_ordinary_way(
    shop: Stack, importing: Callable[..., Import], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they are one person is decided where live events are: the import stores them as ingestion does."""
    seen: list[str] = []
    ordinary = ingest.store_history

    async def noted(connection: Any, **said: Any) -> Any:
        seen.extend(event.properties["order_id"] for event in said["events"])
        return await ordinary(connection, **said)

    monkeypatch.setattr(ingest, "store_history", noted)
    await shop.identify("known", context={"externalIds": [{"type": "card", "id": "c0"}]})
    mapped = "who: {user_id: id, card: card, device: device}\nid: number\ntime: at\nproperties: {total: total}\n"
    rows = ["known,c0,", "known,c1,", ",c1,d1", "other,c0,", ",,d2", ",c3,", ",c3,d2", ",c4,d4"]
    text = "id,card,device,number,at,total\n"
    text += "".join(f"{row},{number},2027-01-01,5\n" for number, row in enumerate(rows, 1))
    counts = await importing(text, mapped=mapped).run()
    assert (counts.stored, counts.rejected) == (8, 0)
    assert seen == ["2", "3", "4", "7"]


async def test_rows_of_an_order_must_be_together(importing: Callable[..., Import]) -> None:
    rows = till(4)
    rows.append(rows.pop(1))
    with pytest.raises(Rejected, match=r"orders0\.csv:13: the order of this row began at line 2"):
        await importing(table(rows)).run()


async def test_a_quote_that_is_never_closed_swallows_no_order(shop: Stack, importing: Callable[..., Import]) -> None:
    """The rows that it may hold are of orders that are rejected as a whole."""
    lines = table(till(4)).splitlines()
    lines[2] = lines[2].replace("s1", '"s1 of 27 inch')
    lines[5] = lines[5].replace("s1", 's"1')
    one = importing("\n".join(lines) + "\n")
    assert dict((await one.run()).codes) == {"bad_row": 1}
    assert [event["message_id"] for event in await events(shop)] == ["orders:b2", "orders:b3"]
    assert one.rejects.read_text().count("b1") == 3


async def test_an_order_in_two_files(shop: Stack, importing: Callable[..., Import]) -> None:
    """Its second half would be lost as told again. What is equal in both is one order."""
    rows = till(4)
    with pytest.raises(Rejected, match=r"orders1\.csv:2: the order of this row is also at .*orders0\.csv:5, and says"):
        await importing(table(rows[:5]), table(rows[5:])).run()
    counts = await importing(table(rows[:9]), table(rows[6:])).run()
    assert (counts.stored, counts.again) == (4, 1)


async def test_an_imported_order_empties_the_live_cart(shop: Stack, importing: Callable[..., Import]) -> None:
    await shop.cart("h0", product="p0")
    rows = till(1)
    for row in rows:
        row[6] = "2027-03-02 12:30:00"
    await shop.at(timedelta(hours=1))
    await importing(table(rows)).run()
    assert [row["items"] for row in await shop.rows("SELECT items FROM cart")] == [[]]
