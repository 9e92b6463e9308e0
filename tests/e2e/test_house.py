"""`kaskad up` as people use it: events in over HTTP, messages out at the providers, all of it to be seen in Prefect."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import httpx
from hurried_shop import bought_long_ago, cart, person, purchase
from standing import Stand, until
from watching import Watched

JOURNEYS = {"abandoned-cart", "back-in-stock", "browse-abandonment", "email-confirmation", "thank-you"}
OWNER = "crm@shop.example"


def test_prefect_lists_the_journeys_in_words_and_with_a_picture(house: Stand, watched: Watched) -> None:
    deployments = watched.deployments()
    assert deployments.keys() == JOURNEYS | {"deliver", "unknowns", "fanout", "entrances", "webhooks", "retention"}
    for name in JOURNEYS:
        deployment = deployments[name]
        assert {"kaskad", f"journey:{name.replace('-', '_')}", f"owner:{OWNER}", "version:1"} <= set(deployment.tags)
        assert "```mermaid\nflowchart" in (deployment.description or "")
    assert "When a cart has been quiet for" in (deployments["abandoned-cart"].description or "")
    assert httpx.get(f"{house.api}/healthz").json()["status"] == "ok"


def test_an_event_becomes_a_message_by_itself(house: Stand) -> None:
    house.post(*person("anna", "push"), *cart("anna"))
    house.post(*person("boris", "push", "email"), purchase("boris"))
    house.waits_for("anna", "boris")
    [message] = house.received("anna")
    assert (message["outcome"], message["fields"]["title"]) == ("accepted", "Корзина ждёт вас")


def test_a_run_for_one_customer_over_prefects_own_api(house: Stand, watched: Watched) -> None:
    house.post(*person("vera", "email"), bought_long_ago("vera"), *person("oleg", "email", consent=False))
    until(watched.rests, 20)
    run = watched.ended(watched.start("thank-you", customer="vera"))
    assert re.fullmatch(r"thank-you · \d\d:\d\d · 1 e-mail", run.name)
    assert run.state is not None
    assert run.state.name == "Completed"
    assert (run.state.message or "").startswith("Sent 'how_was_it' by e-mail so far.")
    [message] = house.received("vera")
    assert "rate?order=order-vera" in message["fields"]["text"]
    assert "| sent by e-mail | " in watched.artifact("thank-you-today")
    assert re.search(r"<br/>\d here", watched.artifact("thank-you-map"))

    run = watched.ended(watched.start("thank-you", customer="oleg"))
    why_not = "because the customer has not consented to marketing here"
    assert run.state is not None
    assert why_not in (run.state.message or "")
    assert house.received("oleg") == []
    assert why_not in house.command("explain", "oleg", "--journey", "thank-you").out
    assert "| the customer has not consented to marketing here | 1 | ask for" in watched.artifact("thank-you-held")


def test_a_run_for_one_customer_over_our_api_in_both_modes(house: Stand, watched: Watched) -> None:
    house.post(*person("ivan", "email"), bought_long_ago("ivan"))
    tried = house.ask("POST", "/journeys/thank-you/runs", customer="ivan", mode="test").json()
    watched.ended(tried["run_id"])
    assert [record["to"] for record in house.received() if record["to"] == OWNER] == [OWNER]
    assert house.received("ivan") == []
    lived = house.ask("POST", "/journeys/thank-you/runs", customer="ivan").json()
    watched.ended(lived["run_id"])
    assert len(house.received("ivan")) == 1


def test_whoever_pauses_the_deployment_pauses_the_journey(house: Stand, watched: Watched) -> None:
    def paused() -> bool:
        journeys = house.ask("GET", "/journeys").json()
        return next(bool(one["paused"]) for one in journeys if one["name"] == "thank_you")

    watched.pause("thank-you", True)
    until(paused, 15)
    house.post(*person("pia", "email"), purchase("pia"))
    assert house.ask("POST", "/journeys/thank-you/runs", customer="pia").status_code == 409
    assert house.command("publish").code == 0
    assert paused()
    assert watched.deployments()["thank-you"].paused
    watched.pause("thank-you", False)
    until(lambda: not paused(), 15)
    assert house.command("pause", "thank-you").code == 0
    assert watched.deployments()["thank-you"].paused
    assert paused()
    assert house.ask("POST", "/journeys/thank-you/resume").json()["paused"] is False
    assert not watched.deployments()["thank-you"].paused
    house.post(*person("rita", "email"), purchase("rita"))
    house.waits_for("rita")
    assert house.received("pia") == []  # what happened meanwhile enrolled nobody


def test_cancel_ends_a_run_and_sends_nothing_twice(house: Stand, watched: Watched) -> None:
    until(watched.rests, 20)
    house.behave(default={"deliver": 0}, channels={"email": {"delay_s": 8}})
    since = datetime.now(UTC)
    house.post(*person("dora", "email"), purchase("dora"))
    house.waits_for("dora")
    running = [run.id for run in watched.runs("thank-you", since) if run.state and run.state.is_running()]
    assert running
    for run_id in running:
        watched.cancel(run_id)
    ends = [watched.ended(run_id, within=6).state for run_id in running]  # before the provider would have answered
    assert {end.name for end in ends if end} == {"Cancelled"}
    assert all((end.message or "").startswith("Cut short: cancelled in Prefect.") for end in ends if end)
    house.behave(default={"deliver": 0})
    time.sleep(2)  # the lease of what was on its way
    watched.ended(watched.start("deliver"))
    assert "may have been sent through sandbox_email: nobody can tell" in house.command("explain", "dora").out
    assert [record["outcome"] for record in house.received("dora")] == ["accepted"]


def test_a_run_that_fails_is_said_where_the_house_was_started(house: Stand, watched: Watched) -> None:
    run = watched.ended(watched.start("thank-you", customer="nobody of ours"), within=60)
    assert run.state is not None
    assert run.state.name == "Failed"
    house.says("thank-you: a run has crashed or failed; the last: ")
    assert "no customer is known as 'nobody of ours'" in house.said.read_text()
    assert f"the log is {house.home}/logs/worker*.log" in house.said.read_text()
