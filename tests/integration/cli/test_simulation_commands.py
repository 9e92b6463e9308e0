"""Journey tests and simulations by command: what is printed and written, and how the command ends."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from kaskad.sandbox.shop.month import generate_month, write_calls
from tests.support.commands import Shop

TESTS = "configs/journeys/tests/thank_you.yaml"
CART = "configs/journeys/abandoned_cart.yaml"


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Three days of a small shop, in `events.ndjson`."""
    write_calls(generate_month(40, 700, datetime(2027, 3, 1, tzinfo=UTC), days=3), shop.folder / "events.ndjson")
    return shop


def test_cases_are_counted_and_written_for_continuous_integration(shop: Shop) -> None:
    said = shop.run("test", "thank-you", "--junit", "build/tests.xml", "--json")
    assert said.code == 0
    assert said.document["passed"] is True
    suite = ElementTree.parse(shop.folder / "build" / "tests.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == (str(len(said.document["tests"])), "0")


def test_a_case_that_fails_is_shown_and_ends_with_1(shop: Shop) -> None:
    shop.edit(TESTS, 'at: "13:00"', 'at: "14:00"')
    said = shop.run("test", "thank_you", "--junit", "tests.xml")
    assert said.code == 1
    assert "expected  Tue 2027-03-02 14:00  how_was_it by push" in said.out
    assert "got  Tue 2027-03-02 13:00  how_was_it by push" in said.out
    assert ", 1 failed, in " in said.out
    (failure,) = ElementTree.parse(shop.folder / "tests.xml").getroot().iter("failure")
    assert "2027-03-02 14:00" in (failure.text or "")


def test_a_journey_without_tests_is_named(shop: Shop) -> None:
    (shop.folder / TESTS).unlink()
    said = shop.run("test", "thank_you")
    assert (said.code, said.err) == (
        2,
        f"kaskad: there are no tests of 'thank_you': write them into {TESTS}\n",
    )


def test_two_versions_are_simulated_side_by_side(busy: Shop) -> None:
    text = (busy.folder / CART).read_text()
    (busy.folder / "later.yaml").write_text(text.replace("quiet_for: 1h", "quiet_for: 2h", 1))
    (busy.folder / "rates.yaml").write_text("push: {opened: 100%}\nemail: {opened: 0%}\n")
    asked = ["simulate", "abandoned_cart", "--events", "events.ndjson", "--rates", "rates.yaml"]
    said = busy.run(*asked, "--compare", "later.yaml", "--page", "build/page.html", "--json")
    assert said.code == 0
    assert said.document["entered"] > 0 and said.document["messages"] > 0
    assert said.document["compared"]["messages"] > 0
    assert said.document["compared"]["hours"] != said.document["hours"]
    assert "Compared" in (busy.folder / "build" / "page.html").read_text()
    alone = busy.run(*asked, "--json").document
    assert alone == {key: value for key, value in said.document.items() if key != "compared"}


def test_a_published_version_is_compared_by_its_number(busy: Shop, database_url: str) -> None:
    """What is played beside the files is what was live then: its steps, and its messages' channels."""
    busy.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    assert busy.run("publish", "--no-prefect").code == 0
    asked = ["simulate", "abandoned_cart", "--events", "events.ndjson", "--json"]
    before = busy.run(*asked).document
    busy.edit(CART, "quiet_for: 1h", "quiet_for: 2h")
    shutil.rmtree(busy.folder / "templates" / "cart_reminder")
    shutil.copytree(busy.folder / "templates" / "cart_help", busy.folder / "templates" / "cart_reminder")
    said = busy.run(*asked, "--compare", "1")
    assert said.code == 0
    assert said.document.pop("compared") == before
    assert said.document["hours"] != before["hours"]
    unknown = busy.run(*asked[:-1], "--compare", "7")
    assert (unknown.code, unknown.err) == (2, "kaskad: 'abandoned_cart' has no version 7 (stored: 1)\n")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], "name the events: --events FILE, or --from and --to for stored events"),
        (["--events", "none.ndjson"], "there is no file none.ndjson"),
        (["--events", "events.ndjson", "--rates", "none.yaml"], "there is no file none.yaml"),
        (["--events", "events.ndjson", "--compare", "none"], "there is no none: --compare takes a version's number"),
        (["--events", "events.ndjson", "--beside", "no_such"], "unknown journey 'no_such'"),
    ],
)
def test_what_cannot_be_simulated_is_said(busy: Shop, options: list[str], expected: str) -> None:
    said = busy.run("simulate", "abandoned_cart", *options)
    assert said.code == 2
    assert said.err.startswith(f"kaskad: {expected}")
