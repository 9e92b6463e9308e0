"""What people look at by command: a journey drawn, who stands where, the calendar, decisions made again."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import psycopg
import pytest

from tests.support.commands import Shop, play


@pytest.fixture
def lived(shop: Shop, database_url: str, tmp_path: Path) -> Shop:
    """One customer bought in the store, one was written to."""
    play(shop, database_url, tmp_path)
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    return shop


def test_show_draws_the_file_without_a_database(shop: Shop) -> None:
    said = shop.run("show", "abandoned-cart")
    assert said.code == 0
    assert "When a cart has been quiet for an hour" in said.out
    assert "├── send 'cart_reminder'; stale after 30 hours  send:cart_reminder" in said.out
    assert "The goal: bought within 7 days." in said.out
    shop.edit("configs/journeys/abandoned_cart.yaml", "72h after enter", "70h after enter")
    assert "wait until 70 hours after entering" in shop.run("show", "abandoned_cart").out


def test_show_prints_mermaid_and_json(shop: Shop) -> None:
    assert shop.run("show", "abandoned_cart", "--mermaid").out.startswith("flowchart TD\n")
    document = shop.run("show", "abandoned_cart", "--json").document
    assert [place["kind"] for place in document["places"]] == ["send", "wait", "choose", "call"]
    assert [way["label"] for way in document["places"][2]["ways"]][-1] == "otherwise"
    assert "live" not in document


def test_show_writes_a_picture(lived: Shop) -> None:
    assert lived.run("show", "abandoned_cart", "--live", "--svg", "cart.svg").code == 0
    drawn = ElementTree.parse(lived.folder / "cart.svg").getroot()
    texts = [element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "1 here" in texts
    assert "7 days: 1 sent" in texts


def test_show_live_counts(lived: Shop) -> None:
    document = lived.run("show", "abandoned_cart", "--live", "--json").document
    assert document["version"] == 1
    assert document["live"]["send:cart_reminder"] == {"here": 1, "passed": 0, "sent": 1, "left": 0}
    text = lived.run("show", "abandoned_cart", "--live").out
    assert "send:cart_reminder  1 here  7 days: 1 sent" in text


def test_show_who_lists_people(lived: Shop) -> None:
    document = lived.run("show", "abandoned_cart", "--who", "cart_reminder", "--json").document
    (anna,) = document["people"]
    assert (anna["customer"], anna["waits_for"]) == ("anna", "an answer by e-mail")
    assert document["total"] == 1
    assert "an answer by e-mail" in lived.run("show", "abandoned_cart", "--who", "send:cart_reminder").out


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        (("show", "no-such"), "unknown journey 'no_such'"),
        (("show", "abandoned_cart", "--who", "x"), "there is no step 'x' in 'abandoned_cart'"),
        (("replay", "no-one"), "no customer is known as 'no-one'"),
        (("replay",), "name one customer, or say --all"),
        (("replay", "anna", "--all"), "name one customer, or say --all"),
    ],
)
def test_slips_are_refused_with_a_word(lived: Shop, slip: tuple[str, ...], said: str) -> None:
    answer = lived.run(*slip)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_calendar_tells_what_is_to_go_out(lived: Shop) -> None:
    document = lived.run("calendar", "--days", "4", "--json").document
    assert document["zone"] == "Europe/Moscow"
    last = [hour for hour in document["hours"] if hour["message"] == "cart_last_reminder"]
    assert [(hour["day"], hour["hour"], hour["channel"], hour["perhaps"]) for hour in last] == [
        ("2027-03-05", 12, "email", 1)
    ]
    text = lived.run("calendar").out
    assert "Fri 5 Mar" in text
    assert "whoever comes from now on is not counted" in text


def test_calendar_of_an_empty_shop(published: Shop) -> None:
    assert "No message is expected in this time, as far as is known today." in published.run("calendar").out


def test_explain_as_it_stood_then(lived: Shop) -> None:
    result = lived.run("explain", "anna", "--journey", "abandoned-cart", "--at", "2027-03-02T09:30")
    assert "As of Tue 2 Mar 2027 12:30: nothing had been decided yet." in result.out
    document = lived.run("explain", "anna", "--journey", "abandoned-cart", "--json").document
    queued = [line for line in document["passages"][0]["lines"] if line["kind"] == "queued"]
    assert "`where` of the entrance: cart.total is at least 1000? yes" in queued[0]["grounds"]


def test_replay_says_whether_all_is_the_same(lived: Shop, database_url: str) -> None:
    same = lived.run("replay", "--all", "--since", "2027-03-01")
    assert (same.code, same.out) == (0, "3 decisions made again: all are the same.\n")
    with psycopg.connect(database_url) as connection:
        connection.execute("""UPDATE decision SET seen = seen - 'exit' WHERE kind = 'left'""")
    differs = lived.run("replay", "77")
    assert differs.code == 1
    assert "then: left (left)" in differs.out
    document = lived.run("replay", "--all", "--json").document
    assert (document["decisions"], len(document["differences"])) == (3, 1)


def test_a_look_that_fails_is_shown_by_both(published: Shop, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO entrance_look (journey, since, due_at, faults, fault)"
            " VALUES ('thank_you', '2027-03-01 UTC', '2027-03-02 12:04 UTC', 2, 'SyntaxError: at the end')"
        )
    shown = published.run("journeys")
    assert "nobody can enter" in shown.out
    assert (
        "the entrance scan failed 2 times; the next one is at 2027-03-02 12:04 UTC: SyntaxError: at the end"
        in shown.err
    )
    (state,) = [
        journey for journey in published.run("journeys", "--json").document["journeys"] if journey["look_faults"]
    ]
    assert (state["name"], state["look_at"]) == ("thank_you", "2027-03-02T12:04:00+00:00")
    assert "the next one is at 2027-03-02 12:04 UTC: SyntaxError" in published.run("show", "thank_you", "--live").err
    document = published.run("show", "thank_you", "--live", "--json").document
    assert document["entrance"]["faults"] == 2
    assert "entrance" not in published.run("show", "abandoned_cart", "--live", "--json").document
