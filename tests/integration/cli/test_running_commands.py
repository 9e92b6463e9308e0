"""What people do by command while the engine runs: pause, stop, trigger, explain, report."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import Shop, play


def test_pausing_needs_no_prefect_and_resuming_does(published: Shop, nowhere: int) -> None:
    port = {"KASKAD_PREFECT_PORT": str(nowhere)}
    paused = published.child("pause", "abandoned-cart", "--json", **port)
    assert (paused.code, paused.document) == (0, {"journey": "abandoned_cart", "paused": True})
    assert "does not answer" in paused.err
    assert published.child("resume", "abandoned_cart", **port).code == 2
    assert states(published)["abandoned_cart"] is True
    assert published.run("resume", "abandoned_cart", "--no-prefect").code == 0
    assert states(published)["abandoned_cart"] is False
    assert "there is no journey 'no_such'" in published.run("pause", "no-such", "--no-prefect").err


def states(shop: Shop) -> dict[str, bool]:
    return {journey["name"]: journey["paused"] for journey in shop.run("journeys", "--json").document["journeys"]}


def test_an_emergency_stop_stands_until_it_is_lifted(published: Shop) -> None:
    standing = published.run("stop", "channel", "sms", "--json").document["stops"]
    assert [(stop["scope"], stop["name"]) for stop in standing] == [("channel", "sms")]
    assert "stopped: channel sms" in published.run("stop", "journey", "abandoned-cart").out
    lifted = published.run("stop", "channel", "sms", "--lift", "--json").document["stops"]
    assert [(stop["scope"], stop["name"]) for stop in lifted] == [("journey", "abandoned_cart")]
    assert "there was no stop of channel sms" in published.run("stop", "channel", "sms", "--lift").err


@pytest.mark.parametrize(
    "slip", [("channel", "smss"), ("journey", "cart"), ("provider", "x"), ("channel",), ("all", "x")]
)
def test_a_stop_with_a_slip_in_it_is_refused(published: Shop, slip: tuple[str, ...]) -> None:
    said = published.run("stop", *slip)
    assert (said.code, said.out) == (2, "")
    assert published.run("stop", "all", "--lift", "--json").document == {"stops": []}


def test_explain_tells_the_story_and_why_not(shop: Shop, database_url: str, tmp_path: Path) -> None:
    play(shop, database_url, tmp_path)
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    result = shop.run("explain", "77")
    assert "Nothing was sent: bought in the store (Lenina 5) at 12:35, 35 minutes after." in result.out
    document = shop.run("explain", "anna", "--journey", "abandoned-cart", "--json").document
    (passage,) = document["passages"]
    assert passage["status"] == "active"
    nobody = shop.run("explain", "no-one")
    assert (nobody.code, nobody.out) == (2, "")
    assert nobody.err.startswith("kaskad: no customer is known as 'no-one'")


def test_report_prints_what_it_counts(shop: Shop, database_url: str, tmp_path: Path) -> None:
    play(shop, database_url, tmp_path)
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    document = shop.run("report", "--json").document
    activity = document["journeys"]["abandoned_cart"]
    assert (activity["entered"], activity["sent"], activity["left"]) == (1, {"email": 1}, {"order_completed": 1})
    text = shop.run("report").out
    assert "left          1 order_completed (1 in the store)" in text
    by_sms = "by SMS alone 0.00 RUB (without 1 message that no SMS could reach); the cascade saved 0.00 RUB"
    assert f"cost          0.10 RUB; {by_sms}" in text
    later = shop.run("report", "--since", "2027-03-03", "--json").document
    assert (later["since"], later["total"]["entered"]) == ("2027-03-03T00:00:00+00:00", 0)


def test_a_run_here_says_what_came_of_it(shop: Shop, database_url: str, tmp_path: Path) -> None:
    play(shop, database_url, tmp_path)
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    done = shop.run("trigger", "thank-you", "kolya", "--here", "--json")
    assert done.code == 0
    assert done.document["journey"] == "thank_you"
    assert done.document["summary"] == "Nothing was sent so far. Now at 'wait an hour'; next check: 13:35."
    assert "no customer is known as 'x'" in shop.run("trigger", "thank_you", "x").err
