"""Campaigns: the forms that may be written, and what is said of the others."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from kaskad.domain.journeys.journey import Purpose
from tests.unit.config.written_project import Written

CAMPAIGN = """title: Franchise promo
owner: crm@pizza.example
topic: carts
senders: franchises
campaign: {segment: all_of_them, at: "2027-03-05 12:00", clock: customer, speed: 20000/h}
cascade: [{channel: sms}]
steps: [{send: hello, relevant_for: 8h}]
"""
SENDERS = """shop: {email: "Shop <hello@shop.example>", sms: SHOP}
franchises: {list: senders/franchises.csv, key: id}
"""


@pytest.fixture
def project(tmp_path: Path) -> Written:
    written = Written(tmp_path)
    written.write("senders/franchises.csv", "id,sms\n17,PIZZA\n18,PIZZA2\n")
    written.write("senders.yaml", SENDERS)
    written.write("segments.yaml", "all_of_them: [{did: order_completed}]\n")
    return written


def test_a_campaign(project: Written) -> None:
    project.write("campaigns/promo_of_the_week.yaml", CAMPAIGN)
    campaign = project.load().campaigns["promo_of_the_week"]
    assert (campaign.sender, campaign.senders, campaign.purpose) == (None, "franchises", Purpose.MARKETING)
    assert (campaign.campaign.segment, campaign.campaign.at) == ("all_of_them", datetime(2027, 3, 5, 12, 0))  # noqa: DTZ001
    assert (campaign.campaign.clock, campaign.campaign.speed) == ("customer", pytest.approx(20_000 / 3_600))
    assert [step.kind for step in campaign.steps] == ["send"]


def test_a_campaign_in_one_name(project: Written) -> None:
    project.write("campaigns/c.yaml", CAMPAIGN.replace("senders: franchises\n", ""))
    assert project.load().campaigns["c"].sender == "shop"


def test_an_experiment_of_a_campaign_is_judged_by_its_goal(project: Written) -> None:
    paths = "{a: {share: 50%, steps: [send: hello]}, b: {share: 50%, steps: [send: goodbye]}}"
    split = f"  - split: {{name: x, judge: goal, paths: {paths}}}\n"
    goal = "goal: {when: order_completed, within: 7d}\n"
    project.write("campaigns/c.yaml", f"{CAMPAIGN.partition('steps:')[0]}{goal}steps:\n{split}")
    campaign = project.load().campaigns["c"]
    assert campaign.goal is not None
    assert [step.kind for step in campaign.steps] == ["split"]


CAMPAIGNS = [
    ("segment: all_of_them", "segment: all_of_thm", "5:21: unknown segment 'all_of_thm', did you mean 'all_of_them'?"),
    ("senders: franchises", "senders: shop", "4:10: unknown list of senders 'shop': use franchises"),
    (
        "senders: franchises",
        "senders: franchises\nsender: shop",
        "4:10: 'sender' and 'senders' are two ways to say who writes: keep one",
    ),
    (
        '"2027-03-05 12:00"',
        '"5 March"',
        "5:38: '5 March' is not a moment: write one like \"2027-03-05 12:00\", in quotes",
    ),
    ("clock: customer", "clock: mine", "5:65: unknown value 'mine': use customer or shop"),
    ("send: hello", "send: helo", "7:16: unknown message 'helo', did you mean 'hello'?"),
    ("topic: carts", "topic: carts\nedits: follow", "4:1: unknown key 'edits'"),  # it goes once: nobody is inside
    ("campaign:", "enter:", "5:1: 'enter' belongs to a journey: move the file to configs/journeys/"),
]


@pytest.mark.parametrize(("old", "new", "trouble"), CAMPAIGNS)
def test_campaigns_that_cannot_be_read(project: Written, old: str, new: str, trouble: str) -> None:
    project.write("campaigns/c.yaml", CAMPAIGN.replace(old, new))
    said = project.said("campaigns/c.yaml")
    assert any(line.startswith(trouble) for line in said), said


@pytest.mark.parametrize("key", ["campaign: {segment: a}", "senders: franchises"])
def test_a_journey_is_no_campaign(project: Written, key: str) -> None:
    project.replace("topic: carts", f"topic: carts\n{key}")
    word = key.partition(":")[0]
    assert project.said() == [f"4:1: '{word}' belongs to a campaign: move the file to configs/campaigns/"]
