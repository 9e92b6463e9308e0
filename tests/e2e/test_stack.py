"""`kaskad up` as people use it: events in over HTTP, messages out at the providers, all of it to be seen in Prefect."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import httpx

from tests.e2e.hurried_shop import bought_long_ago, cart, person, purchase
from tests.e2e.standing import Stand, until
from tests.e2e.watching import Watched

JOURNEYS = {"abandoned-cart", "back-in-stock", "browse-abandonment", "email-confirmation", "thank-you"}
OWNER = "crm@shop.example"


def test_prefect_lists_the_journeys_in_words_and_with_a_picture(stack: Stand, watched: Watched) -> None:
    deployments = watched.deployments()
    own = {"deliver", "unknowns", "fanout", "entrances", "webhooks", "feeds", "retention"}
    assert deployments.keys() == JOURNEYS | own
    for name in JOURNEYS:
        deployment = deployments[name]
        assert {"kaskad", f"journey:{name.replace('-', '_')}", f"owner:{OWNER}", "version:1"} <= set(deployment.tags)
        assert "```mermaid\nflowchart" in (deployment.description or "")
    assert "When a cart has been quiet for" in (deployments["abandoned-cart"].description or "")
    assert httpx.get(f"{stack.api}/healthz").json()["status"] == "ok"


def test_an_event_becomes_a_message_by_itself(stack: Stand) -> None:
    stack.post(*person("anna", "push"), *cart("anna"))
    stack.post(*person("boris", "push", "email"), purchase("boris"))
    stack.waits_for("anna", "boris")
    [message] = stack.received("anna")
    assert (message["outcome"], message["fields"]["title"]) == ("accepted", "Корзина ждёт вас")


def test_a_run_for_one_customer_over_prefects_own_api(stack: Stand, watched: Watched) -> None:
    stack.post(*person("vera", "email"), bought_long_ago("vera"), *person("oleg", "email", consent=False))
    until(watched.rests, 20)
    run = watched.ended(watched.start("thank-you", customer="vera"))
    assert re.fullmatch(r"thank-you · \d\d:\d\d · 1 e-mail", run.name)
    assert run.state is not None
    assert run.state.name == "Completed"
    assert (run.state.message or "").startswith("Sent 'how_was_it' by e-mail so far.")
    [message] = stack.received("vera")
    assert "rate?order=order-vera" in message["fields"]["text"]
    assert "| sent by e-mail | " in watched.artifact("thank-you-today")
    assert re.search(r"<br/>\d here", watched.artifact("thank-you-map"))

    run = watched.ended(watched.start("thank-you", customer="oleg"))
    why_not = "because the customer has not consented to marketing here"
    assert run.state is not None
    assert why_not in (run.state.message or "")
    assert stack.received("oleg") == []
    assert why_not in stack.command("explain", "oleg", "--journey", "thank-you").out
    assert "| the customer has not consented to marketing here | 1 | ask for" in watched.artifact("thank-you-held")


def test_a_run_for_one_customer_over_our_api_in_both_modes(stack: Stand, watched: Watched) -> None:
    stack.post(*person("ivan", "email"), bought_long_ago("ivan"))
    tried = stack.ask("POST", "/journeys/thank-you/runs", customer="ivan", mode="test").json()
    watched.ended(tried["run_id"])
    assert [record["to"] for record in stack.received() if record["to"] == OWNER] == [OWNER]
    assert stack.received("ivan") == []
    lived = stack.ask("POST", "/journeys/thank-you/runs", customer="ivan").json()
    watched.ended(lived["run_id"])
    assert len(stack.received("ivan")) == 1


def test_whoever_pauses_the_deployment_pauses_the_journey(stack: Stand, watched: Watched) -> None:
    def paused() -> bool:
        journeys = stack.ask("GET", "/journeys").json()
        return next(bool(journey["paused"]) for journey in journeys if journey["name"] == "thank_you")

    watched.pause("thank-you", True)
    until(paused, 15)
    stack.post(*person("pia", "email"), purchase("pia"))
    assert stack.ask("POST", "/journeys/thank-you/runs", customer="pia").status_code == 409
    assert stack.command("publish").code == 0
    assert paused()
    assert watched.deployments()["thank-you"].paused
    watched.pause("thank-you", False)
    until(lambda: not paused(), 15)
    assert stack.command("pause", "thank-you").code == 0
    assert watched.deployments()["thank-you"].paused
    assert paused()
    assert stack.ask("POST", "/journeys/thank-you/resume").json()["paused"] is False
    assert not watched.deployments()["thank-you"].paused
    stack.post(*person("rita", "email"), purchase("rita"))
    stack.waits_for("rita")
    assert stack.received("pia") == []  # what happened meanwhile enrolled nobody


def test_cancel_ends_a_run_and_sends_nothing_twice(stack: Stand, watched: Watched) -> None:
    until(watched.rests, 20)
    stack.behave(default={"deliver": 0}, channels={"email": {"delay_s": 8}})
    since = datetime.now(UTC)
    stack.post(*person("dora", "email"), purchase("dora"))
    stack.waits_for("dora")
    running = [run.id for run in watched.runs("thank-you", since) if run.state and run.state.is_running()]
    assert running
    for run_id in running:
        watched.cancel(run_id)
    ends = [watched.ended(run_id, within=6).state for run_id in running]  # before the provider would have answered
    assert {end.name for end in ends if end} == {"Cancelled"}
    assert all((end.message or "").startswith("Cut short: cancelled in Prefect.") for end in ends if end)
    stack.behave(default={"deliver": 0})
    time.sleep(2)  # the lease of what was on its way
    watched.ended(watched.start("deliver"))
    assert "may have been sent through sandbox_email: nobody can tell" in stack.command("explain", "dora").out
    assert [record["outcome"] for record in stack.received("dora")] == ["accepted"]


def test_a_run_that_fails_is_said_where_the_stack_was_started(stack: Stand, watched: Watched) -> None:
    run = watched.ended(watched.start("thank-you", customer="nobody of ours"), within=60)
    assert run.state is not None
    assert run.state.name == "Failed"
    stack.says("thank-you: a run has crashed or failed; the last: ")
    assert "no customer is known as 'nobody of ours'" in stack.said.read_text()
    assert f"the log is {stack.home}/logs/worker*.log" in stack.said.read_text()
