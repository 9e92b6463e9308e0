"""Events, customers, consents and products out of files: each means what it means when a source tells it live."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kaskad.domain.errors import Rejected
from kaskad.domain.importing.kinds import ImportKind
from tests.support.importing import Import, keeping_long, written
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio


@pytest.fixture
async def keeper(open_stack: OpenStack) -> Stack:
    return await open_stack(edit=keeping_long)


@pytest.fixture
def importing(keeper: Stack, tmp_path: Path) -> Callable[..., Import]:
    def make(kind: ImportKind, mapped: str, file: str | Path, encoding: str = "utf-8") -> Import:
        path = file if isinstance(file, Path) else written(tmp_path, "rows.txt", file, encoding)
        return Import(keeper, tmp_path, kind, mapped, files=[path])

    return make


def copied(path: Path) -> Path:
    """The file under another name."""
    return path.rename(path.with_name("mended.csv"))


EVENTS = """\
kind: events
zone: Europe/Moscow
values: {time: DD.MM.YYYY HH:mm, decimal: ","}
who: {user_id: Клиент}
event: {column: Событие, names: {просмотр: product_viewed, открыл письмо: null}}
time: Время
properties: {product_id: Товар, price: Цена, points: {column: Баллы, type: number}}
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
async def test_encoding_and_delimiter_are_recognized(
    keeper: Stack, importing: Callable[..., Import], encoding: str, delimiter: str
) -> None:
    rows = [
        "Клиент|Событие|Время|Товар|Цена|Баллы",
        "анна|Просмотр|01.02.2027 15:30|пицца|590,50|7",
        "борис|открыл письмо|01.02.2027 15:31|||",
        "вера|возврат|01.02.2027 15:31|||",
    ]
    text = "\n".join([*rows, rows[-1].replace("вера", "глеб")]).replace("|", delimiter)
    one = importing(ImportKind.EVENTS, EVENTS, text, encoding)
    counts = await one.run()
    mended = importing(
        ImportKind.EVENTS, EVENTS.replace("null}", "null, возврат: order_returned}"), copied(one.rejects)
    )
    assert (await mended.run()).rows == 2
    await keeper.rows("DELETE FROM event WHERE name = 'order_returned'")
    assert (counts.rows, counts.stored, counts.silent, dict(counts.codes)) == (4, 1, 1, {"bad_name": 2})
    (event,) = await keeper.rows("SELECT name, occurred_at, properties FROM event")
    assert event["name"] == "product_viewed"
    assert event["occurred_at"] == datetime(2027, 2, 1, 12, 30, tzinfo=UTC)
    assert event["properties"] == {"product_id": "пицца", "price": Decimal("590.5"), "points": 7}


async def test_json_lines_packed_with_gzip(keeper: Stack, importing: Callable[..., Import], tmp_path: Path) -> None:
    mapped = """
who: {user_id: customer.id, email: customer.email}
id: id
time: at
event: {column: event, names: {viewed: product_viewed}}
properties: {product_id: item.sku, price: {column: item.price, optional: true}}
"""
    rows = [
        {
            "id": 1,
            "customer": {"id": 17.0, "email": "a@shop.example"},
            "at": 1_769_990_400,
            "event": "viewed",
            "item": {"sku": "p1", "price": 5},
        },
        {"id": 2, "customer": {"id": 17}, "at": "2027-02-01T10:00:00+03:00", "event": "viewed", "item": {"sku": "p2"}},
        {"id": 2, "customer": {"id": 17}, "at": "2027-02-01T10:00:00+03:00", "event": "viewed", "item": {"sku": "p2"}},
        [1],
        {"id": 3, "customer": {}, "at": "2027-02-01T10:00:00Z", "event": "viewed", "item": {"sku": "p2"}},
    ]
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join([*map(json.dumps, rows), "{oops"]).encode()))
    counts = await importing(ImportKind.EVENTS, mapped, path).run()
    assert (counts.rows, counts.stored, counts.again) == (6, 2, 1)
    assert dict(counts.codes) == {"bad_row": 2, "nobody": 1}
    kinds = await keeper.rows("SELECT kind, value FROM identity ORDER BY kind")
    assert [tuple(row.values()) for row in kinds] == [("email", "a@shop.example"), ("user_id", "17")]


async def test_customers_and_their_consents(keeper: Stack, importing: Callable[..., Import]) -> None:
    mapped = """
who: {user_id: id}
traits: {email: mail, phone: phone, first_name: name, birthday: born}
values: {date: DD.MM.YYYY}
consents:
  - granted: {column: news}
    purpose: {value: marketing}
    channel: {value: email}
    text_version: {value: "2025-1"}
    time: agreed
"""
    rows = """id,mail,phone,name,born,news,agreed
a,anna@shop.example,+7 916 123-45-67,Anna,04.03.1990,yes,2026-12-01T10:00:00Z
b,boris@shop.example,112,Boris,,unsubscribed,
c,vera@shop.example,,Vera,,yes,
d,gleb@shop.example,,Gleb,,maybe,2026-12-01T10:00:00Z
e,dina@shop.example,,Dina,,,
"""
    one = importing(ImportKind.CUSTOMERS, mapped, rows)
    counts = await one.run()
    assert dict(counts.events) == {"identify": 5, "consent_given": 1, "consent_withdrawn": 1}
    assert dict(counts.codes) == {"bad_time": 1, "grant_unclear": 1}
    assert dict(counts.remarks) == {"contact_unclear": 1}
    people = await keeper.rows(
        """SELECT i.value AS who, c.attributes->>'birthday' AS born, k.source, g.granted, g.at, g.text_version
             FROM identity i JOIN customer c ON c.id = i.customer_id
             JOIN contact k ON k.customer_id = c.id AND k.channel = 'email'
             LEFT JOIN consent g ON g.customer_id = c.id WHERE i.kind = 'user_id' ORDER BY i.value"""
    )
    assert [(row["who"], row["granted"]) for row in people] == [
        ("a", True),
        ("b", False),
        ("c", None),
        ("d", None),
        ("e", None),
    ]
    assert (people[0]["born"], people[0]["at"]) == ("1990-03-04", datetime(2026, 12, 1, 10, tzinfo=UTC))
    assert (people[0]["source"], people[0]["text_version"]) == ("store", "2025-1")
    assert people[1]["at"] == NOON, "a withdrawal without a time counts from now"
    again = await one.run()
    assert (again.stored, again.known) == (0, 7)


async def test_consents_in_their_widest_meaning(keeper: Stack, importing: Callable[..., Import]) -> None:
    """A no that is not understood in full takes back the widest that it can mean; such a yes grants nothing."""
    mapped = """
who: {user_id: id, email: mail}
time: at
consents:
  - {granted: status, purpose: purpose, channel: channel, expires_at: {column: until, optional: true}}
"""
    rows = """id,mail,status,purpose,channel,at
a,,false,marketing,semaphore,2026-12-01
b,,true,marketing,semaphore,2026-12-01
c,,granted,marketing,,2026-12-01
d,,withdrawn,,,who knows
,nobody@shop.example,unsubscribed,marketing,email,2026-12-01
,,unsubscribed,marketing,email,2026-12-01
e,,subscribed,marketing,e-mail,2026-12-01
"""
    counts = await importing(ImportKind.CONSENTS, mapped, rows).run()
    assert dict(counts.codes) == {"withdrawal_lost": 1}
    found = await keeper.rows(
        """SELECT i.value AS who, c.purpose, c.channel, c.granted FROM consent c JOIN identity i USING (customer_id)
            ORDER BY i.value"""
    )
    said = [tuple(row.values()) for row in found]
    assert said == [
        ("a", "marketing", None, False),
        ("d", "marketing", None, False),
        ("e", "marketing", "email", True),
        ("nobody@shop.example", "marketing", "email", False),
    ]
    assert await keeper.rows("SELECT count(*) AS n FROM refused_address") == [{"n": 1}]


async def test_an_older_grant_does_not_undo_a_later_no(keeper: Stack, importing: Callable[..., Import]) -> None:
    await keeper.track("a", "consent_withdrawn", purpose="marketing", at=NOON - timedelta(days=1))
    mapped = "who: {user_id: id}\ntime: at\nconsents: [{granted: ok, purpose: {value: marketing}}]\n"
    await importing(ImportKind.CONSENTS, mapped, "id,ok,at\na,yes,2026-01-01\n").run()
    found = await keeper.rows("SELECT granted FROM consent ORDER BY at")
    assert [row["granted"] for row in found] == [True, False]


NOES = """
who: {user_id: id, email: mail}
consents:
  - {granted: {column: out, names: {"1": false}}, purpose: {value: marketing}, channel: {value: email}, time: at}
"""


@pytest.mark.parametrize("at", ["", "who knows"])
async def test_a_no_without_a_time_holds_as_of_each_import(
    keeper: Stack, importing: Callable[..., Import], at: str
) -> None:
    """Unless the last word is this no already; and a no with a time is one word, however often it is told."""
    text = f"id,mail,out,at\na,a@shop.example,1,{at}\nb,b@shop.example,1,2027-01-01\n"

    async def last(who: str) -> bool:
        found = await keeper.rows(
            """SELECT granted FROM consent c JOIN identity i ON i.customer_id = c.customer_id
                WHERE i.value = %(who)s AND c.channel = 'email' ORDER BY c.at DESC LIMIT 1""",
            who=who,
        )
        return bool(found[0]["granted"])

    await importing(ImportKind.CONSENTS, NOES, text).run()
    again = await importing(ImportKind.CONSENTS, NOES, text).run()
    assert (again.stored, again.known) == (0, 2)
    await keeper.at(timedelta(hours=1))
    for who in "ab":
        await keeper.track(who, "consent_given", purpose="marketing", channel="sms", at=NOON + timedelta(hours=1))
    assert (await importing(ImportKind.CONSENTS, NOES, text).run()).known == 2, "of another channel nothing was said"
    for who in "ab":
        await keeper.track(who, "consent_given", purpose="marketing", channel="email", at=NOON + timedelta(hours=1))
    await keeper.at(timedelta(hours=2))
    tried = await importing(ImportKind.CONSENTS, NOES, text).try_it()
    assert (tried.counts.stored, tried.counts.known) == (1, 1)
    then = await importing(ImportKind.CONSENTS, NOES, text).run()
    assert (dict(then.events), then.known) == ({"consent_withdrawn": 1}, 1)
    assert (await last("a"), await last("b")) == (False, True)
    once_more = await importing(ImportKind.CONSENTS, NOES, text).run()
    assert (once_more.stored, once_more.known) == (0, 2)


async def test_products_and_their_stock(keeper: Stack, importing: Callable[..., Import]) -> None:
    mapped = """
values: {decimal: ","}
properties: {product_id: sku, name: title, price: price, category: category, stock: left, store: {value: s1}}
"""
    rows = 'sku;title;price;category;left\np1;Pizza;"1 590,50";pizza;3\np2;Tea;;tea;\np3;Jam;dear;jam;1\n'
    counts = await importing(ImportKind.PRODUCTS, mapped, rows).run()
    assert dict(counts.events) == {"product_updated": 3, "product_stock_changed": 2}
    assert dict(counts.remarks) == {"spoiled": 1}
    found = await keeper.rows("SELECT id, attributes, stock FROM product ORDER BY id")
    assert [row["id"] for row in found] == ["p1", "p2", "p3"]
    assert found[0]["attributes"]["price"] == "1590.50"
    assert found[0]["stock"] == {"s1": 3}
    assert await keeper.rows("SELECT id FROM fanout") == []


async def test_an_opt_out_among_events_is_one(keeper: Stack, importing: Callable[..., Import]) -> None:
    """Whatever the map says of its word, and without a time."""
    mapped = "who: {user_id: id}\ntime: at\nid: number\nevent: {column: what, names: {view: product_viewed}}\n"
    rows = "id,what,at,number\na,Unsubscribed from List,,\nb,view,2027-01-01,1\n"
    counts = await importing(ImportKind.EVENTS, mapped, rows).run()
    assert (counts.stored, counts.rejected) == (2, 0)
    (said,) = await keeper.rows("SELECT purpose, granted FROM consent")
    assert tuple(said.values()) == ("marketing", False)


async def test_an_order_with_its_lines_in_a_list(keeper: Stack, importing: Callable[..., Import]) -> None:
    mapped = """
who: {user_id: customer}
id: number
time: created
properties: {total: sum, currency: {value: EUR}}
lines: {from: items, fields: {product_id: sku, quantity: qty, price: price}}
more:
  - {event: order_paid, time: paid}
  - {event: order_cancelled, time: closed, when: {column: state, names: {cancelled: true}}}
"""
    rows = [
        {
            "customer": "a",
            "number": 7,
            "created": "2027-01-01T10:00:00Z",
            "sum": "10.00",
            "state": "Cancelled",
            "items": [{"sku": "p1", "qty": "2", "price": "5,00"}],
            "paid": "2027-01-01T11:00:00Z",
            "closed": "2027-01-02T11:00:00Z",
        },
        {"customer": "a", "number": 8, "created": "2027-01-01T10:00:00Z", "sum": "ten", "state": "open", "items": "[]"},
    ]
    text = "\n".join(map(json.dumps, rows))
    counts = await importing(ImportKind.ORDERS, mapped, text).run()
    assert dict(counts.events) == {"order_completed": 2, "order_paid": 1, "order_cancelled": 1}
    found = await keeper.rows(
        "SELECT name, message_id, properties, spoiled FROM event ORDER BY occurred_at, message_id"
    )
    assert [row["message_id"] for row in found] == [
        "orders:7",
        "orders:8",
        "orders:7:order_paid",
        "orders:7:order_cancelled",
    ]
    assert found[0]["properties"]["products"] == [{"product_id": "p1", "quantity": 2, "price": 5}]
    assert found[0]["properties"]["currency"] == "EUR"
    assert found[1]["spoiled"] == ["total"]
    standing = await keeper.rows(
        "SELECT o.message_id FROM customer c, standing_orders(c.id, %(now)s) o ORDER BY 1", now=NOON
    )
    assert [row["message_id"] for row in standing] == ["orders:8"]


@pytest.mark.parametrize(
    ("source", "said"),
    [("nowhere", "add `nowhere: {title"), ("site", "is public"), ("kaskad", "Kaskad itself")],
)
async def test_a_source_that_may_not_import(importing: Callable[..., Import], source: str, said: str) -> None:
    one = importing(ImportKind.PRODUCTS, "properties: {product_id: sku}\n", "sku\np1\n")
    one.source = source
    with pytest.raises(Rejected, match=said):
        await one.run()


async def test_the_dry_run_stores_nothing(keeper: Stack, importing: Callable[..., Import]) -> None:
    mapped = "who: {user_id: id}\ntime: at\nid: number\nproperties: {total: sum}\n"
    rows = (
        "id,at,number,sum\n"
        + "".join(f"a,2027-01-0{day},{day},10\n" for day in range(1, 6))
        + "b,soon,9,1\n,2027-01-01,8,1\n"
    )
    rows += "c,2026-12-01,10,much\nd,2026-12-01,11\n"
    one = importing(ImportKind.ORDERS, mapped, rows)
    found = await one.try_it()
    assert [(problem.place.rpartition("/")[2], problem.code) for problem in found.problems] == [
        ("rows.txt:7", "bad_time"),
        ("rows.txt:8", "nobody"),
        ("rows.txt:9", "spoiled"),
        ("rows.txt:10", "bad_row"),
    ]
    assert (found.counts.rows, found.counts.stored, found.counts.rejected) == (9, 6, 3)
    assert [f"{month:%Y-%m}" for month in sorted(found.months)] == ["2026-12", "2027-01"]
    assert await keeper.rows("SELECT id FROM event UNION ALL SELECT id FROM import_run") == []
    await one.run()
    assert (await one.try_it()).counts.known == 6


async def test_the_columns_of_the_map_must_be_there(importing: Callable[..., Import]) -> None:
    one = importing(ImportKind.PRODUCTS, "properties:\n  product_id: Sku\n", "sku,name\np1,x\n")
    with pytest.raises(Rejected, match=r"map\.yaml:2:15: the file has no column 'Sku'; it has sku, name"):
        await one.run()
    twice = importing(ImportKind.PRODUCTS, "properties:\n  product_id: sku\n", "sku,sku\np1,x\n")
    with pytest.raises(Rejected, match="several columns 'sku'"):
        await twice.run()


async def test_a_quote_that_is_never_closed(importing: Callable[..., Import]) -> None:
    text = 'sku,name\np1,"x\n' + "p2,y\n" * 400_000
    with pytest.raises(Rejected, match=r"rows\.txt:2: .*quote"):
        await importing(ImportKind.PRODUCTS, "properties: {product_id: sku}\n", text).run()
