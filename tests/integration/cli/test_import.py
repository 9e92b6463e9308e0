"""`kaskad import` and `kaskad imports`: the whole way, and what is wrong with a map or with the arguments."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.support.commands import Shop

MAP = """\
kind: orders
source: store
who: {user_id: customer}
id: number
time: at
properties: {total: total}
"""
ROWS = "customer,number,at,total\nanna,1,2026-11-01T10:00:00Z,100\nboris,2,soon,200\n"


@pytest.fixture
def files(shop: Shop) -> Path:
    (shop.folder / "map.yaml").write_text(MAP)
    (shop.folder / "orders.csv").write_text(ROWS)
    return shop.folder


def test_the_whole_way(published: Shop, files: Path) -> None:
    command = ("import", "orders", "orders.csv", "--map", "map.yaml")
    tried = published.run(*command, "--dry-run")
    assert tried.code == 0
    assert "orders.csv:3: bad_time: 'timestamp' must be" in tried.out
    assert "2 rows: 1 event would be stored (order_completed 1)" in tried.out
    assert published.run("imports").out == "nothing was imported\n"
    document = published.run(*command, "--json").document
    assert (document["rows"], document["stored"], document["rejected"]) == (2, 1, 1)
    assert document["rejects"] == "orders.csv.rejects"
    assert (files / "orders.csv.rejects").read_text().splitlines()[
        0
    ] == "customer,number,at,total,kaskad_reason,kaskad_line"
    again = published.run(*command)
    assert "1 event known from an earlier import" in again.out
    assert "history lets nobody in" in again.out
    (latest, first) = published.run("imports", "--json").document["imports"]
    assert (first["state"], first["counts"]["stored"], latest["counts"]["known"]) == ("done", 1, 1)
    assert "orders.csv" in published.run("imports").out


def test_an_import_that_died(published: Shop, files: Path, database_url: str) -> None:
    command = ("import", "orders", "orders.csv", "--map", "map.yaml")
    published.run(*command)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE import_run SET ended_at = NULL, state = 'running'")
        connection.execute("UPDATE import_run SET heard_at = heard_at - interval '1 hour'")
    assert "stopped: --resume or --abandon" in published.run("imports").out
    refused = published.run(*command)
    assert refused.code == 2 and "--resume" in refused.err and "--abandon" in refused.err
    (files / "map.yaml").write_text(MAP + "others: true\n")
    assert "another map" in published.run(*command, "--resume").err
    (files / "map.yaml").write_text(MAP)
    (files / "orders.csv").write_text(ROWS + "vera,3,2026-11-01,1\n")
    assert "have changed since" in published.run(*command, "--resume").err
    assert "is ended" in published.run("import", "orders", "--source", "store", "--abandon").out
    gone = published.run("import", "orders", "--source", "store", "--abandon")
    assert gone.code == 2 and "no import of orders from 'store' is open" in gone.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("orders",), "--map"),
        (("orders", "orders.csv"), "--map"),
        (("orders", "gone.csv", "--map", "map.yaml"), "there is no such file"),
        (("orders", "orders.csv", "--map", "map.yaml", "--source", "nowhere"), "no source 'nowhere'"),
        (("orders", "orders.csv", "--map", "map.yaml", "--resume"), "is open"),
        (("orders", "orders.csv", "--map", "map.yaml", "--resume", "--dry-run"), "three different things"),
        (("orders", "orders.csv", "--map", "map.yaml", "--rejects", "./orders.csv"), "a file of their own"),
        (("orders", "--abandon"), "--source NAME"),
    ],
)
def test_misuse_is_told_in_a_sentence(published: Shop, files: Path, arguments: tuple[str, ...], said: str) -> None:
    done = published.run("import", *arguments)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_problems_of_a_map_have_their_places(published: Shop, files: Path) -> None:
    (files / "map.yaml").write_text(
        "kind: events\nwho: {user_id: customer}\ntimes: at\nproperties: {total: {colum: x}}\n"
    )
    done = published.run("import", "orders", "orders.csv", "--map", "map.yaml")
    assert done.code == 1
    assert "map.yaml:1:7: this is a map of events, not of orders" in done.out
    assert "map.yaml:3:1: unknown key 'times', did you mean 'time'?" in done.out
    assert "map.yaml:4:22: unknown key 'colum', did you mean 'column'?" in done.out
    assert "map.yaml:1:1: 'id' is missing" in done.out
